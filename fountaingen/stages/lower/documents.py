"""Lowered schemas as documents of their own."""

from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def standalone(schema: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return ``schema`` as one document: with its dialect and the definitions that it reaches."""
    names: dict[str, None] = {}
    pending = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            ref = value.get("$ref")
            name = ref.removeprefix("#/$defs/") if isinstance(ref, str) else ""
            if name in definitions and name not in names:
                names[name] = None
                pending.append(definitions[name])
            pending.extend(value.values())
    return {"$schema": DIALECT, "$defs": {name: definitions[name] for name in sorted(names)}, "allOf": [schema]}
