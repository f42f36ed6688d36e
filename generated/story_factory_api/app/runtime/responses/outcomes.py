"""What leaves a service: a status, headers and a body; and what must not leave."""

from typing import NamedTuple

import pydantic_core

from ..bodies.json_text import is_finite, may_be_infinite
from ..values import JsonValue

RawHeaders = list[tuple[bytes, bytes]]


class Outcome(NamedTuple):
    """What is sent: a status, headers without content-length, a body."""

    status: int
    headers: RawHeaders
    body: bytes


class ResponseViolation(Exception):
    """An answer breaks the contract; the text says how, for the log."""


class Unwritable(ResponseViolation):
    """An answer is what the schema allows, and holds what its media type cannot say."""


def write_json(value: JsonValue) -> bytes:
    """Write JSON; raises ResponseViolation for what JSON cannot say."""
    try:
        written = pydantic_core.to_json(value)
    except (ValueError, TypeError) as error:
        raise ResponseViolation(f"the answer cannot be written: {error}") from error
    if may_be_infinite(written) and not is_finite(value):
        raise ResponseViolation("the answer holds a number that JSON does not have")
    return written
