"""/metrics: what is counted and under which names, in both formats, and nothing from outside in a label."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from answering import Answer, answering, ask, asking, called, document, service
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from fountaingen.runtime.application import Service
from fountaingen.runtime.call import Reply
from fountaingen.runtime.errors import NotFound
from fountaingen.runtime.observability.traffic import BOUNDS, Reading, Tally
from fountaingen.runtime.responses.streams import StreamBroken
from fountaingen.runtime.serving.front import Front
from fountaingen.runtime.storage.pool import PoolState

PATHS = {
    "/things": {
        "get": answering({"application/json": {"type": "string"}}) | {"operationId": "getThings"},
        "post": answering(status="201") | {"operationId": "addThing"},
    },
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": answering({"application/json": {"type": "string"}}) | {"operationId": "getThing"},
    },
    "/broken": {"get": answering({"application/json": {"type": "string"}}) | {"operationId": "getBroken"}},
    "/feed": {"get": answering({"application/octet-stream": {}}) | {"operationId": "getFeed"}},
}


async def things(_call: Any) -> str:
    """Answer."""
    return "things"


async def thing(_call: Any, id_: str) -> str:
    """Answer, or not."""
    if id_ == "none":
        raise NotFound()
    return id_


async def broken(_call: Any) -> str:
    """Fail as nobody expected."""
    raise RuntimeError("broken")


async def feed(_call: Any) -> Reply:
    """Begin, and break."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError("broken")

    return Reply(pieces())


ENDPOINTS = {"GET /things": things, "GET /things/{id}": thing, "GET /broken": broken, "GET /feed": feed}


@pytest.fixture
def app() -> Service:
    """A service that counts."""
    return service(document(PATHS), ENDPOINTS)


def samples(app: Service, accept: str = "") -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample of /metrics by name and labels."""
    answer = ask(app, "GET", "/metrics", accept=accept)
    assert answer.status == 200
    parse = open_metrics if "openmetrics" in answer.headers["content-type"] else text_format
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse(answer.body.decode())
        for sample in family.samples
    }


def requests(app: Service) -> dict[tuple[str, str, str], float]:
    """Return the requests by operation, method and status."""
    found = {}
    for (name, labels), value in samples(app).items():
        if name == "http_server_requests_total" and value:
            by = dict(labels)
            found[by["operation"], by["method"], by["status"]] = value
    return found


def test_requests_are_counted_by_operation_method_and_status(app: Service) -> None:
    for method, path in (
        ("GET", "/things"),
        ("GET", "/things/one"),
        ("GET", "/things/two"),
        ("HEAD", "/things/two"),
        ("GET", "/things/none"),
        ("GET", "/broken"),
        ("GET", "/health"),
    ):
        ask(app, method, path)
    assert requests(app) == {
        ("getThings", "GET", "200"): 1,
        ("getThing", "GET", "200"): 2,
        ("getThing", "HEAD", "200"): 1,
        ("getThing", "GET", "404"): 1,
        ("getBroken", "GET", "500"): 1,
        ("(page)", "GET", "200"): 1,
    }


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), st.text(min_size=1).map(str.upper))
def test_nothing_from_outside_becomes_a_label(path: str, method: str) -> None:
    app = service(document(PATHS), ENDPOINTS)
    ask(app, method, f"/nothing/{path}")
    ((operation, counted, _),) = requests(app)
    assert operation == "(unmatched)"
    assert counted in {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "CONNECT",
        "OPTIONS",
        "TRACE",
        "PATCH",
        "QUERY",
        "_OTHER",
    }


def test_series_are_there_before_their_first_request(app: Service) -> None:
    found = samples(app)
    labels = {"operation": "getThings", "method": "GET"}
    assert found["http_server_requests_total", frozenset({**labels, "status": "200"}.items())] == 0
    assert found["http_server_errors_total", frozenset(labels.items())] == 0


def test_durations_are_counted_in_buckets_that_add_up(app: Service) -> None:
    for _ in range(3):
        ask(app, "GET", "/things")
    found = samples(app)
    labels = {"operation": "getThings", "method": "GET"}
    name = "http_server_request_duration_seconds"
    series = [found[f"{name}_bucket", frozenset({**labels, "le": le}.items())] for le in (*map(str, BOUNDS), "+Inf")]
    assert series == sorted(series)
    assert series[-1] == found[f"{name}_count", frozenset(labels.items())] == 3
    assert 0 < found[f"{name}_sum", frozenset(labels.items())] < 3 * BOUNDS[-1]


def test_a_duration_on_a_bound_belongs_below_it() -> None:
    tally = Tally()
    for seconds in (0.001, 0.0011, 11.0):
        tally.count(200, seconds)
    assert (tally.buckets[0], tally.buckets[1], tally.buckets[-1]) == (1, 1, 1)


def test_errors_are_5xx_and_streams_that_break(app: Service) -> None:
    ask(app, "GET", "/broken")
    with pytest.raises(StreamBroken):
        ask(app, "GET", "/feed")
    found = samples(app)
    errors = {
        dict(labels)["operation"]: value for (name, labels), value in found.items() if name.endswith("errors_total")
    }
    assert errors["getBroken"] == errors["getFeed"] == 1
    assert errors["getThings"] == 0
    assert requests(app)["getFeed", "GET", "200"] == 1


def test_what_is_under_way_is_told() -> None:
    async def slow() -> tuple[float, float]:
        entered, free = asyncio.Event(), asyncio.Event()

        async def wait(_call: Any) -> str:
            entered.set()
            await free.wait()
            return "done"

        app = service(document(PATHS), {**ENDPOINTS, "GET /things": wait})
        async with asking(app, "GET", "/things") as caller:
            await entered.wait()
            during = in_flight(await called(app, "GET", "/metrics"))
            free.set()
            await caller.task
        return during, in_flight(await called(app, "GET", "/metrics"))

    # The request for /metrics is one, too.
    assert asyncio.run(slow()) == (2, 1)


def in_flight(answer: Answer) -> float:
    """Return the gauge."""
    lines = answer.body.decode().splitlines()
    (value,) = [line.rpartition(" ")[2] for line in lines if line.startswith("http_server_requests_in_flight ")]
    return float(value)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text; version=x", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text; q=0", "text/plain; version=0.0.4; charset=utf-8"),
    ],
)
def test_the_format_is_what_the_caller_accepts(app: Service, accept: str, expected: str) -> None:
    ask(app, "GET", "/things")
    answer = ask(app, "GET", "/metrics", accept=accept)
    assert answer.headers["content-type"].startswith(expected)
    assert samples(app, accept)["service_info", frozenset({"title": "Answers", "version": "1"}.items())] == 1


def test_the_process_and_the_database_are_told(app: Service) -> None:
    app.database.open()
    found = {name for name, _ in samples(app)}
    assert {"database_connections", "database_connections_in_use", "database_waiting"} <= found
    assert {"python_info", "process_cpu_seconds_total", "process_resident_memory_bytes"} <= found


def test_metrics_of_hooks_are_told_too(app: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    PrometheusCounter("scripts_printed", "Scripts that were printed.", registry=registry).inc()
    monkeypatch.setattr("prometheus_client.REGISTRY.collect", registry.collect)
    assert samples(app)["scripts_printed_total", frozenset()] == 1


def test_metrics_that_cannot_be_written_are_an_error_and_no_more(app: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Iterator[Any]:
        raise RuntimeError("broken")

    monkeypatch.setattr("prometheus_client.REGISTRY.collect", fail)
    assert ask(app, "GET", "/metrics").status == 500
    assert ask(app, "GET", "/things").status == 200


def test_a_contract_may_have_the_path_itself() -> None:
    paths = {"/metrics": {"get": answering({"application/json": {"type": "string"}})}}
    app = service(document(paths), {"GET /metrics": things})
    assert ask(app, "GET", "/metrics").json == "things"


def test_without_metrics_the_dispatcher_is_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS", "false")
    app = service(document(PATHS), ENDPOINTS)
    assert type(app.build_middleware_stack()) is Front
    assert ask(app, "GET", "/metrics").status == 404


def _tally(statuses: list[tuple[int, float]]) -> Tally:
    tally = Tally()
    for status, seconds in statuses:
        tally.count(status, seconds)
    return tally


TALLIES = st.builds(
    _tally,
    st.lists(st.tuples(st.integers(100, 599), st.floats(0, 100)), max_size=5),
)
READINGS = st.builds(
    Reading,
    st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(["GET", "HEAD"])), TALLIES),
    st.integers(0, 9),
    st.none() | st.builds(PoolState, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    st.floats(0, 1000),
)


@given(READINGS)
def test_a_reading_is_read_as_it_was_written(reading: Reading) -> None:
    written = json.loads(json.dumps(reading.written()))
    assert json.loads(json.dumps(Reading.read(written).written())) == written


@given(st.lists(READINGS, max_size=4))
def test_readings_add_up(readings: list[Reading]) -> None:
    total = Reading.together(readings)
    assert total.in_flight == sum(each.in_flight for each in readings)
    assert _answered(total.tallies) == sum(_answered(each.tallies) for each in readings)
    assert _timed(total.tallies) == _answered(total.tallies)


def _answered(tallies: Mapping[Any, Tally]) -> int:
    return sum(sum(tally.statuses.values()) for tally in tallies.values())


def _timed(tallies: Mapping[Any, Tally]) -> int:
    return sum(sum(tally.buckets) for tally in tallies.values())
