"""From schemas to types: each schema is reduced to a type that accepts all it accepts and says as much as it can.

Constraints go, and so does every keyword that a library could obey. What Python's types cannot say becomes ``Any``;
members that no field stands for stay as extra ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.model.types import UPLOAD
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.names import cap_words
from fountaingen.stages.views.conjunction import JSON_TYPES, Part, Schemas, allowed_types
from fountaingen.stages.views.types import (
    ANYTHING,
    BINARY,
    NULL,
    TEXT,
    Fields,
    ListOf,
    MapOf,
    Member,
    Named,
    Nested,
    Scalar,
    Type,
    optional,
    union,
    values_type,
)

_DEEPEST = 12
"""What stands behind a longer chain of references is not looked at."""
_MOST_MADE = 100
"""Deeper than any document is nested: circles of many lengths that hold together meet again later than that."""

_NUMBER = union([Scalar("integer"), Scalar("number")])
_SCALARS = {
    "string": TEXT,
    "integer": Scalar("integer"),
    "number": _NUMBER,
    "boolean": Scalar("boolean"),
    "null": NULL,
}


@dataclass
class Reduction:
    """Reduces the schemas of one module. ``hiding`` are the keywords that make a member of a class optional, by class.

    ``nested`` collects the classes made for inner objects by place, ``wanted`` the names that they would like.
    """

    schemas: Schemas
    hiding: Mapping[str, frozenset[str]]
    nested: dict[str, Fields] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    _roots: dict[str, Fields | Type] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _making: dict[frozenset[str], str] = field(default_factory=dict)

    def root(self, name: str) -> Fields | Type:
        """Return what the class ``name`` is: one with fields, or one around a type."""
        if name not in self._roots:
            self._open.add(name)
            parts = self.schemas.parts(name, self.schemas.by_name[name])
            whole = self._fields(parts, name, name) if self._is_record(parts) else self._combined(parts, name, name)
            self._roots[name] = whole
            self._open.discard(name)
        return self._roots[name]

    def _type(self, place: str, schemas: Iterable[tuple[str, Any]], wanted: str) -> Type:
        """Return the type of what satisfies all ``schemas`` (by place) together."""
        parts = tuple({part.place: part for at, schema in schemas for part in self.schemas.parts(at, schema)}.values())
        described = frozenset(part.place for part in parts if part.describes())
        for part in reversed(parts):
            if part.name is not None and described:
                below = {inner.place for inner in self.schemas.parts(part.name, part.schema)}
                if described <= below:
                    return self._reference(part.name)
        if described in self._making:
            return self._again(parts, self._making[described])
        if len(self._making) > _MOST_MADE:
            return ANYTHING
        if described:
            self._making[described] = place
        found = self._combined(parts, place, wanted)
        self._making.pop(described, None)
        return found

    def _again(self, parts: tuple[Part, ...], place: str) -> Type:
        """Return the type of what is being made at ``place``: a class holds itself where it extends what holds it."""
        return Nested(place) if place in self.nested and allowed_types(parts) == frozenset(["object"]) else ANYTHING

    def _reference(self, name: str) -> Type:
        """Return the type of a reference: the class where it has fields, else what it stands for.

        A type that holds itself is cut there: a class around a type would have to be evaluated before it is defined.
        """
        parts = self.schemas.parts(name, self.schemas.by_name[name])
        if self._is_record(parts):
            return optional(Named(name)) if "null" in (allowed_types(parts) or ()) else Named(name)
        if name not in self._roots and (name in self._open or len(self._open) > _DEEPEST):
            return ANYTHING
        whole = self.root(name)
        return Named(name) if isinstance(whole, Fields) else whole

    def _combined(self, parts: tuple[Part, ...], place: str, wanted: str) -> Type:
        """Return the type of what satisfies ``parts``, of which none is a class that says it all."""
        if any(part.schema.get(UPLOAD) is True for part in parts):
            return BINARY
        types = allowed_types(parts)
        values = next((part.values for part in parts if part.values is not None), None)
        if values is not None:
            return values_type(values, types)
        has_members = any(part.properties for part in parts)
        group = self._chosen(parts) if has_members else self._group(parts)
        if group:
            branches = [
                self._type(at, [(at, branch)], f"{wanted}{number}")
                for number, (at, branch) in enumerate(group, 1)
                if not _disjoint(types, allowed_types(self.schemas.parts(at, branch)))
            ]
            known = union(branches)
            if known != ANYTHING:
                return known
        if types is None:
            types = frozenset(["object"] if has_members else [])
        return union(self._of_type(name, parts, place, wanted) for name in JSON_TYPES if name in types)

    def _of_type(self, name: str, parts: tuple[Part, ...], place: str, wanted: str) -> Type:
        match name:
            case "object" if any(part.properties for part in parts):
                if place not in self.nested:
                    self.nested[place] = Fields(())
                    self.wanted[place] = wanted
                    self.nested[place] = self._fields(parts, place, wanted)
                return Nested(place)
            case "object":
                return MapOf(self._map_value(parts, place, wanted))
            case "array":
                return ListOf(self._item(parts, place, wanted))
        return _SCALARS[name]

    def _item(self, parts: tuple[Part, ...], place: str, wanted: str) -> Type:
        if any("prefixItems" in part.schema for part in parts):
            return ANYTHING
        items = [(pointers.join(part.place, "items"), part.schema["items"]) for part in parts if "items" in part.schema]
        return self._type(pointers.join(place, "items"), items, f"{wanted}Item")

    def _map_value(self, parts: tuple[Part, ...], place: str, wanted: str) -> Type:
        """Return the type that every member's value has; a part that leaves some members open says nothing."""
        for part in parts:
            rest = part.schema.get("additionalProperties", True)
            patterns = part.schema.get("patternProperties")
            branches = list(patterns.items()) if isinstance(patterns, Mapping) else []
            if rest is True or (rest is False and not branches):
                continue
            known = [
                self._type(at, [(at, schema)], f"{wanted}Value") for at, schema in _places(part.place, rest, branches)
            ]
            return union(known)
        return ANYTHING

    def _group(self, parts: Iterable[Part]) -> tuple[tuple[str, Any], ...]:
        return next((group for part in parts for group in part.alternatives()), ())

    def _chosen(self, parts: tuple[Part, ...]) -> tuple[tuple[str, Any], ...]:
        """Return the alternatives that say everything ``parts`` say: classes that have every member of theirs."""
        group = self._group(parts)
        members = {name for part in parts for name in part.properties}
        for place, branch in group:
            inner = self.schemas.parts(place, branch)
            if self.schemas.target(branch) is None or not members <= {
                name for part in inner for name in part.properties
            }:
                return ()
        return group

    def _is_record(self, parts: tuple[Part, ...]) -> bool:
        """Say whether what satisfies ``parts`` is an object (or null) with members to make fields of."""
        return (
            any(part.properties for part in parts)
            and (allowed_types(parts) or frozenset(["object"])) - {"null"} == {"object"}
            and all(part.values is None for part in parts)
            and not self._chosen(parts)
        )

    def _fields(self, parts: tuple[Part, ...], place: str, wanted: str) -> Fields:
        """Return the fields of an object; members that only some alternatives have are optional."""
        members: dict[str, list[tuple[str, Any]]] = {}
        for part in parts:
            for wire, schema in part.properties.items():
                members.setdefault(wire, []).append((pointers.join(part.place, "properties", wire), schema))
        hiding = self.hiding[place.partition("/")[0]]
        required = {wire for part in parts for wire in part.required()}
        fields = [
            Member(
                wire,
                self._type(pointers.join(place, "properties", wire), schemas, _inner(wanted, wire)),
                wire in required and not self._is_hidden(schemas, hiding),
            )
            for wire, schemas in members.items()
        ]
        return Fields((*fields, *self._varying(parts, place, wanted, frozenset(members))))

    def _varying(self, parts: tuple[Part, ...], place: str, wanted: str, known: frozenset[str]) -> Iterable[Member]:
        """Yield the members that alternatives add, of any type unless each alternative says what they are."""
        for group in (group for part in parts for group in part.alternatives()):
            branches = [self.schemas.parts(at, branch) for at, branch in group]
            found: dict[str, list[tuple[str, Any]]] = {}
            for branch in branches:
                for part in branch:
                    for wire, schema in part.properties.items():
                        found.setdefault(wire, []).append((pointers.join(part.place, "properties", wire), schema))
            for wire, schemas in found.items():
                if wire in known:
                    continue
                known |= {wire}
                certain = all(_settles(branch, wire) for branch in branches)
                types = (
                    [self._type(at, [(at, schema)], _inner(wanted, wire)) for at, schema in schemas] if certain else []
                )
                yield Member(wire, union(types), False)

    def _is_hidden(self, schemas: Iterable[tuple[str, Any]], hiding: frozenset[str]) -> bool:
        parts = (part for place, schema in schemas for part in self.schemas.parts(place, schema))
        return any(part.schema.get(keyword) is True for part in parts for keyword in hiding)


def _inner(wanted: str, wire: str) -> str:
    return cap_words(f"{wanted} {cap_words(wire, 'Field')}")


def _places(place: str, rest: Any, branches: list[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    for pattern, schema in branches:
        yield pointers.join(place, "patternProperties", pattern), schema
    if rest is not False:
        yield pointers.join(place, "additionalProperties"), rest


def _disjoint(left: frozenset[str] | None, right: frozenset[str] | None) -> bool:
    return left is not None and right is not None and not left & right


def _settles(branch: tuple[Part, ...], wire: str) -> bool:
    """Say whether a branch declares the member or allows none that it does not declare."""
    closed = any(part.schema.get("additionalProperties") is False for part in branch)
    return closed or any(wire in part.properties for part in branch)
