"""The way in and out of a service: a request id, the operation or page that answers, the bytes that leave."""

import asyncio
import math
from collections.abc import Mapping
from time import monotonic
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..bodies.incoming import ClientGone
from ..errors import ApiError, NotFound
from ..responses.compose import Incident
from ..responses.failures import UndeclaredErrors
from ..responses.outcomes import Outcome
from ..responses.streams import Leaving
from . import requests
from .dispatch import Table
from .handler import Handler
from .pages import Page
from .requests import CAME
from .running import Running

_NO_VALUES: Mapping[str, Any] = MappingProxyType({})
_BODILESS = frozenset({204, 304})
# RFC 9110 section 9, RFC 5789, and QUERY.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})


class Front:
    """Innermost middleware: answers what the contract or a page knows, hands everything else to ``app``."""

    def __init__(
        self,
        app: ASGIApp,
        table: Table[Handler],
        pages: Mapping[str, Page],
        undeclared: UndeclaredErrors,
        running: Running,
    ) -> None:
        self._app = app
        self._table = table
        self._pages = pages
        self._undeclared = undeclared
        self._running = running
        self._since = running.since
        self._methods = _METHODS | table.methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = requests.request_id_of(scope)
        requests.request_id.set(identifier)
        requests.request_scope.set(scope)
        outcome = await self._outcome(scope, receive, identifier)
        if outcome is None:
            await self._app(scope, receive, with_id(send, identifier))
        elif isinstance(outcome, Outcome):
            await send_whole(send, outcome, identifier, scope["method"])
        else:
            await outcome.send(receive, send, identifier.encode("ascii"), bodiless=scope["method"] == "HEAD")

    async def _outcome(self, scope: Scope, receive: Receive, identifier: str) -> Leaving | None:
        method = scope["method"]
        match = self._table.find(scope, method)
        if match is None:
            return await self._beside(scope, identifier)
        if match.route is None:
            return self._no_method(scope, match.methods, identifier)
        handler, names = match.route
        path = dict(zip(names, match.values, strict=True)) if names else _NO_VALUES
        running, since = self._running, self._since
        waited = monotonic() - scope.get("state", _NO_VALUES).get(CAME, math.inf)
        if waited > running.queue or len(since) - len(running.reading) >= running.most:
            return handler.refuse(running.busy(), scope, identifier)
        task = asyncio.current_task()
        since[task] = running.clock.now
        try:
            return await handler.answer(scope, receive, path, identifier)
        except ClientGone:
            # Nobody is there to read it.
            return Outcome(499, [], b"")
        except asyncio.CancelledError:
            if (error := running.overdue(task)) is None:
                raise
            return handler.refuse(error, scope, identifier)
        finally:
            # What is sent from here on may take as long as its caller does.
            if since.pop(task, 0.0) is None and task is not None:
                task.uncancel()

    async def _beside(self, scope: Scope, identifier: str) -> Outcome | None:
        page = self._pages.get(scope["path"])
        if page is not None:
            if scope["method"] in ("GET", "HEAD"):
                return await page(scope)
            return self._no_method(scope, frozenset({"GET", "HEAD"}), identifier)
        if scope["path"] == "*" and scope["method"] == "OPTIONS":
            # RFC 9110 section 9.3.7: about the server, not about what stands under a path.
            return self._no_method(scope, self._table.methods, identifier)
        if _has_more_routes(scope["app"]):
            return None
        if self._is_unknown(scope["method"]):
            return self._unknown_method(scope, identifier)
        return self._undeclared.outcome(Incident.of(NotFound(), 404, identifier, scope["path"]))

    def _no_method(self, scope: Scope, methods: frozenset[str], identifier: str) -> Outcome:
        if scope["method"] != "OPTIONS" and self._is_unknown(scope["method"]):
            return self._unknown_method(scope, identifier)
        allow = ", ".join(sorted({*methods, "OPTIONS"}))
        if scope["method"] == "OPTIONS":
            return Outcome(204, [(b"allow", allow.encode("ascii"))], b"")
        error = ApiError("the path does not have this method", status=405, headers={"Allow": allow})
        return self._undeclared.outcome(Incident.of(error, 405, identifier, scope["path"]))

    def _is_unknown(self, method: str) -> bool:
        """Whether nothing here knows the method (RFC 9110 section 9.1): that is 501, whatever stands under the path."""
        return method not in self._methods

    def _unknown_method(self, scope: Scope, identifier: str) -> Outcome:
        error = ApiError("the service does not know this method", status=501)
        return self._undeclared.outcome(Incident.of(error, 501, identifier, scope["path"]))


def _has_more_routes(app: Any) -> bool:
    """Whether somebody gave the application routes that are none of the contract."""
    return len(app.router.routes) > len(app.contract.operations)


async def send_whole(send: Send, outcome: Outcome, identifier: str, method: str) -> None:
    """Send an answer that is there as a whole."""
    status, headers, body = outcome
    sent = [*headers, (b"x-request-id", identifier.encode("ascii"))]
    if status not in _BODILESS:
        sent.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def with_id(send: Send, identifier: str) -> Send:
    """Return ``send``, the request's id added to the answer that goes through it."""

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", identifier.encode("ascii"))]
        await send(message)

    return send_with_id
