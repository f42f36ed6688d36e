"""The gateway as an ASGI application: finds a request's route, asks its plugins, sends it on."""

import uuid
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from fountaingen.supervisor.gateway.exchange import Answer, Exchange, Received
from fountaingen.supervisor.gateway.headers import Field, Headers, end_to_end
from fountaingen.supervisor.gateway.plugins.base import Plugin
from fountaingen.supervisor.gateway.plugins.limits import TOO_LARGE
from fountaingen.supervisor.gateway.proxying import (
    ClientGone,
    ClientSlow,
    Forwarder,
    Intake,
    Message,
    Outlet,
    Receive,
    Send,
    TooLarge,
)
from fountaingen.supervisor.gateway.routing import Passage, Routing
from fountaingen.supervisor.gateway.upstream import Broken, Deserted, Head, TimedOut, Unreachable, Unresolved

NAME = "fountaingen-development-gateway"
LARGEST_HEAD = 64 * 1024
"""The most bytes of a request before its body."""

_NOT_FORWARDED = ("host", "expect", "x-real-ip", "x-kong-request-id")


class Gateway:
    """Serves everything that ``routing`` knows."""

    def __init__(self, routing: Routing, forwarder: Forwarder) -> None:
        self._routing = routing
        self._forwarder = forwarder

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI, type ``http``)."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        exchange = _begin(scope)
        if fault := _fault(exchange):
            await _send(exchange, fault, (), send)
            return
        passage = self._routing.find(exchange.received)
        if passage is None:
            await _send(exchange, exchange.error(404, "no Route matched with those values"), (), send)
            return
        exchange.service = passage.service
        plugins, own = _ask(passage, exchange)
        answer = own or await self._forward(exchange, passage, plugins, (receive, send))
        if answer is not None:
            await _send(exchange, answer, plugins, send)

    async def _forward(
        self, exchange: Exchange, passage: Passage, plugins: list[Plugin], client: tuple[Receive, Send]
    ) -> Answer | None:
        """Send a request on; return what to answer where the service did not."""
        receive, send = client
        intake = Intake(receive, exchange.body_limit, has_body=_has_body(exchange.received))
        outlet = Outlet(send, _dressing(exchange, plugins, (("via", f"1.1 {NAME}"),)))
        try:
            await self._forwarder.forward(_head(exchange, passage), passage.backend, intake, outlet)
        except (ClientGone, ClientSlow, TooLarge, Unreachable, Broken, TimedOut) as error:
            # Once an answer has begun, all that is left is to end the connection, which the server does.
            return None if outlet.has_begun else _failed(exchange, error)
        return None


def _begin(scope: Message) -> Exchange:
    fields: list[Field] = list(scope["headers"])
    headers = Headers(fields)
    host, path = headers.get("host") or "", scope["raw_path"].decode("latin-1")
    if not path.startswith("/") and path.lower().startswith(("http://", "https://")):
        # The absolute form (RFC 9112, 3.2.2): its host is the one that counts.
        rest = path.partition("://")[2]
        host, slash, path = rest.partition("/")
        path = slash + path or "/"
    received = Received(
        method=scope["method"],
        scheme="http",
        host=host,
        path=path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        client=(scope.get("client") or ("127.0.0.1", 0))[0],
        port=(scope.get("server") or ("127.0.0.1", 0))[1] or 0,
    )
    passed_on = Headers(end_to_end(fields))
    for name in _NOT_FORWARDED:
        passed_on.remove(name)
    return Exchange(received, uuid.uuid4().hex, passed_on, received.query)


def _fault(exchange: Exchange) -> Answer | None:
    """Return the refusal of what the server in front of Kong does not take, None of anything else."""
    received = exchange.received
    headers = received.headers
    if received.method in ("CONNECT", "TRACE"):
        return exchange.error(405, headers=_CLOSE)
    is_framed_twice = headers.get("transfer-encoding") is not None and headers.get("content-length") is not None
    size = sum(len(name) + len(value) for name, value in headers) + len(received.path) + len(received.query)
    if is_framed_twice or size > LARGEST_HEAD or not received.path.startswith("/") or not _is_host(received.host):
        return exchange.error(400, headers=_CLOSE)
    if any(value.strip().lower() == "websocket" for value in headers.all("upgrade")):
        return exchange.error(501, "this gateway for development has no WebSocket")
    return None


# What follows such a request may be part of it, or another one: nobody knows (RFC 9112, 6.1).
_CLOSE = (("connection", "close"),)


def _is_host(host: str) -> bool:
    if any(character in host for character in "@/?#\\ ,"):
        return False
    try:
        parts = urlsplit(f"//{host}")
        return parts.port is None or parts.port >= 0
    except ValueError:
        return False


def _ask(passage: Passage, exchange: Exchange) -> tuple[list[Plugin], Answer | None]:
    """Ask the plugins of a route in turn; those after one that answered still see the answer."""
    asked: list[Plugin] = []
    answer: Answer | None = None
    for choose in passage.chain:
        plugin = choose(exchange.consumer)
        if plugin is None:
            continue
        asked.append(plugin)
        if answer is None:
            answer = plugin.access(exchange)
    return asked, answer


def _has_body(received: Received) -> bool:
    headers = received.headers
    return headers.get("transfer-encoding") is not None or headers.get("content-length") not in (None, "0")


def _head(exchange: Exchange, passage: Passage) -> Head:
    received, headers = exchange.received, exchange.headers
    hops = [*received.headers.all("x-forwarded-for"), received.client]
    told = {
        "x-forwarded-for": ", ".join(hops),
        "x-forwarded-proto": passage.scheme,
        "x-forwarded-host": received.host.rpartition(":")[0] if _has_port(received.host) else received.host,
        "x-forwarded-port": str(received.port),
        "x-forwarded-path": received.path,
        "x-real-ip": received.client,
        "x-kong-request-id": exchange.id,
    }
    for name, value in told.items():
        headers.set(name, value)
    headers.remove("x-forwarded-prefix")
    fields = [(b"host", passage.host.encode("latin-1")), *headers]
    if received.headers.get("transfer-encoding") is not None:
        fields.append((b"transfer-encoding", b"chunked"))
    target = passage.path + (f"?{exchange.query}" if exchange.query else "")
    return Head(received.method.encode("latin-1"), target.encode("latin-1"), tuple(fields))


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")


_FAILURES: tuple[tuple[type[Exception], int, str], ...] = (
    (ClientSlow, 408, "Request timeout"),
    (TooLarge, 413, TOO_LARGE),
    (Unresolved, 503, "name resolution failed"),
    (Deserted, 503, "failure to get a peer from the ring-balancer"),
    (Unreachable, 502, ""),
    (Broken, 502, ""),
    (TimedOut, 504, ""),
)


def _failed(exchange: Exchange, error: Exception) -> Answer | None:
    """Return what a client that is still there is told."""
    known = (exchange.error(status, message) for kind, status, message in _FAILURES if isinstance(error, kind))
    return next(known, None)


def _dressing(
    exchange: Exchange, plugins: Iterable[Plugin], more: Iterable[tuple[str, str]]
) -> Callable[[list[Field]], list[Field]]:
    def dress(fields: list[Field]) -> list[Field]:
        headers = Headers(fields)
        for plugin in plugins:
            plugin.respond(exchange, headers)
        for name, value in (*more, ("x-kong-request-id", exchange.id)):
            headers.set(name, value)
        if headers.get("date") is None:
            headers.set("date", formatdate(usegmt=True))
        return list(headers)

    return dress


async def _send(exchange: Exchange, answer: Answer, plugins: Iterable[Plugin], send: Send) -> None:
    fields = Headers()
    for name, value in (*answer.headers, ("content-length", str(len(answer.body)))):
        fields.set(name, value)
    headers = _dressing(exchange, plugins, (("server", NAME),))(list(fields))
    start: dict[str, Any] = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
