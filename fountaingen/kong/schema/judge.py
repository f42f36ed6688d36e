"""Holding values to fields: the complaints of Kong, in its order and its words."""

from collections.abc import Callable, Mapping
from typing import Any

from fountaingen.kong.schema import rules
from fountaingen.kong.schema.fields import (
    ENTITY,
    ArrayOf,
    Boolean,
    Faults,
    Field,
    Foreign,
    Integer,
    MapOf,
    Number,
    Record,
    SetOf,
    Text,
    sequence,
)

_SCALARS: tuple[tuple[type[Field], Callable[[Any], bool], str], ...] = (
    (Text, lambda value: isinstance(value, str), "a string"),
    (Integer, rules.is_integer, "an integer"),
    (Number, rules.is_number, "a number"),
    (Boolean, lambda value: isinstance(value, bool), "a boolean"),
)

REQUIRED = "required field missing"
UNKNOWN = "unknown field"


def field_fault(field: Field, value: Any, *, is_filled: bool = False) -> str | Faults | None:
    """Return what is wrong with a value that was given: a text, the faults of its members, or None.

    ``is_filled`` says that the records in it have their defaults already.
    """
    if value is None:
        return REQUIRED if field.required else None
    fault = field.only_null or _type_fault(field, value, is_filled)
    if fault:
        return fault
    if isinstance(field, Text):
        if field.referenceable and rules.is_reference(value):
            return None
        fault = _length_fault(field, value)
        if fault:
            return fault
    value = sequence(value) if isinstance(field, ArrayOf) else value
    return next((fault for rule in field.rules if (fault := rule(value))), None)


def _length_fault(field: Text, value: str) -> str | None:
    size = len(value.encode("utf-8", "surrogatepass"))
    if size < field.shortest:
        return f"length must be at least {field.shortest}"
    return None


def record_faults(record: Record, value: Mapping[Any, Any], *, is_filled: bool = False) -> Faults:
    """Return the faults of a record by field; ``is_filled`` says that it has its defaults, all the way down."""
    if record.kinds:
        told = value.get(record.kinds.key)
        if told is None:
            return {record.kinds.key: REQUIRED}
        if record.kinds.of(value) is None:
            shown = told if isinstance(told, str) else (sequence(told) or ["nil"])[0]
            return {record.kinds.key: record.kinds.unknown.format(shown)}
    faults: Faults = {}
    known = record.all_fields(value)
    for name, item in value.items():
        field = known.get(str(name))
        fault = field_fault(field, item, is_filled=is_filled) if field else _shorthand_fault(record, name, item)
        if fault:
            faults[name] = fault
    for name, field in known.items():
        if field.required and value.get(name) is None:
            faults[name] = REQUIRED
    for check in record.all_checks(value):
        check(record, value, faults)
    return faults


def entity_fault(faults: Faults, message: str) -> None:
    """Add a complaint about a record as a whole."""
    about = faults.setdefault(ENTITY, {})
    about[len(about)] = message


def _shorthand_fault(record: Record, name: Any, item: Any) -> str | Faults | None:
    shorthand = record.shorthands.get(str(name))
    return field_fault(shorthand.field, item) if shorthand else UNKNOWN


def _type_fault(field: Field, value: Any, is_filled: bool) -> str | Faults | None:
    match field:
        case ArrayOf():
            return _array_fault(field, value, is_filled)
        case MapOf():
            return _map_fault(field, value, is_filled)
        case Record():
            return _record_fault(field, value, is_filled)
        case Foreign():
            return _foreign_fault(field, value)
    return next(
        (f"expected {name}" for kind, fits, name in _SCALARS if isinstance(field, kind) and not fits(value)), None
    )


def _foreign_fault(field: Foreign, value: Any) -> str | Faults | None:
    if field.fault:
        return field.fault(value) or None
    if not isinstance(value, str):
        return "expected a string"
    return None if value else "length must be at least 1"


def _array_fault(field: ArrayOf, value: Any, is_filled: bool) -> str | Faults | None:
    items = sequence(value)
    if items is None:
        return "expected a set" if isinstance(field, SetOf) else "expected an array"
    faults: Faults = {}
    for index, item in enumerate(items):
        fault = REQUIRED if item is None else field_fault(field.elements, item, is_filled=is_filled)
        if fault:
            faults[index] = fault
    return faults or None


def _map_fault(field: MapOf, value: Any, is_filled: bool) -> str | Faults | None:
    if not isinstance(value, dict | list):
        return "expected a map"
    members = enumerate(value, 1) if isinstance(value, list) else value.items()
    for name, item in members:
        fault = field_fault(field.keys, name)
        fault = fault or (REQUIRED if item is None else field_fault(field.values, item, is_filled=is_filled))
        if fault:
            return fault
    return f"length must be at least {field.fewest}" if len(value) < field.fewest else None


def _record_fault(field: Record, value: Any, is_filled: bool) -> str | Faults | None:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return "expected a record"
    return record_faults(field, value if is_filled else field.filled(value), is_filled=True) or None
