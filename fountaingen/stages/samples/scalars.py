"""Scalars that satisfy a schema: numbers within bounds, text of a format, of a length, of a pattern."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fountaingen.stages.samples.patterns import NotPlain, matching

Keywords = Mapping[str, Any]

_FORMATS = {
    "date-time": "2025-01-0{}T12:00:00Z",
    "date": "2025-01-0{}",
    "time": "12:00:0{}Z",
    "duration": "P{}D",
    "email": "person{}@example.com",
    "idn-email": "person{}@example.com",
    "hostname": "host{}.example.com",
    "idn-hostname": "host{}.example.com",
    "ipv4": "192.0.2.{}",
    "ipv6": "2001:db8::{}",
    "uri": "https://example.com/{}",
    "uri-reference": "https://example.com/{}",
    "iri": "https://example.com/{}",
    "iri-reference": "https://example.com/{}",
    "uri-template": "https://example.com/{}",
    "url": "https://example.com/{}",
    "uuid": "00000000-0000-4000-8000-00000000000{}",
    "json-pointer": "/{}",
    "relative-json-pointer": "{}",
    "regex": "a{{{}}}",
    "byte": "YWJj",
}
_MOST_DIGITS = 9
_LONGEST = 10_000


def text(schema: Keywords, word: str, variant: int) -> str:
    """Return text that ``schema`` most likely accepts, made of ``word``; another for each ``variant``."""
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", _LONGEST))
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return _patterned(pattern, least, most, variant)
    if (known := _FORMATS.get(str(schema.get("format")))) is not None:
        return known.format(1 + variant % _MOST_DIGITS)
    wanted = f"{word} {variant + 1}" if variant else word
    if len(wanted) < least:
        wanted = (f"{wanted} " * (min(least, _LONGEST) // (len(wanted) + 1) + 1))[: least - 1] + "."
    return wanted[:most] if len(wanted) > most else wanted


def _patterned(pattern: str, least: int, most: int, variant: int) -> str:
    try:
        found = matching(pattern, variant)
        if len(found) < least <= _LONGEST:
            found = matching(pattern, _enough(pattern, least, variant))
    except NotPlain:
        return ""
    return found if len(found) <= most else matching(pattern)


def _enough(pattern: str, least: int, variant: int) -> int:
    """Return how many repetitions more than needed make a text of ``least`` characters, ``least`` where none do."""
    tried = range(variant, max(least, variant))
    return variant + bisect_left(tried, True, key=lambda extra: _reaches(pattern, extra, least))


def _reaches(pattern: str, extra: int, least: int) -> bool:
    try:
        return len(matching(pattern, extra)) >= least
    except NotPlain:
        # It is plain, for it could be read with fewer repetitions, but too long.
        return True


def number(schema: Keywords, variant: int, *, integer: bool) -> int | float:
    """Return the number nearest to 1 that ``schema`` allows; each ``variant`` is one step further up."""
    step = _fraction(schema.get("multipleOf")) or Fraction(1)
    if integer and step.denominator != 1:
        step = Fraction(step.numerator)
    low, high = _low(schema, step), _high(schema, step)
    start = Fraction(1)
    if low is not None and start < low:
        start = low
    if high is not None and start > high:
        start = high
    if "multipleOf" in schema or integer:
        start = math.ceil(start / step) * step
        start = start - step if high is not None and start > high else start
    value = start + variant * step
    if high is not None and value > high:
        value = start - variant * step
    return int(value) if value.denominator == 1 else float(value)


def _low(schema: Keywords, step: Fraction) -> Fraction | None:
    inclusive, exclusive = _fraction(schema.get("minimum")), _fraction(schema.get("exclusiveMinimum"))
    above = exclusive + _inside(schema, step) if exclusive is not None else None
    return max((each for each in (inclusive, above) if each is not None), default=None)


def _high(schema: Keywords, step: Fraction) -> Fraction | None:
    inclusive, exclusive = _fraction(schema.get("maximum")), _fraction(schema.get("exclusiveMaximum"))
    below = exclusive - _inside(schema, step) if exclusive is not None else None
    return min((each for each in (inclusive, below) if each is not None), default=None)


def _inside(schema: Keywords, step: Fraction) -> Fraction:
    """How far inside an exclusive bound a value is sought: half of a narrow range, one step of a wide one."""
    low = _fraction(schema.get("exclusiveMinimum", schema.get("minimum")))
    high = _fraction(schema.get("exclusiveMaximum", schema.get("maximum")))
    if low is not None and high is not None and high - low <= step:
        return (high - low) / 2
    return step


def _fraction(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Fraction(str(value))
