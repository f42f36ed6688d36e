"""How times that the server keeps are written, by the format that the contract gives them."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

Clock = Callable[[datetime], str | int]


def rfc3339(now: datetime) -> str:
    """Write ``date-time``: RFC 3339, to the millisecond, UTC."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def full_date(now: datetime) -> str:
    """Write ``date``: the day in UTC (RFC 3339 full-date)."""
    return now.date().isoformat()


def rfc2822(now: datetime) -> str:
    """Write ``date-time-rfc-2822``: as in the header Date, UTC."""
    return format_datetime(now)


def unix_time(now: datetime) -> int:
    """Write ``unix-time``: whole seconds since 1970."""
    return int(now.timestamp())
