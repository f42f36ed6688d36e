"""JSON text as values (RFC 8259)."""

import math
import re
from typing import Any

import pydantic_core

from ..values import JsonValue

_EXPONENT = re.compile(rb"[0-9][eE]\+?[0-9]{3}")
_LONGEST_FINITE = 308


def read_json(raw: bytes) -> JsonValue:
    """Parse JSON: exact integers, no NaN, no byte order mark, bounded depth; raises ValueError.

    Of members of one name the last counts, as with every parser that people know (RFC 8259 section 4 leaves it open).
    """
    value: JsonValue = pydantic_core.from_json(raw, allow_inf_nan=False)
    if (len(raw) > _LONGEST_FINITE or _EXPONENT.search(raw)) and not is_finite(value):
        raise ValueError("a number is too large")
    return value


def is_finite(value: Any) -> bool:
    """Whether no number in ``value`` is infinite or NaN."""
    written = pydantic_core.to_json(value)
    if b"Infinity" not in written and b"NaN" not in written:
        return True
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, float) and not math.isfinite(part):
            return False
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return True
