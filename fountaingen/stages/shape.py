"""How text becomes a JSON value: what a parameter's schema can accept, as the decoder of the runtime reads it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

Resolve = Callable[[str], Any]

_ORDER = ("null", "boolean", "integer", "number", "string", "array", "object")
_SCALARS = frozenset(_ORDER[:5])
_TYPE_NAMES = {type(None): "null", bool: "boolean", int: "integer", str: "string", list: "array"}
_DEEPEST = 4
"""Members nested deeper than this are read as scalars: no serialization of parameters goes as deep."""


@dataclass(frozen=True)
class _Shape:
    """What values a schema can accept; ``types`` is None where nothing says, and integers are among the numbers."""

    types: frozenset[str] | None = None
    items: "_Shape | None" = None
    properties: Mapping[str, "_Shape"] = field(default_factory=dict)
    additional: "_Shape | None" = None

    def __and__(self, other: "_Shape") -> "_Shape":
        types = other.types if self.types is None else self.types & (self.types if other.types is None else other.types)
        return self._merge(other, types, _Shape.__and__)

    def __or__(self, other: "_Shape") -> "_Shape":
        mine, theirs = self._meant(), other._meant()
        return self._merge(other, None if mine is None or theirs is None else mine | theirs, _Shape.__or__)

    def _meant(self) -> frozenset[str] | None:
        """Return the types, or those that the other keywords imply where ``type`` is left out."""
        if self.types is not None:
            return self.types
        implied = ["array"] if self.items else []
        return frozenset([*implied, *(["object"] if self.properties or self.additional else [])]) or None

    def as_data(self) -> dict[str, Any]:
        types = self._meant()
        if types is None:
            types = _SCALARS
        data: dict[str, Any] = {"types": [name for name in _ORDER if name in types]}
        if self.items and "array" in types:
            data["items"] = self.items.as_data()
        if "object" in types:
            if self.properties:
                data["properties"] = {name: shape.as_data() for name, shape in self.properties.items()}
            if self.additional:
                data["additional"] = self.additional.as_data()
        return data

    def _merge(
        self, other: "_Shape", types: frozenset[str] | None, both: Callable[["_Shape", "_Shape"], "_Shape"]
    ) -> "_Shape":
        def pair(left: "_Shape | None", right: "_Shape | None") -> "_Shape | None":
            return both(left, right) if left and right else left or right

        properties = {
            name: pair(self.properties.get(name), other.properties.get(name)) or _Shape()
            for name in {**self.properties, **other.properties}
        }
        return _Shape(types, pair(self.items, other.items), properties, pair(self.additional, other.additional))


_ANY = _Shape()
_NOTHING = _Shape(frozenset())


def shape(schema: Any, resolve: Resolve) -> dict[str, Any]:
    """Return the shape of ``schema``: its ``types`` in the order to try, its ``items``, ``properties``, ``additional``.

    A number's types are ``integer`` and ``number``. ``resolve`` returns the schema that a ``$ref`` leads to and raises
    LookupError where it leads nowhere. Recursion is cut: what lies behind accepts every scalar.
    """
    return _Walk(resolve, _DEEPEST).visit(schema, (), 0).as_data()


def types(schema: Any, resolve: Resolve) -> frozenset[str]:
    """Return the ``types`` of the shape of ``schema`` without looking at its members."""
    return frozenset(_Walk(resolve, 0).visit(schema, (), 0).as_data()["types"])


@dataclass(frozen=True)
class _Walk:
    resolve: Resolve
    deepest: int
    known: dict[tuple[str, int], _Shape] = field(default_factory=dict)
    """Shapes by reference and depth, so that a web of references is walked once."""

    def visit(self, schema: Any, inside: tuple[str, ...], depth: int) -> _Shape:
        if schema is False:
            return _NOTHING
        if not isinstance(schema, dict) or depth > self.deepest:
            return _ANY
        found = _Shape(_types(schema)) & _values(schema) & self._parts(schema, inside, depth)
        for part in _list(schema.get("allOf")):
            found = found & self.visit(part, inside, depth)
        for keyword in ("anyOf", "oneOf"):
            if alternatives := _list(schema.get(keyword)):
                found = found & _union(self.visit(part, inside, depth) for part in alternatives)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in inside:
            found = found & self._referred(reference, inside, depth)
        return found

    def _referred(self, reference: str, inside: tuple[str, ...], depth: int) -> _Shape:
        if (reference, depth) not in self.known:
            try:
                target = self.resolve(reference)
            except LookupError:
                target = True
            self.known[reference, depth] = self.visit(target, (*inside, reference), depth)
        return self.known[reference, depth]

    def _parts(self, schema: dict[str, Any], inside: tuple[str, ...], depth: int) -> _Shape:
        items = self.visit(schema["items"], inside, depth + 1) if "items" in schema else None
        for part in _list(schema.get("prefixItems")):
            first = self.visit(part, inside, depth + 1)
            items = items | first if items else first
        properties = schema.get("properties")
        members = properties if isinstance(properties, dict) else {}
        shapes = {name: self.visit(part, inside, depth + 1) for name, part in members.items()}
        additional = schema.get("additionalProperties", True)
        rest = None if isinstance(additional, bool) else self.visit(additional, inside, depth + 1)
        return _Shape(None, items, shapes, rest)


def _types(schema: dict[str, Any]) -> frozenset[str] | None:
    declared = schema.get("type")
    names = [declared] if isinstance(declared, str) else declared
    if not isinstance(names, list):
        return None
    return frozenset([*(name for name in names if name in _ORDER), *(["integer"] if "number" in names else [])])


def _values(schema: dict[str, Any]) -> _Shape:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return _Shape(frozenset(map(_type_of, values))) if isinstance(values, list) else _ANY


def _type_of(value: Any) -> str:
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return _TYPE_NAMES.get(type(value), "object")


def _union(shapes: Iterable[_Shape]) -> _Shape:
    return reduce(_Shape.__or__, shapes, _NOTHING)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
