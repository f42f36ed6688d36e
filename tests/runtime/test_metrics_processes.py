"""Metrics of a service that several processes serve: whichever is asked answers for all, those that are gone too."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fountaingen.runtime.observability import shared
from fountaingen.runtime.observability.shared import SharedReadings
from fountaingen.runtime.observability.traffic import Reading, Tally
from fountaingen.runtime.storage.pool import PoolState

KEY = ("getThings", "GET")


def reading(number: int) -> Reading:
    """Return what a process tells that answered ``number`` requests and has one under way."""
    tally = Tally()
    for _ in range(number):
        tally.count(200, 0.002)
    return Reading({KEY: tally}, 1, PoolState(1, 1, 2), 0.5)


def told(folder: Path, process: int, number: int) -> None:
    """Have another process tell."""
    (run,) = folder.glob("metrics-*")
    (run / f"{process}.json").write_text(json.dumps(reading(number).written()))


def gone() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_processes_add_up(tmp_path: Path) -> None:
    readings = SharedReadings(tmp_path, "a")
    readings.publish(reading(2))
    told(tmp_path, os.getppid(), 3)
    total = Reading.together(readings.readings().values())
    assert total.tallies[KEY].statuses == {200: 5}
    assert (total.in_flight, total.pool) == (2, PoolState(2, 2, 4))


def test_what_a_process_counted_outlives_it(tmp_path: Path) -> None:
    readings = SharedReadings(tmp_path, "a")
    told(tmp_path, gone(), 3)
    readings.publish(reading(2))
    for _ in range(2):
        found = readings.readings()
        total = Reading.together(found.values())
        assert set(found) == {0, os.getpid()}
        assert total.tallies[KEY].statuses == {200: 5}
        assert (total.in_flight, total.pool) == (1, PoolState(1, 1, 2))


def test_a_process_that_bears_the_id_of_one_before_begins_anew(tmp_path: Path) -> None:
    SharedReadings(tmp_path, "a").publish(reading(2))
    readings = SharedReadings(tmp_path, "a")
    readings.publish(reading(1))
    assert Reading.together(readings.readings().values()).tallies[KEY].statuses == {200: 3}


def test_folders_of_servers_that_are_gone_are_removed(tmp_path: Path) -> None:
    stale = tmp_path / f"metrics-a-{gone()}-123"
    other = tmp_path / f"metrics-b-{gone()}-123"
    for folder in (stale, other):
        folder.mkdir()
        (folder / "1.json").write_text("{}")
    SharedReadings(tmp_path, "a")
    assert not stale.exists()
    assert other.exists()


def test_what_the_library_keeps_goes_with_the_run_and_live_gauges_with_their_process(tmp_path: Path) -> None:
    before, own = tmp_path / f"counter_{gone()}.db", tmp_path / f"counter_{os.getpid()}.db"
    for path in (before, own):
        path.touch()
    readings = SharedReadings(tmp_path, "a")
    assert [path.exists() for path in (before, own)] == [False, True]
    process = gone()
    told(tmp_path, process, 3)
    counter, gauge = tmp_path / f"counter_{process}.db", tmp_path / f"gauge_livesum_{process}.db"
    for path in (counter, gauge):
        path.touch()
    readings.readings()
    assert [path.exists() for path in (counter, gauge)] == [True, False]


def test_what_is_no_reading_is_left_out(tmp_path: Path) -> None:
    readings = SharedReadings(tmp_path, "a")
    (run,) = tmp_path.glob("metrics-*")
    (run / f"{os.getppid()}.json").write_text("{")
    readings.publish(reading(1))
    assert set(readings.readings()) == {os.getpid()}


def test_a_folder_of_somebody_else_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SharedReadings(tmp_path, "a")
    monkeypatch.setattr(shared.os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(PermissionError):
        SharedReadings(tmp_path, "a")


class Workers:
    """A server with two workers."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port), "--workers", "2"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def get(self, path: str) -> httpx.Response:
        """Ask on a connection of its own, so that any worker may take it."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=30)

    def sample(self, name: str, **labels: str) -> float:
        """Return a sample of /metrics, 0 where there is none."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        found = [each for family in families for each in family.samples if each.name == name]
        return sum(each.value for each in found if labels.items() <= each.labels.items())

    def workers(self) -> list[int]:
        """Return the processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def until(holds: Callable[[], bool]) -> None:
    """Return when ``holds()``."""
    deadline = time.monotonic() + 60
    while not _holds(holds):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _holds(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except (httpx.TransportError, OSError):
        return False


@pytest.fixture
def workers(sample_folder: Path, tmp_path: Path) -> Iterator[Workers]:
    """Two workers that are ready; their folder for metrics does not exist before."""
    environment = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/studio.db",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    found = Workers(sample_folder, environment)
    try:
        until(lambda: found.sample("service_processes") == 2)
        yield found
    finally:
        found.process.send_signal(signal.SIGTERM)
        found.process.wait(30)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_workers_of_one_server_tell_the_same_and_a_killed_one_takes_nothing_with_it(workers: Workers) -> None:
    for _ in range(40):
        assert workers.get("/scripts").status_code == 200
    counted = {"operation": "listScripts", "method": "GET", "status": "200"}
    until(lambda: all(workers.sample("http_server_requests_total", **counted) == 40 for _ in range(8)))
    victim = workers.workers()[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in workers.workers() and workers.sample("service_processes") == 2)
    assert workers.sample("http_server_requests_total", **counted) == 40
    assert workers.sample("process_resident_memory_bytes") > 0
