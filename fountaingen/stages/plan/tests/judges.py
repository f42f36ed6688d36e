"""The lowered schemas of a contract as judges: what a request or an answer may hold."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs

from fountaingen.stages.lower import standalone

Accepts = Callable[[Any], bool]


class Judges:
    """The judges of one direction; equal schemas share one."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = dict(definitions)
        self._known: dict[str, _Judge] = {}

    def accepts(self, schema: Any) -> Accepts:
        """Return the verdict of ``schema``."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._known:
            self._known[key] = _Judge(schema, self._definitions)
        return self._known[key].accepts


class _Judge:
    """Compiled when it is first asked: most answers of a large contract are never foretold."""

    def __init__(self, schema: Any, definitions: dict[str, Any]) -> None:
        self._schema = schema
        self._definitions = definitions

    def accepts(self, value: Any) -> bool:
        """Tell whether the schema accepts ``value``."""
        return self._validator.is_valid(value)

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        whole = standalone(self._schema, self._definitions)
        return jsonschema_rs.validator_for(whole, validate_formats=True, offline=True)
