"""What is true of a schema through its references: which members it hides, requires or declares a tag for."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower.index import COMPONENTS, Index
from fountaingen.stages.lower.scope import EMPTY, Direction, Scope

Place = tuple[str, Any]

_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_VALUE_SINGLE = ("not", "if", "then", "else")


class Facts:
    """Facts about the schemas of one contract in one direction, each worked out when it is first asked for."""

    def __init__(self, index: Index, direction: Direction) -> None:
        self._index = index
        self._flag = direction.hiding
        self._hides = direction.hiding in index.keywords
        self.forbids = direction is Direction.RESPONSE and self._hides
        self._hidden: dict[str, frozenset[str]] = {}
        self._whole: dict[str, list[Place]] = {}

    def target(self, reference: Any, pointer: str) -> str | None:
        """Return the pointer that ``$ref: reference`` of the schema at ``pointer`` leads to."""
        found = self._index.resolve(reference, pointer) if isinstance(reference, str) else None
        return found.pointer if found else None

    def named(self, reference: Any, pointer: str) -> str | None:
        """Return the pointer of the schema that a discriminator's mapping names, by component name or by reference."""
        if isinstance(reference, str) and reference in self._index.components():
            return pointers.join(COMPONENTS, reference)
        return self.target(reference, pointer)

    def hidden(self, pointer: str, schema: Any) -> frozenset[str]:
        """Return the names of the properties that ``schema``, its references and its ``allOf`` keep out of messages."""
        if not self._hides:
            return frozenset()
        if pointer not in self._hidden:
            self._hidden[pointer] = frozenset(
                name
                for place, part in self._closure(pointer, schema, self._certain)
                for name, member in _mapping(part.get("properties"))
                if self.is_hidden(pointers.join(place, "properties", name), member)
            )
        return self._hidden[pointer]

    def is_hidden(self, pointer: str, schema: Any) -> bool:
        """Say whether a property with this schema is kept out of messages of the direction."""
        return self._hides and any(
            part.get(self._flag) is True for _, part in self._closure(pointer, schema, self._certain)
        )

    def declared(self, pointer: str, schema: Any, name: str) -> list[str] | None:
        """Return the texts that ``schema`` allows in its member ``name`` by ``const`` or ``enum``, None where any."""
        for place, part in self._closure(pointer, schema, self._certain):
            member = dict(_mapping(part.get("properties"))).get(name)
            for _, inner in self._closure(pointers.join(place, "properties", name), member, self._certain):
                values = [inner["const"]] if "const" in inner else inner.get("enum")
                if isinstance(values, list):
                    return [value for value in values if isinstance(value, str)]
        return None

    def needed(self, pointer: str, scope: Scope) -> Scope:
        """Return ``scope`` without what makes no difference to the schema at ``pointer``."""
        if scope == EMPTY:
            return EMPTY
        reachable = self._same_value(pointer)
        hidden: frozenset[str] = frozenset()
        if scope.hidden:
            required = {name for _, part in reachable for name in _requirements(part)}
            hidden = (scope.hidden & required) - self.hidden(pointer, self._index.at(pointer))
        dispatched = scope.dispatched & {place for place, _ in reachable}
        dynamic = scope.dynamic if scope.dynamic and self._uses_dynamic(pointer) else ()
        return Scope(dynamic, hidden, frozenset(dispatched), scope.neutral and self._hides)

    @cached_property
    def extensions(self) -> dict[str, tuple[str, ...]]:
        """The component schemas that extend a schema by ``allOf``, directly or not, by its pointer."""
        found: dict[str, list[str]] = {}
        for name, schema in self._index.components().items():
            pointer = pointers.join(COMPONENTS, name)
            for place, _ in self._closure(pointer, schema, self._certain):
                if place != pointer and _is_component(place) and "allOf" in _keywords(schema):
                    found.setdefault(place, []).append(pointer)
        return {place: tuple(sorted(names)) for place, names in found.items()}

    def _uses_dynamic(self, pointer: str) -> bool:
        everything = self._closure(pointer, self._index.at(pointer), self._anywhere)
        return any("$dynamicRef" in part for _, part in everything)

    def _same_value(self, pointer: str) -> list[Place]:
        if pointer not in self._whole:
            self._whole[pointer] = list(self._closure(pointer, self._index.at(pointer), self._possible))
        return self._whole[pointer]

    def _closure(self, pointer: str, schema: Any, step: Callable[[str, Any], Iterator[Place]]) -> Iterator[Place]:
        """Yield the object schemas that ``step`` leads to, the first one included, each once."""
        pending, seen = [(pointer, schema)], set()
        while pending:
            place, part = pending.pop(0)
            if isinstance(part, dict) and place not in seen:
                seen.add(place)
                yield place, part
                pending.extend(step(place, part))

    def _referred(self, pointer: str, schema: dict[str, Any]) -> Iterator[Place]:
        for keyword in ("$ref", "$dynamicRef"):
            target = self.target(schema.get(keyword), pointer)
            if target is not None:
                yield target, self._index.at(target)

    def _certain(self, pointer: str, schema: dict[str, Any]) -> Iterator[Place]:
        """What holds whenever ``schema`` does: its reference and the members of its ``allOf``."""
        yield from self._referred(pointer, schema)
        yield from _items(pointer, schema, "allOf")

    def _possible(self, pointer: str, schema: dict[str, Any]) -> Iterator[Place]:
        """Every schema about the same value."""
        yield from self._referred(pointer, schema)
        for keyword in _SAME_VALUE_LISTS:
            yield from _items(pointer, schema, keyword)
        for keyword in _SAME_VALUE_SINGLE:
            if keyword in schema:
                yield pointers.join(pointer, keyword), schema[keyword]
        for keyword in ("dependentSchemas", "dependencies"):
            for name, part in _mapping(schema.get(keyword)):
                yield pointers.join(pointer, keyword, name), part
        yield from self._mapped(pointer, schema)

    def _mapped(self, pointer: str, schema: dict[str, Any]) -> Iterator[Place]:
        """The schemas that the discriminator of ``schema`` can choose although it does not list them."""
        discriminator = schema.get("discriminator")
        if not isinstance(discriminator, dict):
            return
        mapped = (self.named(reference, pointer) for _, reference in _mapping(discriminator.get("mapping")))
        for place in (*self.extensions.get(pointer, ()), *mapped):
            if place is not None:
                yield place, self._index.at(place)

    def _anywhere(self, pointer: str, schema: dict[str, Any]) -> Iterator[Place]:
        """Every schema below and behind; what is no schema does no harm here."""
        yield from self._referred(pointer, schema)
        yield from self._mapped(pointer, schema)
        for name, value in schema.items():
            place = pointers.join(pointer, name)
            if isinstance(value, dict):
                yield place, value
            elif isinstance(value, list):
                yield from ((pointers.join(place, number), item) for number, item in enumerate(value))


def _items(pointer: str, schema: dict[str, Any], keyword: str) -> Iterator[Place]:
    value = schema.get(keyword)
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield pointers.join(pointer, keyword, number), item


def _mapping(value: Any) -> Iterator[tuple[str, Any]]:
    return iter(value.items()) if isinstance(value, dict) else iter(())


def _keywords(schema: Any) -> frozenset[str]:
    return frozenset(schema) if isinstance(schema, dict) else frozenset()


def _is_component(pointer: str) -> bool:
    return pointer.startswith(f"{COMPONENTS}/") and pointer.count("/") == COMPONENTS.count("/") + 1


def _requirements(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required")
    if isinstance(required, list):
        yield from (name for name in required if isinstance(name, str))
    for keyword in ("dependentRequired", "dependencies"):
        for _, names in _mapping(schema.get(keyword)):
            if isinstance(names, list):
                yield from (name for name in names if isinstance(name, str))
