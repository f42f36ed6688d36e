"""Keywords whose judgement can take longer than sending the value did, put into words that bound it.

``uniqueItems`` compares every integer beyond 64 bits with every other one, and a pattern with look-around or references
back is tried at every place of a text anew: a hundred kilobytes of either would hold a service up for half a minute.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from time import thread_time
from typing import Any

import jsonschema_rs

_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
_LARGE = "urn:app:large"
_DISTINCT = "app:distinct"
_PATTERN = "app:pattern"
_QUICK = "app:quick"
_SLOW = "app:slow"
RULES: Mapping[str, str] = {_DISTINCT: "uniqueItems", _PATTERN: "pattern", _SLOW: "patternProperties"}
"""The keywords of the contract that those below stand for."""
_NAMED: Mapping[str, Any] = {
    _LARGE: {
        "$id": _LARGE,
        "anyOf": [
            {"type": "number", "anyOf": [{"minimum": 2**63}, {"maximum": -(2**63) - 1}]},
            {"type": "array", "contains": {"$ref": "#"}},
            {"type": "object", "not": {"additionalProperties": {"not": {"$ref": "#"}}}},
        ],
    }
}
_UNIQUE: Mapping[str, Any] = {
    # Four numbers are compared as fast as they are hashed; ``not`` keeps items from counting as evaluated.
    "if": {"anyOf": [{"maxItems": 4}, {"not": {"type": "array", "contains": {"$ref": _LARGE}, "minContains": 3}}]},
    "then": {"uniqueItems": True},
    "else": {_DISTINCT: True},
}
_MOST_SECONDS = 0.25
"""What the patterns of one verdict may take together; past it, nothing matches."""
_MOST_STEPS = 100_000
_MOST_WORK = 10**8
"""Every step of a pattern may look at the whole text: so many steps, times its length, are about a quarter second."""
_LOOKS = 4
"""How often the library may match a name that was matched here: for what is beside it, and what is evaluated, too."""
_LONGEST = 10_000
"""Texts for patterns that may begin anywhere: they are tried from every place."""
_spent = threading.local()


def bounded(schema: Any) -> Any:
    """Return a schema of the same verdicts that are found in bounded time; what needs no change is not copied."""
    if not isinstance(schema, dict):
        return schema
    changed: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _ONE:
            changed[keyword] = bounded(value)
        elif keyword in _MANY and isinstance(value, list):
            changed[keyword] = [bounded(each) for each in value]
        elif keyword in _MAPS and isinstance(value, dict):
            changed[keyword] = {name: bounded(each) for name, each in value.items()}
    whole = {**schema, **changed} if changed else schema
    if schema.get("uniqueItems") is True:
        whole = {name: value for name, value in whole.items() if name != "uniqueItems"}
        whole["allOf"] = [*whole.get("allOf", ()), _UNIQUE]
    if isinstance(pattern := schema.get("pattern"), str) and not _is_linear(pattern):
        whole = {name: value for name, value in whole.items() if name != "pattern"}
        whole[_PATTERN] = pattern
    names = schema.get("patternProperties")
    if isinstance(names, dict) and (slow := [name for name in names if not _is_linear(name)]):
        whole = _in_time(whole, slow)
    return whole


def _in_time(schema: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """Return a schema that looks at members by their names where that does not take long, and else refuses them."""
    moved: dict[str, Any] = {
        name: schema[name] for name in ("patternProperties", "additionalProperties") if name in schema
    }
    if "additionalProperties" in moved:
        # What is beside it counts for it; what that demands is judged where it stands.
        moved["properties"] = dict.fromkeys(schema.get("properties", ()), True)
    timed = {"if": {_QUICK: patterns}, "then": moved, "else": {_SLOW: patterns}}
    kept = {name: value for name, value in schema.items() if name not in moved or name == "properties"}
    return {**kept, "allOf": [*schema.get("allOf", ()), timed]}


def is_timed(document: Any) -> bool:
    """Whether a verdict of a bounded schema needs ``renew`` before it."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if _PATTERN in part or _QUICK in part:
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def renew() -> None:
    """Let the time of a verdict begin."""
    _spent.seconds = 0.0


def compiled(document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """Return the validator of a document of bounded schemas; raises ValueError where it cannot be compiled."""
    return jsonschema_rs.validator_for(
        {**document, "$defs": {**document.get("$defs", {}), **_NAMED}},
        validate_formats=True,
        offline=True,
        pattern_options=_options(_MOST_STEPS),
        mask="the value",
        keywords=dict(_KEYWORDS),
    )


def verdict(validator: jsonschema_rs.Validator, *, timed: bool) -> Callable[[Any], bool]:
    """Return what judges with ``validator``."""
    is_valid: Callable[[Any], bool] = validator.is_valid
    if not timed:
        return is_valid

    def in_time(value: Any) -> bool:
        renew()
        return is_valid(value)

    return in_time


class Distinct:
    """``uniqueItems`` by hashes (JSON Schema 2020-12 Validation, section 6.4.3)."""

    def __init__(self, _parent: Any, _value: Any, _path: Any) -> None:
        pass

    def validate(self, instance: Any) -> None:
        """Raise ValueError where two items are equal."""
        if isinstance(instance, list) and len({_hashable(each) for each in instance}) < len(instance):
            raise ValueError("the value has non-unique elements")


class Pattern:
    """``pattern`` (section 6.3.3), in no more time than a verdict has."""

    def __init__(self, _parent: Any, value: str, _path: Any) -> None:
        self._pattern = value
        # Whatever else it is, it is tried at one place.
        self._is_anchored = value.startswith("^") and "|" not in value
        self._matchers: dict[int, jsonschema_rs.Validator] = {}
        self._matcher(_MOST_STEPS)

    def validate(self, instance: Any) -> None:
        """Raise ValueError where a text does not match."""
        if not isinstance(instance, str):
            return
        if len(instance) > _LONGEST and not self._is_anchored:
            raise ValueError(f"the value is longer than {_LONGEST} characters, too long for {self._pattern!r}")
        steps = _MOST_STEPS
        while steps * len(instance) > _MOST_WORK and steps > 1:
            steps //= 10
        if not self._matches(instance, steps, 1):
            raise ValueError(f"the value does not match {self._pattern!r}")

    def spend(self, name: str) -> None:
        """Take the time that the library will take to match a name; raises ValueError where it has not so much."""
        if len(name) > _LONGEST:
            raise ValueError(f"a name is longer than {_LONGEST} characters, too long for {self._pattern!r}")
        self._matches(name, _MOST_STEPS, _LOOKS)

    def _matches(self, text: str, steps: int, times: int) -> bool:
        spent = getattr(_spent, "seconds", 0.0)
        if spent > _MOST_SECONDS:
            raise ValueError(f"it takes too long to match {self._pattern!r}")
        begin = thread_time()
        matches: bool = self._matcher(steps).is_valid(text)
        _spent.seconds = spent + times * (thread_time() - begin)
        return matches

    def _matcher(self, steps: int) -> jsonschema_rs.Validator:
        found = self._matchers.get(steps)
        if found is None:
            schema = {"pattern": self._pattern}
            found = self._matchers[steps] = jsonschema_rs.Draft202012Validator(schema, pattern_options=_options(steps))
        return found


class Quick:
    """Holds where the names of members are matched in no more time than a verdict has."""

    def __init__(self, _parent: Any, value: list[str], _path: Any) -> None:
        self._patterns = [Pattern(None, each, None) for each in value]

    def validate(self, instance: Any) -> None:
        """Raise ValueError where they are not."""
        if isinstance(instance, dict):
            for each in self._patterns:
                for name in instance:
                    each.spend(name)


class Slow:
    """Holds for nothing: it stands where names could not be matched."""

    def __init__(self, _parent: Any, _value: list[str], _path: Any) -> None:
        pass

    def validate(self, _instance: Any) -> None:
        """Raise ValueError."""
        raise ValueError("it takes too long to match the names of its members")


_KEYWORDS: Mapping[str, type[Distinct | Pattern | Quick | Slow]] = {
    _DISTINCT: Distinct,
    _PATTERN: Pattern,
    _QUICK: Quick,
    _SLOW: Slow,
}


def _options(steps: int) -> jsonschema_rs.FancyRegexOptions:
    # A pattern that goes back more often counts as not matching.
    return jsonschema_rs.FancyRegexOptions(backtrack_limit=steps)


def _is_linear(pattern: str) -> bool:
    """Whether an engine without backtracking takes the pattern, as the other one then does, too."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except ValueError:
        return False
    return True


def _hashable(value: Any) -> Hashable:
    """Return what equals another such value where JSON Schema says that the two are equal: 1 is 1.0, and no true.

    Numbers are hashed as texts: nobody can choose many whose hashes are the same.
    """
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return frozenset((name, _hashable(member)) for name, member in value.items())
    if isinstance(value, float) and not value.is_integer():
        return (float, value.hex())
    if isinstance(value, int | float):
        return (int, hex(int(value)))
    return value if isinstance(value, str) else None
