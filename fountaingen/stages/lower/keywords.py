"""Which keywords the judge runs, and what kind of thing each holds; every other keyword is left out."""

from enum import Enum
from typing import Any

ASSERTIONS = frozenset(
    [
        "type",
        "enum",
        "const",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxContains",
        "minContains",
        "maxProperties",
        "minProperties",
    ]
)
"""Keywords copied as they are."""


class Holds(Enum):
    """Whether a keyword holds one schema, a list of them or a map."""

    ONE = "one"
    LIST = "list"
    MAP = "map"


SUBSCHEMAS = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), Holds.LIST),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), Holds.MAP),
    **dict.fromkeys(("not", "if", "then", "else", "items", "contains", "propertyNames"), Holds.ONE),
    **dict.fromkeys(("additionalProperties", "unevaluatedItems", "unevaluatedProperties"), Holds.ONE),
}

SAME_VALUE = frozenset(["allOf", "anyOf", "oneOf", "dependentSchemas", "then", "else"])
"""Those whose schemas are about the same value as the schema that they stand in; ``CONDITIONS`` are so too."""

CONDITIONS = frozenset(["not", "if"])
"""Those whose failing is no failure of the schema that they stand in."""

MEMBERS = frozenset(["properties", "patternProperties"])

FORMATS = frozenset(
    [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "uuid",
    ]
)
"""The formats of JSON Schema 2020-12 validation (section 7.3): asserted."""

_BOUNDS: dict[str, tuple[int | float, int | float]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
}

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_PATTERNS = {"byte": _BASE64, "email": "[^>]$", "idn-email": "[^>]$"}
"""Patterns that stand for a format, or beside it: the validator takes ``Joe <a@b.co>`` for an address as well, RFC 5321
section 4.1.2 (Mailbox) does not.
"""


SECRET = "writeOnly"
"""Kept of a schema whose values no message may repeat; it asserts nothing."""


def is_secret(schema: dict[str, Any]) -> bool:
    """Tell whether values of ``schema`` are for the service alone."""
    return schema.get("writeOnly") is True or schema.get("format") == "password"


def as_read_only(schema: Any) -> Any:
    """Return the lowered schema of a member that requests need not hold, marked as such."""
    return {**schema, "readOnly": True} if isinstance(schema, dict) else schema


def format_keywords(name: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what ``format: name`` asserts: itself, or bounds for the numeric formats of OpenAPI, or nothing.

    Bounds that ``schema`` has already are only ever narrowed.
    """
    if not isinstance(name, str):
        return {}
    if name in FORMATS:
        return {"format": name}
    if name not in _BOUNDS:
        return {}
    low, high = _BOUNDS[name]
    return {"minimum": max(low, _bound(schema, "minimum", low)), "maximum": min(high, _bound(schema, "maximum", high))}


def format_pattern(name: Any) -> list[dict[str, Any]]:
    """Return the schemas that hold together with ``format: name``: a pattern, for a few formats."""
    return [{"pattern": _PATTERNS[name]}] if isinstance(name, str) and name in _PATTERNS else []


def _bound(schema: dict[str, Any], keyword: str, otherwise: int | float) -> int | float:
    value = schema.get(keyword, otherwise)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise
