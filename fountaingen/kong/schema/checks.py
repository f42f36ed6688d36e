"""Checks across the fields of a record, with Kong's words; a dotted name reaches into records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.kong.schema.fields import Check, Faults, Field, Record, Rule, Text
from fountaingen.kong.schema.judge import REQUIRED, entity_fault, field_fault
from fountaingen.kong.schema.rules import is_reference, quoted


def member(record: Any, name: str) -> Any:
    """Return a member of a record by its dotted name, None where it is missing."""
    for part in name.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(part)
    return record


def is_empty(value: Any) -> bool:
    """Say whether Kong takes a value for nothing."""
    return value is None or value == "" or (isinstance(value, dict | list) and not value)


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a field must be, beyond what it must be anyway, for a condition to hold."""

    rules: tuple[Rule, ...] = ()
    required: bool = False
    null: bool = False

    def fault(self, field: Field, value: Any) -> str | Faults | None:
        """Return why a value does not match."""
        if value is None:
            return REQUIRED if self.required or field.required else None
        if self.null:
            return "value must be null"
        return next((fault for rule in self.rules if (fault := rule(value))), None) or field_fault(field, value)


def at_least_one_of(*names: str) -> Check:
    """Want one of the fields."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if all(is_empty(member(value, name)) for name in names):
            entity_fault(faults, f"at least one of these fields must be non-empty: {quoted(names)}")

    return check


def only_one_of(*names: str) -> Check:
    """Want exactly one of the fields."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if sum(not is_empty(member(value, name)) for name in names) != 1:
            entity_fault(faults, f"exactly one of these fields must be non-empty: {quoted(names)}")

    return check


def mutually_required(*names: str) -> Check:
    """Want all of the fields or none."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if _references(record, value, names):
            return
        if sum(not is_empty(member(value, name)) for name in names) not in {0, len(names)}:
            entity_fault(faults, f"all or none of these fields must be set: {quoted(names)}")

    return check


def mutually_exclusive(*names: str) -> Check:
    """Want one of the fields at most."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if sum(not is_empty(member(value, name)) for name in names) > 1:
            entity_fault(faults, f"only one or none of these fields must be set: {quoted(names)}")

    return check


def distinct(*names: str) -> Check:
    """Want different values in the fields."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        given = [item for name in names if not is_empty(item := member(value, name))]
        if len(given) != len(set(map(str, given))):
            entity_fault(faults, f"values of these fields must be distinct: {quoted(names)}")

    return check


def conditional(
    if_field: str, if_match: Match, then_field: str, then_match: Match, message: str | None = None
) -> Check:
    """Where one field matches, want another one to match."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if _references(record, value, (if_field, then_field)):
            return
        if if_match.fault(_field(record, value, if_field), member(value, if_field)):
            return
        fault = then_match.fault(_field(record, value, then_field), member(value, then_field))
        if fault:
            _put(faults, then_field, fault)
            failed = f"failed conditional validation given value of field '{if_field}'"
            entity_fault(faults, message.format(if_field) if message else failed)

    return check


@dataclass(frozen=True)
class Alternative:
    """Where a field contains a value: the fields of which one is wanted, and the complaint (``{}`` lists them)."""

    rule: Rule
    names: tuple[str, ...]
    message: str


def conditional_at_least_one_of(if_field: str, *alternatives: Alternative) -> Check:
    """Take the first alternative that the field matches, and want one of its fields."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        told = member(value, if_field)
        for each in alternatives:
            if told is not None and not Match(rules=(each.rule,)).fault(_field(record, value, if_field), told):
                if all(is_empty(member(value, name)) for name in each.names):
                    entity_fault(faults, each.message.format(quoted(each.names)))
                return

    return check


def custom(judge: Callable[[Mapping[str, Any]], str | None], *sources: str) -> Check:
    """Run a check in code, unless one of the fields that it reads (by their first names) is at fault."""

    def check(record: Record, value: Mapping[str, Any], faults: Faults) -> None:
        if not any(name in faults for name in sources):
            fault = judge(value)
            if fault:
                entity_fault(faults, fault)

    return check


def _references(record: Record, value: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    """Say whether a field holds a reference to a vault, whose value is not known yet."""
    for name in names:
        field = _field(record, value, name)
        if isinstance(field, Text) and field.referenceable and is_reference(member(value, name)):
            return True
    return False


def _field(record: Record, value: Mapping[str, Any], name: str) -> Field:
    first, _, rest = name.partition(".")
    field = record.all_fields(value)[first]
    if rest and isinstance(field, Record):
        inner = value.get(first)
        return _field(field, inner if isinstance(inner, Mapping) else {}, rest)
    return field


def _put(faults: Faults, name: str, fault: str | Faults) -> None:
    *parents, last = name.split(".")
    for part in parents:
        inner = faults.get(part)
        if not isinstance(inner, dict):
            inner = faults[part] = {}
        faults = inner
    faults[last] = fault
