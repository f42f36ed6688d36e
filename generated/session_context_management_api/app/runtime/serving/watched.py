"""The front of a service whose requests are counted or logged; another class, so that others pay nothing for it."""

import logging
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..observability.traffic import OTHER_METHOD, PAGE, UNMATCHED, Tally, Traffic
from ..responses.outcomes import Outcome
from ..responses.streams import StreamBroken
from .front import Front, send_whole, with_id
from .requests import FAILURE, OPERATION, request_id, request_id_of, request_scope

logger = logging.getLogger("app.access")


class WatchedFront(Front):
    """Counts every request in ``traffic``: how long it took until there was an answer to send, and what that was."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic, **parts: Any) -> None:
        super().__init__(app, **parts)
        self._traffic = traffic
        self._matched = traffic.matched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = perf_counter()
        traffic = self._traffic
        traffic.in_flight += 1
        try:
            identifier = request_id_of(scope)
            request_id.set(identifier)
            request_scope.set(scope)
            outcome = await self._outcome(scope, receive, identifier)
            if isinstance(outcome, Outcome):
                # Counted before it is sent: whoever has the answer finds it in the metrics.
                self._tally(scope).count(outcome.status, perf_counter() - begin)
                await send_whole(send, outcome, identifier, scope["method"])
            elif outcome is None:
                await self._beyond(scope, receive, send, identifier, begin)
            else:
                tally = self._tally(scope)
                tally.count(outcome.status, perf_counter() - begin)
                try:
                    await outcome.send(receive, send, identifier.encode("ascii"), bodiless=scope["method"] == "HEAD")
                except StreamBroken as error:
                    scope[FAILURE] = error
                    tally.broken += 1
                    raise
        finally:
            traffic.in_flight -= 1

    def _tally(self, scope: Scope) -> Tally:
        operation = scope.get(OPERATION)
        method = scope["method"]
        if operation is None:
            name = PAGE if scope["path"] in self._pages else UNMATCHED
            return self._traffic.other(name, method if method in self._methods else OTHER_METHOD)
        return self._matched[operation.id] if method != "HEAD" else self._traffic.heads[operation.id]

    async def _beyond(self, scope: Scope, receive: Receive, send: Send, identifier: str, begin: float) -> None:
        """Hand a request on to routes that are none of the contract."""
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, with_id(watched, identifier))
        finally:
            self._tally(scope).count(status, perf_counter() - begin)


class LoggedFront(WatchedFront):
    """Writes a line for every request, too; it is timed until the last of the answer was sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await super().__call__(scope, receive, watched)
        finally:
            _log(scope, status, begin)


def _log(scope: Scope, status: int, begin: float) -> None:
    operation = scope.get(OPERATION)
    path = scope["path"] if operation is None else operation.shown(scope["path"])
    fields = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "milliseconds": round((perf_counter() - begin) * 1000, 3),
    }
    logger.info("%s %s %d", scope["method"], path, status, extra={"fields": fields})
