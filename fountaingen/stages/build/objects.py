"""Object schemas seen flat: the members that messages of this schema have, through ``$ref`` and ``allOf``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.flat import Place, flat, same_everywhere
from fountaingen.stages.shape import types

_COMPONENTS = "#/components/schemas/"
_DEPTH = 32


@dataclass(frozen=True)
class Member:
    """One property of an object schema; ``types`` are the JSON types that its values can have."""

    name: str
    schema: Any = field(repr=False)
    pointer: str
    required: bool
    types: frozenset[str]
    read_only: bool
    write_only: bool
    extension: Mapping[str, Any] = field(repr=False)

    @property
    def nullable(self) -> bool:
        return "null" in self.types

    @property
    def format(self) -> str:
        return str(self.schema.get("format", "")) if isinstance(self.schema, dict) else ""


@dataclass(frozen=True)
class ObjectSchema:
    """An object schema: its members by name, and the component that it is a reference to, if it is one.

    ``is_open`` tells whether it admits other members outright (True) or forbids them (False), None where it is silent.
    ``within`` names the one member of a message that holds the object, where it is not the message itself.
    """

    component: str | None
    members: Mapping[str, Member]
    pointer: str
    table: Any = None
    is_open: bool | None = None
    within: str | None = None


class Schemas:
    """Reads the schemas of one contract; holds nothing but the contract's data."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def target(self, reference: str) -> Any:
        """Return what a local ``$ref`` leads to.

        Raises:
            LookupError: it is no pointer into the contract, as in a schema with an ``$id`` or ``$anchor`` of its own.
        """
        if not reference.startswith("#/"):
            raise LookupError(reference)
        return pointers.follow(self._data, pointers.split(unquote(reference[1:])))

    def components(self) -> Mapping[str, Any]:
        """Return the component schemas by name."""
        schemas: Mapping[str, Any] = (self._data.get("components") or {}).get("schemas") or {}
        return schemas

    def resolve(self, schema: Any, pointer: str) -> tuple[Any, str, str | None]:
        """Follow ``$ref`` to the end: the schema, its pointer, and the name of the first component on the way."""
        component: str | None = None
        for _ in range(_DEPTH):
            if not isinstance(schema, dict) or not isinstance(reference := schema.get("$ref"), str):
                break
            if component is None and reference.startswith(_COMPONENTS) and "/" not in reference[len(_COMPONENTS) :]:
                component = pointers.unescape(unquote(reference[len(_COMPONENTS) :]))
            try:
                schema = self.target(reference)
            except LookupError:
                return {}, pointer, component
            pointer = unquote(reference[1:])
        return schema, pointer, component

    def types(self, schema: Any) -> frozenset[str]:
        """Return the JSON types that values of ``schema`` can have."""
        return types(schema, self.target)

    def item(self, schema: Any, pointer: str) -> tuple[Any, str] | None:
        """Return the item schema of an array schema and its pointer, or None where it is no array of one kind."""
        resolved, where, _ = self.resolve(schema, pointer)
        if not isinstance(resolved, dict) or self.types(resolved) - {"null"} != {"array"} or "items" not in resolved:
            return None
        return resolved["items"], pointers.join(where, "items")

    def object(self, schema: Any, pointer: str) -> ObjectSchema | None:
        """Return ``schema`` seen flat, or None where its values are not plainly objects with members."""
        resolved, where, component = self.resolve(schema, pointer)
        if not isinstance(resolved, dict):
            return None
        branch = _sole_branch(resolved)
        if branch is not None:
            keyword, index = branch
            return self.object(resolved[keyword][index], pointers.join(where, keyword, index))
        if self.types(resolved) - {"null"} != {"object"} and "properties" not in resolved and "allOf" not in resolved:
            return None
        found = flat(self, resolved, where)
        if not found.members:
            return None
        members = {name: self._members(name, places, name in found.required) for name, places in found.members.items()}
        table = resolved.get("x-fountaingen-table")
        return ObjectSchema(component, members, where, table=table, is_open=found.is_open)

    def extensions(self, schema: Any, pointer: str) -> Iterator[Place]:
        """Yield the components that extend ``schema``, which a ``discriminator`` without ``oneOf`` chooses from."""
        choice = schema.get("discriminator")
        if not isinstance(choice, dict) or not pointer.startswith(_COMPONENTS[1:]):
            return
        mapping = choice.get("mapping")
        named = [reference for reference in mapping.values() if isinstance(reference, str)] if mapping else []
        for name, component in self.components().items():
            own = f"{_COMPONENTS}{pointers.escape(name)}"
            parts = component.get("allOf") if isinstance(component, dict) else None
            extends = isinstance(parts, list) and {"$ref": f"#{pointer}"} in parts
            if extends or own in named or name in named:
                yield component, own[1:]

    def _members(self, name: str, places: tuple[Place, ...], required: bool) -> Member:
        """Return a member as all its declarations have it; keywords that they differ in say nothing."""
        first, *others = (self._member(name, *place, required) for place in places)
        distinct = [each for each in others if each.schema != first.schema]
        if not distinct:
            return first
        each = [first, *distinct]
        shared = same_everywhere(member.schema for member in each)
        return replace(
            first,
            schema=shared,
            types=frozenset().union(*(member.types for member in each)),
            read_only=all(member.read_only for member in each),
            write_only=all(member.write_only for member in each),
        )

    def _member(self, name: str, schema: Any, pointer: str, required: bool) -> Member:
        resolved, _, _ = self.resolve(schema, pointer)
        own = schema if isinstance(schema, dict) else {}
        target = resolved if isinstance(resolved, dict) else {}
        return Member(
            name=name,
            schema=target,
            pointer=pointer,
            required=required,
            types=self.types(schema),
            read_only=bool(own.get("readOnly", target.get("readOnly", False))),
            write_only=bool(own.get("writeOnly", target.get("writeOnly", False))),
            extension=own.get("x-fountaingen-column") or target.get("x-fountaingen-column") or {},
        )


def _sole_branch(schema: dict[str, Any]) -> tuple[str, int] | None:
    """Find ``anyOf: [X, null]``: the one branch that is not null, where the schema says nothing else of members."""
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list) and "properties" not in schema:
            real = [index for index, branch in enumerate(branches) if branch != {"type": "null"}]
            if len(real) == 1:
                return keyword, real[0]
    return None
