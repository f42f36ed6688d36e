"""Keys that the server gives new rows: a UUID, a ULID, or text spelled as a contract wants it, not to be guessed."""

import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, inspect
from sqlalchemy.sql.schema import CallableColumnDefault

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Maker = Callable[[], str]


def uuid() -> str:
    """Return a random UUID (RFC 9562, version 4)."""
    return str(uuid4())


def ulid() -> str:
    """Return a ULID: 48 bits of milliseconds and 80 random bits in 26 characters (github.com/ulid/spec)."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def spelled(*parts: str | tuple[str, int]) -> Maker:
    """Return what makes texts of ``parts``: a text stands as it is, ``(alphabet, count)`` is that many at random."""

    def make() -> str:
        return "".join(part if isinstance(part, str) else _some(*part) for part in parts)

    return make


def maker_of(model: type[Any], attribute: str) -> Maker | None:
    """Return what makes keys of ``model``: its column's default, UUIDs where it is text, None for a number."""
    column: Column[Any] = inspect(model).columns[attribute]
    default = column.default
    if isinstance(default, CallableColumnDefault):
        make: Callable[[Any], Any] = default.arg
        return lambda: str(make(None))
    return uuid if column.type.python_type is str else None


def _some(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))
