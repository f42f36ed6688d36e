"""A service that is started by uvicorn bounds the connections of that server, whatever its command line was."""

import logging
from typing import Any

from starlette.types import Receive

from ..errors import ApiError
from ..responses.compose import Incident
from ..responses.failures import UndeclaredErrors
from ..responses.outcomes import Outcome
from .clock import Clock
from .connection_table import ConnectionTable
from .limits import Limits
from .requests import request_id_of

logger = logging.getLogger(__name__)

_PHRASES = {
    400: b"Bad Request",
    408: b"Request Timeout",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


class Refusals:
    """What is answered to what is no request, or never becomes one."""

    def __init__(self, undeclared: UndeclaredErrors) -> None:
        self._undeclared = undeclared

    def __call__(self, status: int, reason: str) -> bytes:
        """Return the answer as it is sent; the connection ends with it."""
        identifier = request_id_of({"headers": []})
        incident = Incident.of(ApiError(reason, status=status), status, identifier, "/")
        return _written(self._undeclared.refused(incident), identifier)


def adopt(receive: Receive, limits: Limits, clock: Clock, undeclared: UndeclaredErrors) -> None:
    """Bound the connections of the server whose lifespan is told by ``receive``, before it listens.

    The configuration of uvicorn names the class of its connections; it stands beside its end of that channel.
    """
    config = _config_of(receive)
    if config is None:
        return
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    from .connection import connections_of

    if config.http_protocol_class is HttpToolsProtocol:
        table = ConnectionTable(limits, config.timeout_keep_alive, clock, Refusals(undeclared))
        config.http_protocol_class = connections_of(table)
    else:
        logger.warning("connections are not bounded: that takes uvicorn with httptools")


def _config_of(receive: Receive) -> Any:
    from uvicorn import Config

    config = getattr(getattr(receive, "__self__", None), "config", None)
    return config if isinstance(config, Config) else None


def _written(outcome: Outcome, identifier: str) -> bytes:
    fields = [
        *outcome.headers,
        (b"x-request-id", identifier.encode("ascii")),
        (b"content-length", b"%d" % len(outcome.body)),
        (b"connection", b"close"),
    ]
    head = b"".join(b"%b: %b\r\n" % field for field in fields)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (outcome.status, _PHRASES[outcome.status], head, outcome.body)
