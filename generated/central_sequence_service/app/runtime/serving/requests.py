"""Request ids: taken from X-Request-Id where it is safe to repeat, else made."""

import itertools
import secrets
from contextvars import ContextVar

from starlette.types import Scope

request_id: ContextVar[str] = ContextVar("request_id", default="")
operation_id: ContextVar[str] = ContextVar("operation_id", default="")
# Who calls, with the id of the request: whoever asks compares it, so that no request need clear it for the next.
caller: ContextVar[tuple[str, str]] = ContextVar("caller", default=("", ""))

_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+/=@")
_LONGEST = 128
_PREFIX = secrets.token_hex(8)
_COUNT = itertools.count(1)


def request_id_of(scope: Scope) -> str:
    """Return the id that the caller sent, or a new one; what could break a log line or a header is not repeated."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            if 0 < len(value) <= _LONGEST and _SAFE.issuperset(value):
                return str(value, "ascii")
            break
    # A random prefix for the process and a count are as unique as a UUID, at a tenth of its cost.
    return f"{_PREFIX}-{next(_COUNT):x}"
