"""What a value in a configuration may be: a class a kind of field, with the defaults that Kong fills in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Rule = Callable[[Any], str | None]
"""Says what is wrong with a value of the right type, or None."""

Faults = dict[str | int, Any]
"""A tree of complaints as Kong keeps it, with texts at its leaves: by field, by entry (from 0), by ``@entity``."""

Check = Callable[["Record", Mapping[str, Any], Faults], None]
"""Looks at several fields of one filled record, and adds to the faults."""

ENTITY: Final = "@entity"


class _Absent:
    """No value at all, which is not null."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, kw_only=True)
class Field:
    """What every kind of field has; ``only_null`` is the complaint about any value, where none may be given."""

    required: bool = False
    default: Any = ABSENT
    rules: tuple[Rule, ...] = ()
    only_null: str | None = None

    def filled(self, value: Any) -> Any:
        """Return the value with defaults in place, ABSENT where a required one is missing."""
        if value is ABSENT:
            return self.missing()
        return value

    def missing(self) -> Any:
        """Return what stands where no value is given."""
        if self.default is not ABSENT:
            return copied(self.default)
        return ABSENT if self.required else None


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A string of at least one character (``shortest``); where it is ``referenceable``, one in a vault passes."""

    shortest: int = 1
    referenceable: bool = False


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """Any number."""


@dataclass(frozen=True, kw_only=True)
class Integer(Field):
    """A number without a fraction."""


@dataclass(frozen=True, kw_only=True)
class Boolean(Field):
    """true or false."""


@dataclass(frozen=True, kw_only=True)
class Anything(Field):
    """No demand."""


@dataclass(frozen=True, kw_only=True)
class ArrayOf(Field):
    """A list."""

    elements: Field

    def filled(self, value: Any) -> Any:
        """Fill the elements too."""
        items = sequence(value)
        if items is None:
            return super().filled(value)
        return [self.elements.filled(item) if item is not None else None for item in items]


@dataclass(frozen=True, kw_only=True)
class SetOf(ArrayOf):
    """A list without repetition: Kong drops the second of two equal values before it counts."""

    def filled(self, value: Any) -> Any:
        """Fill the elements too, each once."""
        items = sequence(value)
        if items is None:
            return Field.filled(self, value)
        kept: list[Any] = []
        for item in items:
            if isinstance(item, dict | list) or not any(_same(item, other) for other in kept):
                kept.append(item)
        return super().filled(kept)


@dataclass(frozen=True, kw_only=True)
class MapOf(Field):
    """A map of any names to values of one kind."""

    keys: Field
    values: Field
    fewest: int = 0

    def filled(self, value: Any) -> Any:
        """Fill the values too."""
        if not isinstance(value, dict):
            return super().filled(value)
        return {name: self.values.filled(item) if item is not None else None for name, item in value.items()}


@dataclass(frozen=True, kw_only=True)
class Foreign(Field):
    """A reference to an entity of another table: its name or id, or whatever ``fault`` finds nothing wrong with."""

    table: str
    fault: Callable[[Any], Faults] | None = None


@dataclass(frozen=True)
class Shorthand:
    """A field that is only another way to write others: ``expand`` gives the fields that it stands for.

    A deprecated one yields to the fields themselves where both are given; any other overrides them.
    """

    field: Field
    expand: Callable[[Any], Mapping[str, Any]]
    deprecated: bool = False


@dataclass(frozen=True)
class Specialisation:
    """What a record of one kind has beyond the fields of all kinds."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Kinds:
    """Kinds of a record, told apart by the value (or the first known of the values) of one field."""

    key: str
    table: Mapping[str, Specialisation]
    unknown: str = "unknown type: {}"

    def of(self, record: Mapping[str, Any]) -> Specialisation | None:
        """Return the kind of a record, None where it is not known."""
        told = record.get(self.key)
        for name in told if isinstance(told, list) else [told]:
            if isinstance(name, str) and name in self.table:
                return self.table[name]
        return None


@dataclass(frozen=True, kw_only=True)
class Record(Field):
    """A map with known fields."""

    fields: Mapping[str, Field]
    checks: tuple[Check, ...] = ()
    shorthands: Mapping[str, Shorthand] = field(default_factory=dict)
    kinds: Kinds | None = None

    def all_fields(self, value: Mapping[str, Any]) -> Mapping[str, Field]:
        """Return the fields of the record, those of its kind included."""
        kind = self.kinds.of(value) if self.kinds else None
        return {**self.fields, **kind.fields} if kind else self.fields

    def all_checks(self, value: Mapping[str, Any]) -> Iterator[Check]:
        """Yield the checks of the record, then those of its kind."""
        yield from self.checks
        kind = self.kinds.of(value) if self.kinds else None
        yield from kind.checks if kind else ()

    def filled(self, value: Any) -> Any:
        """Return the record with shorthands expanded and every missing field filled in."""
        if value is ABSENT:
            given = self.default if self.default is not ABSENT else {}
            return self.filled(copied(given)) if self.required else super().missing()
        if isinstance(value, list):
            # To Lua a list is a map of numbers.
            value = dict(enumerate(value))
        if not isinstance(value, dict):
            return value
        data = self._expanded(value)
        for name, each in self.all_fields(data).items():
            data[name] = each.filled(data.get(name, ABSENT))
        return {name: item for name, item in data.items() if item is not ABSENT}

    def _expanded(self, value: Mapping[str, Any]) -> dict[str, Any]:
        data = dict(value)
        for name, shorthand in self.shorthands.items():
            if data.get(name) is None or not isinstance(data[name], _accepted(shorthand.field)):
                continue
            for target, item in shorthand.expand(data.pop(name)).items():
                given = data.get(target)
                if isinstance(item, Mapping):
                    given = given if isinstance(given, dict) else {}
                    data[target] = {**item, **given} if shorthand.deprecated else {**given, **item}
                elif not shorthand.deprecated or given is None:
                    data[target] = item
        return data


def copied(value: Any) -> Any:
    """Return a copy of a default, of lists and maps all the way down."""
    if isinstance(value, Mapping):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list | tuple) else value


def sequence(value: Any) -> list[Any] | None:
    """Return a value as Lua would go through it as a list, None where it is none: an empty map is an empty list."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(number in value for number in range(1, len(value) + 1)):
        return [value[number] for number in range(1, len(value) + 1)]
    return None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _accepted(each: Field) -> tuple[type, ...]:
    match each:
        case Text():
            return (str,)
        case Boolean():
            return (bool,)
        case ArrayOf():
            return (list,)
        case _:
            return (int, float)
