"""Schemas as judges: compiled once, asked for a verdict, and for reasons only where the verdict is no."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from .errors import Violation

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LOCAL = "#/$defs/"
# A pattern that backtracks further than this counts as not matching, so that no body can hang the service.
_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
_MOST_VIOLATIONS = 20


class Judge:
    """The verdict of one schema: ``accepts(value)`` and, after a no, ``violations(place, value)``."""

    __slots__ = ("_validator", "accepts", "schema")

    def __init__(self, schema: Any, document: Mapping[str, Any] | None) -> None:
        self.schema = schema
        self._validator = None if document is None else _compile(document)
        self.accepts: Callable[[Any], bool] = _always if self._validator is None else self._validator.is_valid

    def violations(self, place: str, value: Any, prefix: tuple[str | int, ...] = ()) -> tuple[Violation, ...]:
        """Return what is wrong with ``value``, at most twenty findings, none of which quotes it."""
        if self._validator is None:
            return ()
        found = []
        for error in self._validator.iter_errors(value):
            found.append(Violation(place, (*prefix, *error.instance_path), error.message, _rule(error)))
            if len(found) == _MOST_VIOLATIONS:
                break
        return tuple(found)


class Judges:
    """The judges of one direction (request or response), sharing its named schemas; equal schemas share a judge."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.named = named
        self._known: dict[str, Judge] = {}
        self._reach: dict[str, tuple[str, ...]] = {}

    def judge(self, schema: Any) -> Judge:
        """Return the judge of ``schema``; raises ValueError where the schema cannot be compiled."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._known:
            self._known[key] = Judge(schema, self._document(schema))
        return self._known[key]

    def resolve(self, schema: Any) -> Any:
        """Follow ``$ref`` without siblings to named schemas until something else stands there."""
        for _ in range(len(self.named) + 1):
            reference = schema["$ref"] if isinstance(schema, dict) and list(schema) == ["$ref"] else None
            if not isinstance(reference, str) or not reference.startswith(_LOCAL):
                break
            schema = self.named.get(reference.removeprefix(_LOCAL), True)
        return schema

    def _document(self, schema: Any) -> dict[str, Any] | None:
        if schema is True or schema == {}:
            return None
        document: dict[str, Any] = {"$schema": _DIALECT}
        if closure := self._closure(schema):
            document["$defs"] = closure
        if isinstance(schema, dict) and list(schema) == ["$ref"]:
            return document | schema
        return document | {"allOf": [schema]}

    def _closure(self, schema: Any) -> dict[str, Any]:
        reached: dict[str, Any] = {}
        waiting = [*_references(schema)]
        while waiting:
            reference = waiting.pop()
            if not reference.startswith(_LOCAL):
                # An anchor or an embedded $id may stand in any of them.
                return dict(self.named)
            name = reference.removeprefix(_LOCAL).partition("/")[0]
            if name in self.named and name not in reached:
                reached[name] = self.named[name]
                waiting += self._references_of(name)
        return reached

    def _references_of(self, name: str) -> tuple[str, ...]:
        if name not in self._reach:
            self._reach[name] = tuple(dict.fromkeys(_references(self.named[name])))
        return self._reach[name]


def _compile(document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        dict(document), validate_formats=True, offline=True, pattern_options=_PATTERNS, mask="the value"
    )


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(reference := part.get(keyword), str):
                    yield reference
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _rule(error: jsonschema_rs.ValidationError) -> str:
    return str(error.kind.name)


def _always(_value: Any) -> bool:
    return True
