"""Two generated services on real ports: what one asks of the other is one trace, which both tell a collector."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.collector import Collector, collecting

REPOSITORY = Path(__file__).parents[2]
SEQUENCE, SCRIPTS = "central_sequence_service", "core_script_management_api"
KEY = "a-key-of-tests"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass(frozen=True)
class Running:
    """A service that runs; ``log`` is what it writes."""

    url: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of its log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the two services, generated from their contracts and hooks."""
    folder = tmp_path_factory.mktemp("traced")
    (folder / "fountaingen.toml").touch()
    for name in ("specs", "hooks"):
        (folder / name).mkdir()
    for name in (f"specs/{SEQUENCE}_openapi.yaml", f"specs/{SCRIPTS}_openapi.yaml", "specs/common.yaml"):
        shutil.copy(REPOSITORY / name, folder / name)
    for name in (f"hooks/{SEQUENCE}.py", f"hooks/{SCRIPTS}.py"):
        shutil.copy(REPOSITORY / name, folder / name)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "fountaingen", "build"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "generated"


@contextmanager
def running(folder: Path, port: int, log: Path, **environment: str) -> Iterator[Running]:
    """Run a service until the end; it is asked to stop as containers are."""
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), "--no-access-log"]
    variables = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{log.with_suffix('.db')}",
        "API_KEYS": KEY,
        "PEER_API_KEY": KEY,
        "ACCESS_LOG": "true",
        **environment,
    }
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=written, stderr=subprocess.STDOUT)
        try:
            wait(url, process, log)
            yield Running(url, log)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        finally:
            process.kill()


def wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when a service is ready."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not get ready: {log.read_text()}")


def ports(number: int) -> list[int]:
    """Return free ports."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def both(built: Path, folder: Path, **environment: str) -> Iterator[tuple[Running, Running]]:
    """Run the sequence service and the one that asks it for numbers."""
    first, second = ports(2)
    with (
        running(built / SEQUENCE, first, folder / "sequence.log", **environment) as sequence,
        running(
            built / SCRIPTS,
            second,
            folder / "scripts.log",
            CENTRAL_SEQUENCE_SERVICE_URL=sequence.url,
            **environment,
        ) as scripts,
    ):
        yield sequence, scripts


def create(scripts: Running) -> httpx.Response:
    """Create a script as part of a trace that began elsewhere."""
    headers = {
        "X-API-KEY": KEY,
        "X-Request-Id": "r-1",
        "traceparent": f"00-{TRACE}-{PARENT}-01",
    }
    answer = httpx.post(f"{scripts.url}/scripts", json={"title": "Tide"}, headers=headers, trust_env=False, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer


def of_the_request(service: Running) -> list[dict[str, Any]]:
    """Return the lines of the access log that the request left."""
    return [line for line in service.lines() if line.get("request_id") == "r-1" and line["logger"] == "app.access"]


def test_one_trace_goes_through_both(built: Path, tmp_path: Path) -> None:
    with collecting() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        with both(built, tmp_path, **environment) as (sequence, scripts):
            create(scripts)
        # Only what is sent when the services stop can have arrived.
        check(collector, of_the_request(sequence), of_the_request(scripts))


def check(collector: Collector, told_by_sequence: list[Any], told_by_scripts: list[Any]) -> None:
    """Check the trace, and that the logs name its spans."""
    entered = collector.one("POST /scripts")
    spans = [span for span in collector.wait("POST /sequence") if span.name == "POST /sequence"]
    asked, answered = sorted(spans, key=lambda span: span.kind)
    assert (entered.service, answered.service) == (SCRIPTS, SEQUENCE)
    assert (asked.kind, answered.kind) == ("client", "server")
    assert {span.trace for span in (entered, asked, answered)} == {TRACE}
    assert (entered.parent, asked.parent, answered.parent) == (PARENT, entered.span, asked.span)
    assert [(line["trace_id"], line["span_id"]) for line in told_by_scripts] == [(TRACE, entered.span)]
    assert [(line["trace_id"], line["span_id"]) for line in told_by_sequence] == [(TRACE, answered.span)]
    assert [line["operation"] for line in told_by_sequence] == ["generateSequenceNumber"]
    assert all(line["milliseconds"] > 0 for line in (*told_by_sequence, *told_by_scripts))


def test_without_tracing_the_request_is_followed_by_its_ids(built: Path, tmp_path: Path) -> None:
    with both(built, tmp_path, OTEL_SDK_DISABLED="true") as (sequence, scripts):
        create(scripts)
    # A line is written after the answer has left: all are there when the services have stopped.
    lines = [*of_the_request(sequence), *of_the_request(scripts)]
    assert [line["trace_id"] for line in lines] == [TRACE, TRACE]
