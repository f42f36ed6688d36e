"""Defaults: the members that a request leaves out and whose schemas have a ``default``, filled in for the handler.

A value is filled after it was found valid, wherever its schema says which part is meant: members, items, references,
``allOf``, and of ``oneOf``, ``anyOf`` and ``if`` the branches that accept the value. Where members that were added
would make the whole invalid, it stays as it came.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any

from ..judge import Judge, Judges
from ..values import JsonValue
from .fills import Accepts, Fill, Items, Members, Named, OtherMembers, Whole

_LOCAL = "#/$defs/"
_DEEPEST = 32
_ONE = ("additionalProperties", "items", "if", "then", "else")
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas")
# With one of these in a schema a further member can make an object invalid.
_LIMITS = frozenset(
    {
        "anyOf",
        "const",
        "contains",
        "dependentRequired",
        "dependentSchemas",
        "enum",
        "if",
        "maxProperties",
        "not",
        "oneOf",
        "patternProperties",
        "propertyNames",
        "unevaluatedProperties",
        "uniqueItems",
    }
)
_ABSENT = object()


class Filled:
    """Returns a valid value with its defaults filled in."""

    __slots__ = ("_fill",)

    def __init__(self, fill: Fill) -> None:
        self._fill = fill

    def __call__(self, value: JsonValue) -> JsonValue:
        """Fill ``value`` and return it."""
        self._fill(value)
        return value


class FilledIfValid(Filled):
    """Returns a valid value with its defaults filled in, or as it came where that would make it invalid."""

    __slots__ = ("_judge",)

    def __init__(self, fill: Fill, judge: Judge) -> None:
        super().__init__(fill)
        self._judge = judge

    def __call__(self, value: JsonValue) -> JsonValue:
        """Return a copy of ``value`` that is filled, or ``value``."""
        whole = deepcopy(value)
        self._fill(whole)
        return whole if self._judge.accepts(whole) else value


class Defaults:
    """Makes what fills values of the schemas of requests; named schemas are made once."""

    def __init__(self, judges: Judges) -> None:
        self._judges = judges
        self._made: dict[str, Named] = {}

    def filler(self, schema: Any, *, in_place: bool = False) -> Filled | None:
        """Return what fills values of ``schema``, None where nothing in it has a default.

        Of values that must be filled in place none are where that could make one invalid.
        """
        fill = self._fill(schema)
        if fill is None:
            return None
        if _is_limited([*self._reached(schema)]):
            return None if in_place else FilledIfValid(fill, self._judges.judge(schema))
        return Filled(fill)

    @cached_property
    def _filling(self) -> frozenset[str]:
        """The named schemas that a default can be reached from."""
        users: dict[str, list[str]] = {}
        waiting: list[str] = []
        for name, schema in self._judges.named.items():
            parts = [*_parts(schema)]
            for part in parts:
                users.setdefault(_name(part), []).append(name)
            if any(self._defaults(part) for part in parts):
                waiting.append(name)
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(users.get(name, ()))
        return frozenset(found)

    def _reached(self, schema: Any) -> Iterator[Mapping[str, Any]]:
        found: set[str] = set()
        waiting = [schema]
        while waiting:
            for part in _parts(waiting.pop()):
                yield part
                name = _name(part)
                if name in self._judges.named and name not in found:
                    found.add(name)
                    waiting.append(self._judges.named[name])

    def _defaults(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults of the members of ``schema`` that a request may leave out."""
        members = ((name, self._default(member, 0)) for name, member in schema.get("properties", {}).items())
        return {name: value for name, value in members if value is not _ABSENT}

    def _default(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict) or depth > _DEEPEST or schema.get("readOnly") is True:
            return _ABSENT
        if "default" in schema:
            return schema["default"]
        parts = (self._judges.named.get(_name(schema)), *schema.get("allOf", ()))
        found = (self._default(part, depth + 1) for part in parts)
        return next((value for value in found if value is not _ABSENT), _ABSENT)

    def _fill(self, schema: Any) -> Fill | None:
        if not isinstance(schema, dict):
            return None
        name = _name(schema)
        always: list[Fill] = [*self._members(schema), *self._items(schema)]
        if name and name in self._filling:
            always.append(self._reference(name))
        always.extend(fill for part in schema.get("allOf", ()) if (fill := self._fill(part)) is not None)
        branches = [*self._branches(schema)]
        if branches or len(always) > 1:
            return Whole(always, branches)
        return always[0] if always else None

    def _reference(self, name: str) -> Named:
        if name not in self._made:
            self._made[name] = Named()
            self._made[name].fill = self._fill(self._judges.named[name])
        return self._made[name]

    def _members(self, schema: Mapping[str, Any]) -> Iterator[Fill]:
        properties = schema.get("properties", {})
        inner = {name: fill for name, part in properties.items() if (fill := self._fill(part)) is not None}
        defaults = self._defaults(schema)
        if inner or defaults:
            yield Members(defaults, inner)
        named = [(name, self._fill(part)) for name, part in schema.get("patternProperties", {}).items()]
        others = self._fill(schema.get("additionalProperties"))
        if others is not None or any(fill is not None for _, fill in named):
            patterns = [(_accepted_by(self._judges.judge({"pattern": name})), fill) for name, fill in named]
            yield OtherMembers(frozenset(properties), patterns, others)

    def _items(self, schema: Mapping[str, Any]) -> Iterator[Fill]:
        first = [self._fill(part) for part in schema.get("prefixItems", ())]
        rest = self._fill(schema.get("items"))
        if rest is not None or any(fill is not None for fill in first):
            yield Items(first, rest)

    def _branches(self, schema: Mapping[str, Any]) -> Iterator[tuple[Accepts, Fill]]:
        # Judges are compiled only of branches that have something to fill in.
        for word in ("oneOf", "anyOf"):
            for part in schema.get(word, ()):
                if (fill := self._fill(part)) is not None:
                    yield _accepted_by(self._judges.judge(part)), fill
        for word, chosen in (("then", _accepted_by), ("else", _refused_by)):
            if "if" in schema and (fill := self._fill(schema.get(word))) is not None:
                yield chosen(self._judges.judge(schema["if"])), fill
        for name, part in schema.get("dependentSchemas", {}).items():
            if (fill := self._fill(part)) is not None:
                yield _accepted_by(self._judges.judge({"type": "object", "required": [name]})), fill


def _is_limited(parts: list[Mapping[str, Any]]) -> bool:
    """Say whether what is filled in can make an object invalid; a closed one knows its own members."""
    if any(not _LIMITS.isdisjoint(part) for part in parts):
        return True
    return any("allOf" in part for part in parts) and any("additionalProperties" in part for part in parts)


def _accepted_by(judge: Judge) -> Accepts:
    def accepts(value: Any) -> bool:
        # Asked for late: a judge of a large contract is bound to what it was compiled with after this.
        return judge.accepts(value)

    return accepts


def _refused_by(judge: Judge) -> Accepts:
    return lambda value: not judge.accepts(value)


def _name(schema: Mapping[str, Any]) -> str:
    reference = schema.get("$ref")
    return reference.removeprefix(_LOCAL) if isinstance(reference, str) else ""


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Yield ``schema`` and the schemas in it that say what its value, a member or an item is."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield part
        waiting.extend(part[word] for word in _ONE if word in part)
        for word in _MANY:
            waiting.extend(part.get(word, ()))
        for word in _MAPS:
            waiting.extend(part.get(word, {}).values())
