"""Text to JSON values: a shape says which types a text may be read as, in which order."""

import math
import re
from collections.abc import Iterator

from ..judge import Judge
from ..values import JsonValue
from .shapes import Shape

# What a style makes of raw text before types: a text, a list, or members by name.
Text = str | list["Text"] | dict[str, "Text"]

_STRUCTURES = frozenset({"array", "object"})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_MOST_DIGITS = 4300
_UNSHAPED = Shape()
_UNREAD = object()


def readings(text: Text, shape: Shape) -> Iterator[JsonValue]:
    """Yield ``text`` as a JSON value, first by the first type that fits each part, then by the later ones."""
    for skip in range(max(1, _depth(shape))):
        yield _read(text, shape, skip)


def scalars(text: str, types: tuple[str, ...]) -> list[JsonValue]:
    """Return ``text`` as each of ``types`` that it fits, in their order; as it is where it fits none."""
    found = [read for fits, read in (_as(kind, text, types) for kind in types) if fits]
    return found or [text]


def first_accepted(texts: Iterator[Text], shape: Shape, judge: Judge) -> tuple[bool, JsonValue]:
    """Return the first reading of ``texts`` that ``judge`` accepts, or False and the very first reading."""
    first: object = _UNREAD
    for text in texts:
        for value in readings(text, shape):
            if judge.accepts(value):
                return True, value
            if first is _UNREAD:
                first = value
    return False, None if first is _UNREAD else _as_value(first)


def integer(text: str) -> int | None:
    """Return ``text`` as an integer where it is written as JSON writes one."""
    digits = text[1:] if text.startswith("-") else text
    if (
        not (digits.isascii() and digits.isdigit())
        or (digits[0] == "0" and len(digits) > 1)
        or len(digits) > _MOST_DIGITS
    ):
        return None
    return int(text)


def number(text: str) -> int | float | None:
    """Return ``text`` as a finite number where it is written as JSON writes one (RFC 8259 section 6)."""
    if (whole := integer(text)) is not None:
        return whole
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _as_value(value: object) -> JsonValue:
    return value if isinstance(value, str | int | float | list | dict) else None


def _depth(shape: Shape) -> int:
    inner = [shape.items, shape.additional, *shape.properties.values()]
    return max([len(shape.types), *(_depth(each) for each in inner if each is not None)])


def _read(text: Text, shape: Shape, skip: int) -> JsonValue:
    if isinstance(text, str):
        return _scalar(text, shape.types, skip)
    if isinstance(text, list):
        return [_read(part, shape.items or _UNSHAPED, skip) for part in text]
    return {
        name: _read(part, shape.properties.get(name) or shape.additional or _UNSHAPED, skip)
        for name, part in text.items()
    }


def _scalar(text: str, types: tuple[str, ...], skip: int) -> JsonValue:
    value: JsonValue = text
    for kind in types:
        fits, read = _as(kind, text, types)
        if fits:
            value = read
            if skip == 0:
                break
            skip -= 1
    return value


def _as(kind: str, text: str, types: tuple[str, ...]) -> tuple[bool, JsonValue]:
    match kind:
        case "string":
            return True, text
        case "integer":
            found = number(text)
            if isinstance(found, float) and found.is_integer():
                found = int(found)
            return isinstance(found, int), found
        case "number":
            found = number(text)
            return found is not None, found
        case "boolean":
            return text in ("true", "false"), text == "true"
        case "null":
            return text == "null" or (text == "" and "string" not in types), None
        case _:
            return False, None


def scalar_only(shape: Shape) -> bool:
    """Whether no array and no object can come of the text."""
    return _STRUCTURES.isdisjoint(shape.types)
