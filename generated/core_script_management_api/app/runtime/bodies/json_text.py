"""JSON text as values (RFC 8259)."""

import gc
import math
import re
from typing import Any

import pydantic_core

from ..values import JsonValue

_LARGE = 128 * 1024
"""Bytes from which on it matters that memory is looked through again and again while values are made."""
_SHORT = 64
_EXPONENT = re.compile(rb"[0-9][eE]\+?[0-9]{3}")
_SHAPE = bytes.maketrans(b"0123456789E", b"d" * 10 + b"e")
_LARGE_EXPONENT = b"deddd"
_MANY_DIGITS = b"d" * 200
"""Without an exponent of three digits it takes 210 digits to pass the largest number that there is, 1.8e308."""


def read_json(raw: bytes) -> JsonValue:
    """Parse JSON: exact integers, no NaN, no byte order mark, bounded depth; raises ValueError.

    Of members of one name the last counts, as with every parser that people know (RFC 8259 section 4 leaves it open).
    """
    value = _undisturbed(raw) if len(raw) >= _LARGE else pydantic_core.from_json(raw, allow_inf_nan=False)
    if _holds_large(raw) and not is_finite(value):
        raise ValueError("a number is too large")
    return value


def may_be_infinite(written: bytes) -> bool:
    """Whether JSON as pydantic writes it may name what is no number, or no finite one; it may be text that does."""
    # One letter is found twenty times as fast as a word.
    return (b"N" in written and b"NaN" in written) or (b"I" in written and b"Infinity" in written)


def is_finite(value: Any) -> bool:
    """Whether no number in ``value`` is infinite or NaN."""
    if not may_be_infinite(pydantic_core.to_json(value)):
        return True
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, float) and not math.isfinite(part):
            return False
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return True


def _undisturbed(raw: bytes) -> JsonValue:
    """Parse what makes many values: none of them is garbage yet."""
    collects = gc.isenabled()
    gc.disable()
    try:
        value: JsonValue = pydantic_core.from_json(raw, allow_inf_nan=False)
        return value
    finally:
        if collects:
            gc.enable()


def _holds_large(raw: bytes) -> bool:
    """Whether ``raw`` may hold a number that no float holds; what it says of texts does not matter."""
    if len(raw) <= _SHORT:
        return _EXPONENT.search(raw) is not None
    shape = raw.translate(_SHAPE, b"+")
    return _LARGE_EXPONENT in shape or _MANY_DIGITS in shape
