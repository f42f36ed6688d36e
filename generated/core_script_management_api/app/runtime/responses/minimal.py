"""The least value of a schema: its const, enum, default or example, else the smallest of its type."""

import math
from collections.abc import Mapping
from typing import Any

from ..judge import Judges
from ..values import JsonValue
from .schemas import merged, types_of

_FORMATS = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "idn-email": "nobody@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "0.0.0.0",
    "ipv6": "::",
    "uri": "about:blank",
    "iri": "about:blank",
    "uri-reference": "about:blank",
    "iri-reference": "about:blank",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "json-pointer": "",
    "regex": "",
}
_DEEPEST = 6


def minimal(schema: Any, judges: Judges, depth: int = 0) -> JsonValue:
    """Return a small value that ``schema`` is likely to accept; the schema has the last word."""
    whole = merged(schema, judges)
    for keyword in ("const", "default", "example"):
        if keyword in whole:
            return _value(whole[keyword])
    for keyword in ("examples", "enum"):
        if isinstance(whole.get(keyword), list) and whole[keyword]:
            return _value(whole[keyword][0])
    for keyword in ("oneOf", "anyOf"):
        if "type" not in whole and whole.get(keyword) and depth < _DEEPEST:
            return minimal(whole[keyword][0], judges, depth + 1)
    kinds = types_of(whole)
    kind = kinds[0] if kinds else "object" if "properties" in whole or "required" in whole else "string"
    if kind == "object":
        return _object(whole, judges, depth)
    if kind == "array":
        least = whole.get("minItems", 0) if depth < _DEEPEST else 0
        return [minimal(whole.get("items", True), judges, depth + 1) for _ in range(min(least, 100))]
    return _scalar(kind, whole)


def _object(whole: Mapping[str, Any], judges: Judges, depth: int) -> JsonValue:
    properties = whole.get("properties", {})
    if depth >= _DEEPEST:
        return {}
    return {name: minimal(properties.get(name, True), judges, depth + 1) for name in whole.get("required", ())}


def _scalar(kind: str, whole: Mapping[str, Any]) -> JsonValue:
    if kind == "string":
        text = _FORMATS.get(whole.get("format", ""), "")
        return text or "." * min(whole.get("minLength", 0), 10_000)
    if kind in ("integer", "number"):
        return _number(whole)
    return False if kind == "boolean" else None


def _number(whole: Mapping[str, Any]) -> int | float:
    least = whole.get("minimum", 0)
    if "exclusiveMinimum" in whole:
        least = max(least, whole["exclusiveMinimum"] + 1)
    if "maximum" in whole:
        least = min(least, whole["maximum"])
    if (step := whole.get("multipleOf")) is not None:
        least = math.ceil(least / step) * step
    number: int | float = least
    return number


def _value(value: Any) -> JsonValue:
    kept: JsonValue = value
    return kept
