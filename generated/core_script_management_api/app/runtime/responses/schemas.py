"""Reading JSON Schemas that are data: references followed, allOf folded in."""

from collections.abc import Mapping
from typing import Any

from ..judge import Judges

_DEEPEST = 12


def merged(schema: Any, judges: Judges, depth: int = 0) -> Mapping[str, Any]:
    """Return ``schema`` without references and allOf at its top: properties and required are joined."""
    schema = judges.resolve(schema)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    whole = {keyword: value for keyword, value in schema.items() if keyword not in ("$ref", "allOf")}
    parts = [*schema.get("allOf", ())]
    if "$ref" in schema:
        # A reference with siblings.
        parts.append({"$ref": schema["$ref"]})
    for part in parts:
        inner = merged(part, judges, depth + 1)
        properties = {**inner.get("properties", {}), **whole.get("properties", {})}
        required = [*whole.get("required", ()), *inner.get("required", ())]
        whole = {**inner, **whole}
        if properties:
            whole["properties"] = properties
        if required:
            whole["required"] = list(dict.fromkeys(required))
    return whole


def types_of(schema: Any) -> tuple[str, ...]:
    """Return the types that ``schema`` names at its top."""
    kinds = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(kinds, str):
        return (kinds,)
    return tuple(kinds) if isinstance(kinds, list) else ()
