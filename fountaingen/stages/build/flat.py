"""Object schemas laid flat: every member that a value can have, whichever of a schema's alternatives it follows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

from fountaingen.primitives import pointer as pointers

if TYPE_CHECKING:
    from fountaingen.stages.build.objects import Schemas

_TYPING = frozenset({"type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"})

Place = tuple[Any, str]
"""A schema and its pointer."""


@dataclass(frozen=True)
class Flat:
    """The members of an object schema: where each is declared, and which of them every value has.

    ``is_open`` tells whether the schema says outright that values may have other members (True) or that they may not
    (False); None where it says nothing of it.
    """

    members: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    is_open: bool | None = None

    def __and__(self, other: "Flat") -> "Flat":
        """Both hold, as in ``allOf``: a later declaration of a member wins, unless it says nothing of its type."""
        told = {name: places for name, places in other.members.items() if all(_tells(each) for each, _ in places)}
        members = {**other.members, **self.members, **told}
        members = {name: members[name] for name in (*self.members, *other.members)}
        says = [each for each in (self.is_open, other.is_open) if each is not None]
        return Flat(members, self.required | other.required, all(says) if says else None)

    def __or__(self, other: "Flat") -> "Flat":
        """Either holds, as in ``oneOf``."""
        members = {**self.members}
        for name, places in other.members.items():
            members[name] = (*members.get(name, ()), *(each for each in places if each not in members.get(name, ())))
        says = [each for each in (self.is_open, other.is_open) if each is not None]
        return Flat(members, self.required & other.required, all(says) if says else None)


def flat(schemas: "Schemas", schema: Any, pointer: str) -> Flat:
    """Return ``schema`` laid flat; what it refers to again inside itself adds nothing."""
    found, _ = _Laying(schemas).flat((schema, pointer), frozenset())
    return found


_Laid = tuple[Flat, frozenset[str]]
"""A schema laid flat, and the pointers of the schemas around it that it refers to again."""


@dataclass(frozen=True)
class _Laying:
    """Lays a schema flat, and each that it is made of once: thirty that hold the next one twice are a thousand million.

    What refers to schemas around it is kept by these, too, for they add nothing to it.
    """

    schemas: "Schemas"
    known: dict[tuple[str, frozenset[str]], _Laid] = field(default_factory=dict)

    def flat(self, place: Place, inside: frozenset[str]) -> _Laid:
        resolved, where, _ = self.schemas.resolve(*place)
        if not isinstance(resolved, dict):
            return Flat(), frozenset()
        if where in inside:
            return Flat(), frozenset({where})
        laid = self.known.get((where, frozenset())) or self.known.get((where, inside))
        if laid is None:
            found, again = self._laid(resolved, where, inside | {where})
            laid = found, again - {where}
            self.known[where, inside if laid[1] else frozenset()] = laid
        return laid

    def _laid(self, resolved: Mapping[str, Any], where: str, within: frozenset[str]) -> _Laid:
        again: set[str] = set()

        def lay(place: Place) -> Flat:
            laid, met = self.flat(place, within)
            again.update(met)
            return laid

        def part(*steps: str | int) -> Flat:
            value: Any = resolved
            for step in steps:
                value = value[step]
            return lay((value, pointers.join(where, *steps)))

        found = reduce(Flat.__and__, (part("allOf", index) for index in range(len(_list(resolved, "allOf")))), Flat())
        found &= _own(resolved, where)
        for keyword in ("anyOf", "oneOf"):
            branches = [index for index, each in enumerate(_list(resolved, keyword)) if each != {"type": "null"}]
            if branches:
                found &= reduce(Flat.__or__, (part(keyword, index) for index in branches))
        conditional = [part(keyword) for keyword in ("then", "else") if "if" in resolved and keyword in resolved]
        conditional += [part("dependentSchemas", name) for name in _mapping(resolved, "dependentSchemas")]
        if not (_list(resolved, "anyOf") or _list(resolved, "oneOf")):
            conditional += map(lay, self.schemas.extensions(resolved, where))
        for each in conditional:
            # What holds only sometimes adds members, and says nothing of those that are always there.
            found &= Flat({name: places for name, places in each.members.items() if name not in found.members})
        return found, frozenset(again)


def _tells(schema: Any) -> bool:
    """Tell whether a declaration says what type a member has, rather than narrowing what is said elsewhere."""
    return isinstance(schema, dict) and not _TYPING.isdisjoint(schema)


def _own(schema: Mapping[str, Any], pointer: str) -> Flat:
    places = {
        name: ((each, pointers.join(pointer, "properties", name)),)
        for name, each in _mapping(schema, "properties").items()
    }
    required = frozenset(name for name in _list(schema, "required") if isinstance(name, str))
    return Flat(places, required, _is_open(schema))


def _is_open(schema: Mapping[str, Any]) -> bool | None:
    if schema.get("patternProperties"):
        return True
    says = [schema[keyword] for keyword in ("additionalProperties", "unevaluatedProperties") if keyword in schema]
    return None if not says else all(each is not False for each in says)


def _list(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _mapping(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def same_everywhere(schemas: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the keywords on which every one of ``schemas`` agrees."""
    first, *others = schemas
    return {key: value for key, value in first.items() if all(key in each and each[key] == value for each in others)}
