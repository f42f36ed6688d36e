"""Answers before their judges: what the schema refuses is raised, for the log, and never leaves."""

from typing import Any

import pydantic_core

from ..judge import Judge
from .outcomes import ResponseViolation

_LONGEST_REASON = 500


def judge(judged: Judge, value: Any) -> None:
    """Raise ResponseViolation where ``value`` is none that the schema accepts."""
    if (found := violation(judged, value)) is not None:
        raise found


def violation(judged: Judge, value: Any) -> ResponseViolation | None:
    """Return why the schema refuses ``value``, None where it does not."""
    try:
        if judged.accepts(value):
            return None
    except ValueError as error:
        return ResponseViolation(f"the answer is no JSON value: {error}")
    found = "; ".join(map(str, judged.violations("answer", value)))
    return ResponseViolation(found[:_LONGEST_REASON])


def judge_written(judged: Judge, written: bytes) -> None:
    """Raise ResponseViolation where ``written`` is no JSON that the schema accepts."""
    try:
        value = pydantic_core.from_json(written, allow_inf_nan=False)
    except ValueError as error:
        raise ResponseViolation(f"the answer is no JSON: {error}") from None
    judge(judged, value)
