"""Schemas as judges: compiled once, asked for a verdict, and for reasons only where the verdict is no."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from . import bounded
from .errors import Violation
from .secrecy import concealed, has_secrets

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LOCAL = "#/$defs/"
_BRANCHES = frozenset({"anyOf", "oneOf", "unevaluatedItems", "unevaluatedProperties"})
_MOST_VIOLATIONS = 20
_LONGEST_MESSAGE = 500
_MOST_PARTS = 2_000
"""Reasons are sought in values of so many members and items: the library makes every one before it gives the first."""
_MOST_LOOKED_AT = 20_000
"""One reason is sought in values of so many: to tell it the library first makes a copy, at microseconds a part."""
_MOST_ALONE = 1_000
"""Named schemas compiled into judges of their own; the judges after that share one compilation of all names."""


class Judge:
    """The verdict of one schema: ``accepts(value)`` and, after a no, ``violations(place, value)``."""

    __slots__ = ("_document", "_has_secrets", "_validator", "accepts", "schema")

    def __init__(self, schema: Any, document: Mapping[str, Any] | None) -> None:
        self.schema = schema
        self._document = document
        self._has_secrets: bool | None = None
        self._validator = None if document is None else bounded.compiled(document)
        self.accepts: Callable[[Any], bool] = _always
        if self._validator is not None:
            self.accepts = bounded.verdict(self._validator, timed=bounded.is_timed(document))

    def violations(self, place: str, value: Any, prefix: tuple[str | int, ...] = ()) -> tuple[Violation, ...]:
        """Return what is wrong with ``value``, at most twenty findings, none of which quotes it."""
        if self._validator is None:
            return ()
        bounded.renew()
        if not _is_large(value):
            found = _violations(self._validator.iter_errors(value), place, prefix, 0)
        elif _is_divided(self._document) or _is_large(value, _MOST_LOOKED_AT):
            return _untold(place, prefix)
        else:
            found = _violations(_first_error(self._validator, value), place, prefix, 0)
        return self._concealed(found, len(prefix))

    def _concealed(self, found: tuple[Violation, ...], above: int) -> tuple[Violation, ...]:
        if self._has_secrets is None:
            self._has_secrets = has_secrets(self._document)
        document: Mapping[str, Any] = self._document or {}
        return concealed(found, document, document.get("$defs", {}), above) if self._has_secrets else found


class _Group:
    """Many schemas in one validator, each as a member of an object of which a value is the only one.

    Schemas that refer to most of a large contract are so compiled once instead of once a judge (Stripe's contract in
    0.03 s and 16 MB instead of 4 s and 600 MB); a verdict takes 0.1 microseconds longer.
    """

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.named = named
        self._members: dict[str, Any] = {}
        self._compiled: jsonschema_rs.Validator | None = None
        self.timed = False

    def add(self, schema: Any) -> str:
        """Return the name of the member that ``schema`` judges."""
        member = f"schema {len(self._members)}"
        self._members[member] = bounded.bounded(schema)
        self._compiled = None
        return member

    @property
    def validator(self) -> jsonschema_rs.Validator:
        """The validator of all members, compiled at the first use after a member came."""
        if self._compiled is None:
            named = {name: bounded.bounded(schema) for name, schema in self.named.items()}
            self._compiled = bounded.compiled({"$schema": _DIALECT, "$defs": named, "properties": self._members})
            self.timed = bounded.is_timed([named, self._members])
        return self._compiled


class _Grouped(Judge):
    """A judge within a group."""

    __slots__ = ("_group", "_member")

    def __init__(self, schema: Any, group: _Group) -> None:
        super().__init__(schema, None)
        self._group = group
        self._member = group.add(schema)
        self.accepts = self._first

    def settle(self) -> None:
        """Bind the verdict to the group as it is now; raises ValueError where it cannot be compiled."""
        member, is_valid = self._member, bounded.verdict(self._group.validator, timed=self._group.timed)
        self.accepts = lambda value: is_valid({member: value})

    def _first(self, value: Any) -> bool:
        # Of a judge that was made after the contract was read.
        self.settle()
        return self.accepts(value)

    def violations(self, place: str, value: Any, prefix: tuple[str | int, ...] = ()) -> tuple[Violation, ...]:
        """Return what is wrong with ``value``, at most twenty findings, none of which quotes it."""
        if _is_large(value):
            return _untold(place, prefix)
        bounded.renew()
        found = _violations(self._group.validator.iter_errors({self._member: value}), place, prefix, 1)
        return concealed(found, self.schema, self._group.named, len(prefix))


class Judges:
    """The judges of one direction (request or response), sharing its named schemas; equal schemas share a judge."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.named = named
        self._known: dict[str, Judge] = {}
        self._reach: dict[str, tuple[str, ...]] = {}
        self._bounded: dict[str, Any] = {}
        self._alone = 0
        self._group = _Group(named)
        self._grouped: list[_Grouped] = []
        self._named_otherwise: bool | None = None

    def judge(self, schema: Any) -> Judge:
        """Return the judge of ``schema``.

        Raises ValueError where the schema cannot be compiled, of a large contract at ``settle`` only.
        """
        key = json.dumps(schema, sort_keys=True)
        if key not in self._known:
            self._known[key] = self._judge(schema)
        return self._known[key]

    def settle(self) -> None:
        """Compile every judge that is not yet; raises ValueError where one cannot be."""
        for judge in self._grouped:
            judge.settle()

    def _judge(self, schema: Any) -> Judge:
        document = self._document(schema)
        names = document.get("$defs", {}) if document else {}
        if self._alone + len(names) <= _MOST_ALONE or self._has_names_of_its_own(schema):
            self._alone += len(names)
            return Judge(schema, document)
        self._grouped.append(_Grouped(schema, self._group))
        return self._grouped[-1]

    def _has_names_of_its_own(self, schema: Any) -> bool:
        """Return whether schemas of one document could take an ``$id`` or an anchor for another one's."""
        if self._named_otherwise is None:
            self._named_otherwise = _identifies(dict(self.named))
        return self._named_otherwise or _identifies(schema)

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
            document["$defs"] = {name: self._bounded_named(name) for name in closure}
        if isinstance(schema, dict) and list(schema) == ["$ref"]:
            return document | schema
        return document | {"allOf": [bounded.bounded(schema)]}

    def _bounded_named(self, name: str) -> Any:
        if name not in self._bounded:
            self._bounded[name] = bounded.bounded(self.named[name])
        return self._bounded[name]

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


def _violations(
    errors: Iterator[jsonschema_rs.ValidationError], place: str, prefix: tuple[str | int, ...], depth: int
) -> tuple[Violation, ...]:
    """Read ``errors`` of a value that stands ``depth`` members down in what was judged."""
    return tuple(
        Violation(place, (*prefix, *error.instance_path[depth:]), error.message[:_LONGEST_MESSAGE], _rule(error))
        for error in islice(errors, _MOST_VIOLATIONS)
    )


def _first_error(validator: jsonschema_rs.Validator, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        yield error


def _untold(place: str, prefix: tuple[str | int, ...]) -> tuple[Violation, ...]:
    return (Violation(place, prefix, "does not fit its schema; it is too large to say where", "schema"),)


def _is_large(value: Any, most: int = _MOST_PARTS) -> bool:
    """Whether ``value`` has more than ``most`` members and items, and more can be wrong than there is time to say."""
    waiting, count = [value], 0
    while waiting and count <= most:
        part = waiting.pop()
        if isinstance(part, dict | list):
            count += len(part)
            if count <= most:
                waiting.extend(part.values() if isinstance(part, dict) else part)
    return count > most


def _is_divided(document: Any) -> bool:
    """Whether to find the first error all others have to be made: those of every branch, of every unknown member."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if not _BRANCHES.isdisjoint(part) or len(part.get("allOf", ())) > 1:
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def _identifies(schema: Any) -> bool:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if any(isinstance(part.get(keyword), str) for keyword in ("$id", "$anchor", "$dynamicAnchor")):
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


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
    rule = str(error.kind.name)
    return bounded.RULES.get(rule, rule)


def _always(_value: Any) -> bool:
    return True
