"""The types a view is made of, before they are printed: whatever a schema accepts, in the words of Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Anything:
    """Whatever JSON can hold."""


@dataclass(frozen=True)
class Null:
    """Only ``None``."""


@dataclass(frozen=True)
class Scalar:
    """One scalar type."""

    name: Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True)
class OneOfTexts:
    """One of a few texts."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class ListOf:
    item: "Type"


@dataclass(frozen=True)
class MapOf:
    """An object whose members all have one type."""

    value: "Type"


@dataclass(frozen=True)
class Named:
    """A class that was asked for, by its name."""

    name: str


@dataclass(frozen=True)
class Nested:
    """A class made for an object inside another schema, by the place of that object."""

    place: str


@dataclass(frozen=True)
class Union:
    """One of several types, at least two; none of them is a union itself."""

    members: tuple["Type", ...]


@dataclass(frozen=True)
class Binary:
    """Binary content beside JSON, as a part of a form is."""


Type = Anything | Null | Scalar | OneOfTexts | ListOf | MapOf | Named | Nested | Union | Binary

ANYTHING = Anything()
NULL = Null()
BINARY = Binary()
TEXT = Scalar("string")


@dataclass(frozen=True)
class Member:
    """A member of an object by its wire name."""

    wire: str
    type: Type
    required: bool


@dataclass(frozen=True)
class Fields:
    """A class with one field a member."""

    members: tuple[Member, ...]


def union(types: Iterable[Type]) -> Type:
    """Return the union of ``types``: flat, without repeats, ``None`` last, and no more members than say anything."""
    flat = dict.fromkeys(part for type_ in types for part in (type_.members if isinstance(type_, Union) else (type_,)))
    if not flat or ANYTHING in flat:
        return ANYTHING
    if TEXT in flat:
        flat = {part: None for part in flat if not isinstance(part, OneOfTexts)}
    texts = [value for part in flat if isinstance(part, OneOfTexts) for value in part.values]
    if texts:
        flat = _join(flat, OneOfTexts(tuple(dict.fromkeys(texts))))
    ordered = [part for part in flat if part != NULL] + [part for part in flat if part == NULL]
    return ordered[0] if len(ordered) == 1 else Union(tuple(ordered))


def _join(flat: dict[Type, None], texts: OneOfTexts) -> dict[Type, None]:
    return dict.fromkeys(texts if isinstance(part, OneOfTexts) else part for part in flat)


def optional(type_: Type) -> Type:
    """Return ``type_`` or ``None``."""
    return type_ if isinstance(type_, Anything) else union([type_, NULL])


_JSON_TYPES = {
    type(None): ("null",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("integer", "number"),
    str: ("string",),
    list: ("array",),
}
_MOST_TEXTS = 30
_LONGEST_TEXT = 80


def values_type(values: Iterable[Any], types: frozenset[str] | None) -> Type:
    """Return the type of what is one of ``values``, of those among them that are of the JSON types ``types``.

    Many texts, or texts that do not print, are just text.
    """
    fitting = [value for value in values if types is None or not types.isdisjoint(_json_types(value))]
    texts = [value for value in fitting if isinstance(value, str)]
    few = len(texts) <= _MOST_TEXTS and all(text.isprintable() and len(text) <= _LONGEST_TEXT for text in texts)
    return union(_value_type(value, few) for value in fitting)


def _json_types(value: Any) -> tuple[str, ...]:
    if isinstance(value, float) and not value.is_integer():
        return ("number",)
    return _JSON_TYPES.get(type(value), ("object",))


def _value_type(value: Any, few_texts: bool) -> Type:
    match value:
        case None:
            return NULL
        case bool():
            return Scalar("boolean")
        case int():
            return Scalar("integer")
        case float():
            return union([Scalar("integer"), Scalar("number")])
        case str():
            return OneOfTexts((value,)) if few_texts else TEXT
    return ANYTHING
