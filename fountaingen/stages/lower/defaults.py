"""Defaults of lowered schemas: the value that stands for what a request leaves out, where it is a valid one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jsonschema_rs

from fountaingen.stages.lower.documents import standalone

_LOCAL = "#/$defs/"
_DEEPEST = 32


class Default(NamedTuple):
    """A default; its value may be null."""

    value: Any


def default_of(schema: Any, definitions: Mapping[str, Any], depth: int = 0) -> Default | None:
    """Return the default of a lowered schema: its own, its reference's, that of the first part of its ``allOf``."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    if "default" in schema:
        return Default(schema["default"])
    parts = [*schema.get("allOf", ())]
    if isinstance(reference := schema.get("$ref"), str):
        parts.insert(0, definitions.get(reference.removeprefix(_LOCAL)))
    found = (default_of(part, definitions, depth + 1) for part in parts)
    return next((each for each in found if each is not None), None)


def has_defaults(schema: Any, definitions: dict[str, Any]) -> bool:
    """Say whether a lowered schema, or one that it reaches, may hold a default."""
    pending: list[Any] = [standalone(schema, definitions)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if "default" in value:
                return True
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return False


def drop_misfits(defaulted: Iterable[dict[str, Any]], definitions: dict[str, Any]) -> None:
    """Take the defaults that are not valid out of lowered schemas; validation has warned of them (FG111)."""
    known: dict[str, bool] = {}
    for schema in defaulted:
        key = json.dumps(schema, sort_keys=True)
        if key not in known:
            known[key] = _fits(schema, definitions)
        if not known[key]:
            del schema["default"]


def _fits(schema: dict[str, Any], definitions: dict[str, Any]) -> bool:
    try:
        judge = jsonschema_rs.validator_for(standalone(schema, definitions), validate_formats=True, offline=True)
    except (ValueError, jsonschema_rs.ReferencingError):
        # Reported as a fault of the schema.
        return True
    return judge.is_valid(schema["default"])
