"""A schema taken apart into what holds together: its own keywords, those it refers to and those of its ``allOf``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.primitives import pointer as pointers

JSON_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

_PREFIX = "#/$defs/"
_CONTENT = frozenset(
    ["properties", "patternProperties", "additionalProperties", "items", "prefixItems", "enum", "const"]
)
_ALTERNATIVES = ("anyOf", "oneOf")


@dataclass(frozen=True)
class Part:
    """One schema without its references: ``place`` names it uniquely, ``name`` is the class it is the schema of."""

    place: str
    schema: Mapping[str, Any]
    name: str | None = None

    @property
    def properties(self) -> Mapping[str, Any]:
        return _mapping(self.schema.get("properties"))

    @property
    def types(self) -> frozenset[str] | None:
        """The JSON types that ``type`` allows, integers among the numbers; None where it is left out."""
        declared = self.schema.get("type")
        names = [declared] if isinstance(declared, str) else declared
        if not isinstance(names, list):
            return None
        return frozenset([*(name for name in names if name in JSON_TYPES), *(["integer"] if "number" in names else [])])

    @property
    def values(self) -> list[Any] | None:
        """The values that ``const`` or ``enum`` allow."""
        values = [self.schema["const"]] if "const" in self.schema else self.schema.get("enum")
        return values if isinstance(values, list) else None

    def alternatives(self) -> Iterator[tuple[tuple[str, Any], ...]]:
        """Yield the places and schemas of each ``anyOf`` and ``oneOf`` that says what values look like."""
        for keyword in _ALTERNATIVES:
            group = _sequence(self.schema.get(keyword))
            if any(_describes(branch) for branch in group):
                base = pointers.join(self.place, keyword)
                yield tuple((pointers.join(base, number), branch) for number, branch in enumerate(group))

    def describes(self) -> bool:
        """Say whether the part's own keywords tell more than which values are allowed."""
        return not _CONTENT.isdisjoint(self.schema) or any(True for _ in self.alternatives())

    def required(self) -> Iterator[str]:
        yield from (name for name in _sequence(self.schema.get("required")) if isinstance(name, str))


@dataclass(frozen=True)
class Schemas:
    """The schemas that views are made of, by class name; references among them are ``#/$defs/<class name>``."""

    by_name: Mapping[str, Any]

    def parts(self, place: str, schema: Any) -> tuple[Part, ...]:
        """Return every object schema that holds together with ``schema``, each once, what is referred to first."""
        name = place if place in self.by_name else None
        return tuple(self._parts(Part(place, schema, name), set()))

    def target(self, schema: Any) -> str | None:
        """Return the class name that ``schema`` refers to."""
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if isinstance(reference, str) and reference.startswith(_PREFIX) and reference[len(_PREFIX) :] in self.by_name:
            return reference[len(_PREFIX) :]
        return None

    def reachable(self, names: Iterable[str]) -> frozenset[str]:
        """Return ``names`` and every class that their schemas refer to, directly or not."""
        found: set[str] = set()
        pending: list[Any] = [{"$ref": f"{_PREFIX}{name}"} for name in names]
        while pending:
            value = pending.pop()
            if isinstance(value, Mapping):
                target = self.target(value)
                if target is not None and target not in found:
                    found.add(target)
                    pending.append(self.by_name[target])
                pending.extend(value.values())
            elif isinstance(value, list):
                pending.extend(value)
        return frozenset(found)

    def _parts(self, part: Part, seen: set[str]) -> Iterator[Part]:
        if part.place in seen or not isinstance(part.schema, Mapping):
            return
        seen.add(part.place)
        target = self.target(part.schema)
        if target is not None:
            yield from self._parts(Part(target, self.by_name[target], target), seen)
        for number, member in enumerate(_sequence(part.schema.get("allOf"))):
            yield from self._parts(Part(pointers.join(part.place, "allOf", number), member), seen)
        yield part


def allowed_types(parts: Iterable[Part]) -> frozenset[str] | None:
    """Return the JSON types that all ``parts`` allow, None where none of them says."""
    found: frozenset[str] | None = None
    for part in parts:
        if part.types is not None:
            found = part.types if found is None else found & part.types
    return found


def _describes(schema: Any) -> bool:
    """Say whether a branch tells what values look like, or only which of them are allowed, as ``required`` does."""
    if not isinstance(schema, Mapping):
        return False
    if "$ref" in schema or not _CONTENT.isdisjoint(schema):
        return True
    if schema.get("type") not in (None, "object", ["object"]):
        return True
    return any(_describes(part) for word in ("allOf", *_ALTERNATIVES) for part in _sequence(schema.get(word)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
