"""How requests that leave, and lines of logs, belong to a trace; without tracing, the one that came in is passed on."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from ..serving.requests import request_scope

Sending = Callable[[], Awaitable[httpx.Response]]

_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leg:
    """A request to ``peer`` for the path ``template``; ``trusted`` says that it is one of our own services."""

    peer: str
    template: str
    trusted: bool


class Traces(Protocol):
    """Where a request belongs in a trace (W3C Trace Context)."""

    def ids(self) -> Mapping[str, str]:
        """Return what a line of the log says of the trace: ``trace_id`` and ``span_id``, as far as they are known."""
        ...

    async def sent(self, leg: Leg, request: httpx.Request, send: Sending) -> httpx.Response:
        """Send a request as part of the trace; raises what ``send`` raises."""
        ...


class PassedOn:
    """No tracing here: what came in goes on to our own services unchanged, so that a trace is not cut in two."""

    def ids(self) -> Mapping[str, str]:
        """Return the id of the trace that the request came with."""
        scope = request_scope.get(None)
        for name, value in () if scope is None else scope["headers"]:
            if name == b"traceparent" and (found := _PARENT.fullmatch(value)):
                return {"trace_id": found[1].decode("ascii")}
        return {}

    async def sent(self, leg: Leg, request: httpx.Request, send: Sending) -> httpx.Response:
        """Send a request with the headers of the trace that it belongs to."""
        if leg.trusted and self.ids():
            for name, value in request_scope.get()["headers"]:
                if name in (b"traceparent", b"tracestate"):
                    request.headers[name.decode("ascii")] = value.decode("latin-1")
        return await send()


@dataclass
class Current:
    """What ties requests together in this process; a service puts tracing here while it runs."""

    traces: Traces = field(default_factory=PassedOn)


current = Current()
