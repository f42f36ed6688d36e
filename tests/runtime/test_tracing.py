"""Traces: which spans there are, what they say, what is passed on; a collector that is gone changes nothing."""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from answering import Answer, answering, called, document, service
from support.collector import Collector, collecting

from fountaingen.runtime.application import Service
from fountaingen.runtime.errors import NotFound
from fountaingen.runtime.observability.export import Export
from fountaingen.runtime.observability.traces import Leg, PassedOn, current
from fountaingen.runtime.peers import Peer, PeerClient
from fountaingen.runtime.serving.logs import JsonFormatter
from fountaingen.runtime.serving.requests import request_scope

HERE = Path(__file__).parent
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CAME = f"00-{TRACE}-{PARENT}-01"
PATHS = {
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": answering({"application/json": {}}) | {"operationId": "getThing"},
    },
    "/broken": {"get": answering({"application/json": {}}) | {"operationId": "getBroken"}},
    "/asks": {"get": answering({"application/json": {}}) | {"operationId": "asks"}},
}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that services are told of."""
    with collecting() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
        yield found


class Net:
    """A network whose only peer answers ``status``."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.requests.append(request)
        return httpx.Response(self.status, json="here")


def tracing(net: Net | None = None) -> Service:
    """A service whose operation ``asks`` calls a peer, and whose ``getThing`` works on the database."""
    peer = Peer("sequence", "http://sequence:8000", headers={})
    peer.transport = httpx.MockTransport(net or Net())

    async def thing(call: Any, id_: str) -> Any:
        if id_ == "none":
            raise NotFound()
        return await call.read(lambda _unit: "one")

    async def broken(_call: Any) -> Any:
        raise RuntimeError("broken")

    async def asks(_call: Any) -> Any:
        return await PeerClient(peer).call("GET", "/sequence/{id}", path={"id": "secret"})

    return service(document(PATHS), {"GET /things/{id}": thing, "GET /broken": broken, "GET /asks": asks})


def run(app: Service, *paths: str, method: str = "GET", **headers: str) -> list[Answer]:
    """Start ``app``, ask it, and stop it."""

    async def asked() -> list[Answer]:
        async with app.router.lifespan_context(app):
            return [await called(app, method, path, **headers) for path in paths]

    return asyncio.run(asked())


def test_a_request_is_a_span_with_what_the_contract_calls_it(collector: Collector) -> None:
    run(tracing(), "/things/7", host="studio.example.com:8443", user_agent="test")
    span = collector.one("GET /things/{id}")
    assert (span.service, span.kind, span.parent, span.failed) == ("answers", "server", "", False)
    assert span.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/things/{id}",
        "network.protocol.version": "1.1",
        "openapi.operation_id": "getThing",
        "server.address": "studio.example.com",
        "server.port": 8443,
        "url.path": "/things/7",
        "url.scheme": "http",
        "user_agent.original": "test",
    }


def test_work_on_the_database_is_a_span_of_its_request(collector: Collector) -> None:
    run(tracing(), "/things/7")
    span = collector.one("read sqlite")
    assert span.parent == collector.one("GET /things/{id}").span
    assert span.attributes == {"db.system.name": "sqlite", "db.operation.name": "read"}


def test_the_environment_names_the_service(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "studio")
    run(tracing(), "/things/7")
    assert collector.one("GET /things/{id}").service == "studio"


def test_a_refusal_is_no_error_of_the_server(collector: Collector) -> None:
    run(tracing(), "/things/none", "/nothing")
    refused, unknown = collector.one("GET /things/{id}"), collector.one("GET")
    assert (refused.failed, refused.attributes["http.response.status_code"]) == (False, 404)
    assert (unknown.failed, unknown.attributes["http.response.status_code"]) == (False, 404)
    assert "http.route" not in unknown.attributes


def test_an_error_nobody_expected_is_told_with_its_type(collector: Collector) -> None:
    run(tracing(), "/broken")
    span = collector.one("GET /broken")
    assert (span.failed, span.attributes["error.type"], list(span.exceptions)) == (
        True,
        "RuntimeError",
        ["RuntimeError"],
    )


def test_a_name_holds_no_method_from_outside(collector: Collector) -> None:
    run(tracing(), "/things/7", method="BREW")
    assert collector.one("HTTP").attributes["http.request.method"] == "_OTHER"


def test_probes_are_not_traced(collector: Collector) -> None:
    run(tracing(), "/health", "/ready", "/metrics", "/things/7")
    assert {span.kind for span in collector.wait("GET /things/{id}")} == {"server", "client"}
    assert [span.name for span in collector.spans if span.kind == "server"] == ["GET /things/{id}"]


def test_a_query_is_in_no_span(collector: Collector) -> None:
    app = tracing()

    async def asked() -> None:
        async with app.router.lifespan_context(app):
            scope = {**SCOPE, "query_string": b"api_key=secret"}
            await app(scope, _nothing, _ignore)

    asyncio.run(asked())
    assert "secret" not in str(collector.one("GET /things/{id}"))


def test_a_trace_goes_on_in_what_the_service_asks_of_a_peer(collector: Collector) -> None:
    net = Net()
    run(tracing(net), "/asks", traceparent=CAME, tracestate="a=b", baggage="user=7", x_request_id="r-1")
    server, client = collector.one("GET /asks"), collector.one("GET /sequence/{id}")
    assert (server.trace, server.parent, client.trace, client.parent) == (TRACE, PARENT, TRACE, server.span)
    assert (client.kind, client.attributes["peer.service"]) == ("client", "sequence")
    assert "secret" not in str(client)
    sent = net.requests[0].headers
    assert sent["traceparent"] == f"00-{TRACE}-{client.span}-01"
    assert (sent["tracestate"], sent["baggage"], sent["x-request-id"]) == ("a=b", "user=7", "r-1")


@pytest.mark.parametrize(
    "bad", ["", "00", "ff-" + CAME[3:], CAME.replace(TRACE, "0" * 32), CAME.replace(PARENT, "0" * 16), "é" * 55]
)
def test_what_is_no_traceparent_begins_a_new_trace(collector: Collector, bad: str) -> None:
    run(tracing(), "/things/7", traceparent=bad)
    span = collector.one("GET /things/{id}")
    assert span.parent == ""
    assert span.trace not in (TRACE, "0" * 32)


def test_each_try_is_a_span_and_says_what_became_of_it(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fountaingen.runtime.peers._FIRST_PAUSE", 0.0)
    run(tracing(Net(503)), "/asks")
    collector.wait("GET /asks")
    tries = [span for span in collector.spans if span.name == "GET /sequence/{id}"]
    assert [(span.failed, span.attributes["error.type"]) for span in tries] == [(True, "503")] * 3
    assert collector.one("GET /asks").attributes["http.response.status_code"] == 502


def test_others_than_our_own_services_are_told_the_trace_alone(collector: Collector) -> None:
    app = tracing()
    request = httpx.Request("POST", "https://example.com/hook")

    async def send() -> httpx.Response:
        return httpx.Response(204)

    async def asked() -> None:
        async with app.router.lifespan_context(app):
            request_scope.set({**SCOPE, "headers": [(b"tracestate", b"a=b"), (b"baggage", b"user=7")]})
            await current.traces.sent(Leg("on_done", "{$request.body#/url}", trusted=False), request, send)

    asyncio.run(asked())
    span = collector.one("POST {$request.body#/url}")
    assert request.headers["traceparent"].startswith(f"00-{span.trace}-{span.span}-")
    assert not {"tracestate", "baggage"} & set(request.headers)


def test_lines_of_the_log_name_the_trace(collector: Collector) -> None:
    app = tracing()
    lines: list[dict[str, Any]] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(self.format(record)))

    keeper = Keeper()
    keeper.setFormatter(JsonFormatter("answers"))
    logging.getLogger().addHandler(keeper)
    try:
        run(app, "/broken", traceparent=CAME, x_request_id="r-1")
    finally:
        logging.getLogger().removeHandler(keeper)
    (line,) = [each for each in lines if each["level"] == "ERROR"]
    assert (line["trace_id"], line["span_id"]) == (TRACE, collector.one("GET /broken").span)
    assert (line["request_id"], line["operation"]) == ("r-1", "getBroken")


def test_what_the_server_logs_after_a_request_names_its_span(collector: Collector) -> None:
    app = tracing()

    async def asked() -> dict[str, str]:
        async with app.router.lifespan_context(app):
            await app({**SCOPE}, _nothing, _ignore)
            return dict(current.traces.ids())

    ids = asyncio.run(asked())
    span = collector.one("GET /things/{id}")
    assert ids == {"trace_id": span.trace, "span_id": span.span}


def test_without_tracing_what_came_in_is_passed_on_and_logged() -> None:
    net = Net()
    run(tracing(net), "/asks", traceparent=CAME, tracestate="a=b", baggage="user=7")
    sent = net.requests[0].headers
    assert (sent["traceparent"], sent["tracestate"]) == (CAME, "a=b")
    request_scope.set({**SCOPE, "headers": [(b"traceparent", CAME.encode())]})
    record = logging.LogRecord("app", logging.INFO, "", 0, "here", (), None)
    assert json.loads(JsonFormatter("answers").format(record))["trace_id"] == TRACE


@pytest.mark.parametrize("bad", ["", "00-1-2-01", "ff-" + CAME[3:], CAME.replace(TRACE, "0" * 32), CAME + "x"])
def test_without_tracing_what_is_no_traceparent_is_not_passed_on(bad: str) -> None:
    net = Net()
    run(tracing(net), "/asks", traceparent=bad, tracestate="a=b")
    assert not {"traceparent", "tracestate"} & set(net.requests[0].headers)


@pytest.mark.parametrize("listens", [False, True], ids=["refused", "silent"])
def test_a_collector_that_takes_nothing_neither_slows_nor_breaks_anything(
    monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        if listens:
            # It never accepts, so that whoever sends waits for ten seconds.
            hole.listen()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{hole.getsockname()[1]}")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")
        monkeypatch.setattr("fountaingen.runtime.observability.tracing._LAST", 0.2)
        begin = time.monotonic()
        assert {answer.status for answer in run(tracing(), *["/things/7"] * 50)} == {200}
        assert time.monotonic() - begin < 9


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ("console", "otlp")),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, None),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, None),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"}, None),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "no"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, None),
    ],
)
def test_the_environment_decides(environment: dict[str, str], expected: tuple[str, ...] | None) -> None:
    found = Export.from_environment(environment)
    assert (None if found is None else found.exporters) == expected


def test_nothing_of_it_is_imported_where_nobody_asks_for_it() -> None:
    code = (
        "import sys, answering; answering.service(answering.document({}), {}); "
        "apart = ('opentelemetry.sdk', 'opentelemetry.exporter', 'prometheus_client'); "
        "print([name for name in sys.modules if name.startswith(apart)])"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment = {**kept, "METRICS": "false", "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parents[1])))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


def test_a_service_that_stopped_traces_no_more(collector: Collector) -> None:
    run(tracing(), "/things/7")
    assert isinstance(current.traces, PassedOn)


SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "GET",
    "path": "/things/7",
    "raw_path": b"/things/7",
    "query_string": b"",
    "headers": [],
    "scheme": "http",
}


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ignore(_message: Any) -> None:
    """Take a message."""
