"""The lowered schemas of a contract, compiled: what a request or an answer may hold."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from fountaingen.stages.lower import standalone

Accepts = Callable[[Any], bool]


class Judges:
    """Compiles the schemas of one direction; equal schemas are compiled once."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = dict(definitions)
        self._known: dict[str, Accepts] = {}

    def accepts(self, schema: Any) -> Accepts:
        """Return the verdict of ``schema``."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._known:
            whole = standalone(schema, self._definitions)
            self._known[key] = jsonschema_rs.validator_for(whole, validate_formats=True, offline=True).is_valid
        return self._known[key]
