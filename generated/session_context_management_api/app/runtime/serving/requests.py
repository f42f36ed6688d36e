"""The request under way: its id, taken from X-Request-Id where it is safe to repeat, else made; its operation."""

import itertools
import secrets
from contextvars import ContextVar
from typing import Any

from starlette.types import Scope

request_id: ContextVar[str] = ContextVar("request_id", default="")
# What the server says of the request; what is found out about it on the way is kept there too, under the keys below.
request_scope: ContextVar[Scope] = ContextVar("request_scope")
# Who calls, with the id of the request: whoever asks compares it, so that no request need clear it for the next.
caller: ContextVar[tuple[str, str]] = ContextVar("caller", default=("", ""))

OPERATION = "app.operation"
"""The key of a scope under which the contract's operation stands that the request is for; absent where it is none."""
CAME = "app.came"
"""The key of a scope's state under which stands when its head had come, by time.monotonic; absent if not known."""
FAILURE = "app.failure"
"""The key of a scope under which the exception stands that nobody expected; absent where there was none."""

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


def operation_id() -> str:
    """Return the operationId of the request under way, empty where there is none."""
    scope = request_scope.get(None)
    operation: Any = None if scope is None else scope.get(OPERATION)
    return "" if operation is None else str(operation.id)


def shown_path(path: str) -> str:
    """Return the path of the request under way as it may be told: its template where a secret stands in it."""
    scope = request_scope.get(None)
    operation: Any = None if scope is None else scope.get(OPERATION)
    return path if operation is None else str(operation.shown(path))
