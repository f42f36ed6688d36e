"""Rules about one value, with Kong's words for what breaks them."""

import math
import re
from collections.abc import Iterable
from typing import Any

from fountaingen.kong.schema.fields import Rule, sequence

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def between(low: int, high: int) -> Rule:
    """Refuse numbers outside the two bounds."""
    return lambda value: None if low <= value <= high else f"value should be between {low} and {high}"


def above(limit: int) -> Rule:
    """Refuse the limit and what is below."""
    return lambda value: None if value > limit else f"value must be greater than {limit}"


def one_of(*options: str | int) -> Rule:
    """Refuse all but the options."""
    text = ", ".join(map(str, options))
    return lambda value: None if value in options and not isinstance(value, bool) else f"expected one of: {text}"


def not_one_of(*options: str) -> Rule:
    """Refuse the options."""
    return lambda value: f"must not be one of: {', '.join(options)}" if value in options else None


def equal(wanted: str | bool | int) -> Rule:
    """Refuse all but one value."""
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    return lambda value: None if value == wanted else f"value must be {text}"


def unequal(unwanted: bool, message: str) -> Rule:
    """Refuse one value."""
    return lambda value: message if value is unwanted else None


def exactly(number: int) -> Rule:
    """Refuse lists (and texts) of another length."""
    return lambda value: None if len(value) == number else f"length must be {number}"


def at_least(number: int) -> Rule:
    """Refuse lists (and texts) that are shorter."""
    return lambda value: None if len(value) >= number else f"length must be at least {number}"


def starts_with(prefix: str) -> Rule:
    """Refuse texts that begin otherwise."""
    return lambda value: None if value.startswith(prefix) else f"should start with: {prefix}"


def matches(pattern: str, message: str = "invalid value: {}") -> Rule:
    """Refuse texts in which the pattern is not found; the message may quote the text."""
    compiled = re.compile(pattern)
    return lambda value: None if compiled.search(value) else message.format(value)


def lacks(pattern: str, message: str) -> Rule:
    """Refuse texts in which the pattern is found."""
    compiled = re.compile(pattern)
    return lambda value: message.format(value) if compiled.search(value) else None


def contains(wanted: str) -> Rule:
    """Refuse lists without one value."""
    return lambda value: None if wanted in (sequence(value) or ()) else f"expected to contain: {wanted}"


def every(rule: Rule) -> Rule:
    """Hold each element of a list to a rule."""

    def judge(value: Any) -> str | None:
        return next((fault for item in sequence(value) or () if (fault := rule(item))), None)

    return judge


def uuid(value: str) -> str | None:
    """Refuse what is no UUID."""
    return None if _UUID.fullmatch(value) else "expected a valid UUID"


def timestamp(value: float) -> str | None:
    """Refuse moments before the epoch."""
    return None if value > 0 else "expected a valid timestamp"


def exclusive(*sets: tuple[str, ...]) -> Rule:
    """Refuse lists with members of more than one of the sets."""

    def judge(value: Any) -> str | None:
        found = list(dict.fromkeys(each for item in value for each in sets if item in each))
        if len(found) < 2:
            return None
        return f"these sets are mutually exclusive: {', '.join(f'({quoted(each)})' for each in found)}"

    return judge


def quoted(names: Iterable[str]) -> str:
    """Return names as Kong lists them."""
    return ", ".join(f"'{name}'" for name in names)


def is_reference(value: Any) -> bool:
    """Say whether a value refers to a vault."""
    return isinstance(value, str) and len(value) > 10 and value.startswith("{vault://") and value.endswith("}")


def is_integer(value: Any) -> bool:
    """Say whether a value is a whole number, written with a fraction of 0 or without."""
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


def is_number(value: Any) -> bool:
    """Say whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
