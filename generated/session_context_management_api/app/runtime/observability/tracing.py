"""Traces by OpenTelemetry: a span for a request, for what it asks of others, and for its work on the database.

Imported only where the environment asks for traces. Spans are sent in the background, in batches; what cannot be sent
is dropped.
"""

import asyncio
import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx
from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..contract import Contract
from ..database import Database
from ..serving.requests import FAILURE, OPERATION, request_scope
from .exceptions import told
from .export import Export
from .traced_database import TracedBackend
from .traces import Leg, PassedOn, Sending, current

_EXPORTERS: Mapping[str, Callable[[], SpanExporter]] = {"otlp": OTLPSpanExporter, "console": ConsoleSpanExporter}
_LAST = 5.0
_LONGEST = 1024
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})
_SPAN = "app.span"
_PORT = re.compile(r":([0-9]{1,5})$")
_NOTHING = context.Context()
Headers = list[tuple[bytes, bytes]]


class Tracing:
    """The traces of a service, exported while its lifespan runs.

    OTEL_SERVICE_NAME names the service, else its contract does. Other OTEL_* variables are read by the library.
    """

    def __init__(self, contract: Contract, export: Export) -> None:
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": contract.name}
        resource = Resource.create({**named, "service.version": contract.version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracer = self._provider.get_tracer("app")
        self._export = export
        # It tells of every span that finds the queue full; that nobody takes them is told by who sends them.
        logging.getLogger("opentelemetry.sdk._shared_internal").setLevel(logging.ERROR)

    def around(self, app: ASGIApp, quiet: frozenset[str]) -> ASGIApp:
        """Return ``app`` with a span for every request, but for those to the paths in ``quiet``."""
        return TracedApp(app, self._tracer, quiet)

    def open(self, database: Database) -> None:
        """Begin to export, and to tell of the database."""
        for name in self._export.exporters:
            self._provider.add_span_processor(BatchSpanProcessor(_EXPORTERS[name]()))
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            # Spans that hooks make by themselves.
            trace.set_tracer_provider(self._provider)
        database.observe(lambda backend, system: TracedBackend(backend, system, self._tracer))
        current.traces = _Traced(self._tracer)

    async def aclose(self) -> None:
        """Send what is left, for five seconds at most."""
        current.traces = PassedOn()
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):
                # The loop may be closed by then.
                loop.call_soon_threadsafe(done.set)

        # Not in the loop's own pool of threads: a process waits for those before it ends.
        threading.Thread(target=shut, name="last spans", daemon=True).start()
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _LAST)


class TracedApp:
    """A span for every request (OpenTelemetry's conventions for HTTP servers).

    The query is left out: a key may stand in it.
    """

    def __init__(self, app: ASGIApp, tracer: trace.Tracer, quiet: frozenset[str]) -> None:
        self._app = app
        self._tracer = tracer
        self._quiet = quiet
        self._carried = frozenset(name.encode("ascii") for name in propagate.get_global_textmap().fields)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._quiet:
            await self._app(scope, receive, send)
            return
        parent = _NOTHING
        if not self._carried.isdisjoint([name for name, _ in scope["headers"]]):
            parent = propagate.extract(scope["headers"], parent, _GETTER)
        method = scope["method"] if scope["method"] in _METHODS else "HTTP"
        span = self._tracer.start_span(method, parent, SpanKind.SERVER, _asked(scope))
        scope[_SPAN] = span
        token = context.attach(trace.set_span_in_context(span, parent))
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except BaseException as error:
            scope.setdefault(FAILURE, error)
            raise
        finally:
            if span.is_recording():
                _answered(span, scope, method, status)
            span.end()
            context.detach(token)


class _Traced:
    """Requests that leave have spans of their own, and carry their ids."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def ids(self) -> Mapping[str, str]:
        """Return the ids of the span under way; of the request's where it is over."""
        at = trace.get_current_span().get_span_context()
        if not at.is_valid:
            scope = request_scope.get(None)
            if scope is None or _SPAN not in scope:
                return {}
            at = scope[_SPAN].get_span_context()
        return {"trace_id": trace.format_trace_id(at.trace_id), "span_id": trace.format_span_id(at.span_id)}

    async def sent(self, leg: Leg, request: httpx.Request, send: Sending) -> httpx.Response:
        """Send a request in a span; others than our own services are told the id of the trace, and no more of it."""
        attributes: dict[str, Any] = {
            "http.request.method": request.method,
            "server.address": request.url.host,
            "server.port": request.url.port or (443 if request.url.scheme == "https" else 80),
            "url.scheme": request.url.scheme,
            "url.template": leg.template,
            "peer.service": leg.peer,
        }
        name = f"{request.method} {leg.template}"
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            carried: dict[str, str] = {}
            propagate.inject(carried)
            request.headers.update(
                {key: value for key, value in carried.items() if leg.trusted or key == "traceparent"}
            )
            try:
                response = await send()
            except BaseException as error:
                _fail(span, type(error).__qualname__)
                raise
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 400:
                _fail(span, str(response.status_code))
            return response


class _HeadersGetter(Getter[Headers]):
    def get(self, carrier: Headers, key: str) -> list[str] | None:
        """Return the values of a header; those of a list are one (RFC 9110 section 5.3)."""
        name = key.lower().encode("latin-1")
        found = [value.decode("latin-1") for each, value in carrier if each == name]
        return [",".join(found)] if key in ("baggage", "tracestate") and found else found or None

    def keys(self, carrier: Headers) -> list[str]:
        """Return the names of the headers."""
        return [name.decode("latin-1") for name, _ in carrier]


_GETTER = _HeadersGetter()


def _asked(scope: Scope) -> dict[str, Any]:
    headers = dict(reversed(scope["headers"]))
    attributes: dict[str, Any] = {
        "http.request.method": scope["method"] if scope["method"] in _METHODS else "_OTHER",
        "url.path": scope["path"][:_LONGEST].encode("utf-8", "replace").decode(),
        "url.scheme": scope.get("scheme", "http"),
        "network.protocol.version": scope.get("http_version", "1.1"),
    }
    if host := headers.get(b"host", b"").decode("latin-1")[:_LONGEST]:
        attributes["server.address"] = _PORT.sub("", host)
        if port := _PORT.search(host):
            attributes["server.port"] = int(port[1])
    if agent := headers.get(b"user-agent", b"").decode("latin-1")[:_LONGEST]:
        attributes["user_agent.original"] = agent
    if client := scope.get("client"):
        attributes["client.address"] = client[0]
    return attributes


def _answered(span: Span, scope: Scope, method: str, status: int) -> None:
    operation = scope.get(OPERATION)
    if operation is not None:
        span.update_name(f"{method} {operation.path}")
        span.set_attributes({"http.route": operation.path, "openapi.operation_id": operation.id})
        if operation.shown(scope["path"]) is not scope["path"]:
            span.set_attribute("url.path", operation.path)
    if status:
        span.set_attribute("http.response.status_code", status)
    failure = scope.get(FAILURE)
    if failure is not None:
        # Not record_exception: what an exception says, and Python's traceback of it, hold values and paths.
        at = told(failure)[0]["at"]
        name = type(failure).__qualname__
        span.add_event("exception", {"exception.type": name, "exception.stacktrace": "\n".join(at)})
        _fail(span, type(failure).__qualname__)
    elif status >= 500 or not status:
        _fail(span, str(status or "incomplete_response"))


def _fail(span: Span, reason: str) -> None:
    span.set_attribute("error.type", reason)
    span.set_status(StatusCode.ERROR)
