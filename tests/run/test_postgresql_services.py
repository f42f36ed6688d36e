"""The generated services on PostgreSQL: the same tests, several processes at once, and a server that goes away."""

import asyncio
import itertools
import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from crowd import Answer, Line, Request, ask_at_once
from replicas import Replicated, replica, status, wait_until
from scene import play
from services import CHARACTERS, SCRIPTS, SEQUENCE, SERVICES, SESSIONS, STORIES
from support import postgresql as servers
from support.own_tests import run_tests

pytestmark = pytest.mark.xdist_group("postgresql")

_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def generated(project: Path) -> Path:
    """The folder of the five services."""
    _run([sys.executable, "-m", "fountaingen", "build"], project, PYTHONPATH=str(_REPOSITORY))
    return project / "generated"


@pytest.fixture
def server(postgresql_server: str) -> Iterator[servers.Server]:
    """A server of a test's own, which it may end; it is not running."""
    made = servers.Server.made()
    try:
        yield made
    finally:
        made.discard()


def _run(command: Sequence[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


# One that has hooks alone, one of all default behaviours, one of both; there are more below, and it takes its time.
@pytest.mark.parametrize("service", [SEQUENCE, CHARACTERS, SCRIPTS])
def test_the_tests_of_a_service_pass(service: str, generated: Path, postgresql: str) -> None:
    run = run_tests(generated / service, TEST_DATABASE_URL=postgresql)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    assert " passed" in run.stdout


def test_schemathesis_finds_nothing(generated: Path, postgresql_server: str) -> None:
    with servers.database(postgresql_server) as sequence, servers.database(postgresql_server) as sessions:
        databases = {f"{SEQUENCE.upper()}_DATABASE_URL": sequence, f"{SESSIONS.upper()}_DATABASE_URL": sessions}
        command = [sys.executable, "-m", "fountaingen", "verify", SESSIONS, "--max-examples", "4"]
        _run(command, generated.parent, PYTHONPATH=str(_REPOSITORY), **databases)
        # It was that database that was written to.
        with psycopg.connect(sessions) as connection:
            assert connection.execute("SELECT last_value FROM sessions_session_id_seq").fetchone() != (1,)


def test_the_scene_is_told(generated: Path, postgresql_server: str) -> None:
    urls: dict[str, str] = {}
    with ExitStack() as stack:
        for service in SERVICES:
            database = stack.enter_context(servers.database(postgresql_server))
            peers = {f"{name.upper()}_URL": url for name, url in urls.items()}
            urls[service] = stack.enter_context(replica(generated / service, database, environment=peers)).url
        services = Replicated(urls)
        scene = play(services)
        assert scene.scripts == [{"scriptId": 1, "sequenceNumber": 1}, {"scriptId": 2, "sequenceNumber": 2}]
        assert [each["sequenceNumber"] for each in scene.characters] == [1, 2, 3]
        story = services.get(STORIES, "/stories", scriptId=scene.script)
        assert [each["sequence"] for each in story["story"]] == sorted(each["sequence"] for each in story["story"])
        assert len(services.get(CHARACTERS, "/actions")) == len(scene.actions)
        assert len(services.get(SCRIPTS, "/scripts")) == 2


def test_no_number_is_lost_or_given_twice(generated: Path, postgresql: str) -> None:
    folder = generated / SEQUENCE
    with replica(folder, postgresql, workers=2) as one, replica(folder, postgresql) as two:
        both = (one.url, two.url)
        ordered = range(1, 21)
        sections = [_number(one.url, "section", element) for element in ordered]
        assert {answer.status for answer in ask_at_once(sections)} == {201}
        # Everybody is asked for twice, at about the same time, of either process.
        numbered = [_number(base, "script", element) for element in range(1, 801) for base in both]
        versioned = [Request("POST", both[turn % 2], "/sequence/version", _version(turn)) for turn in range(200)]
        order = list(ordered)
        reordered = [Request("POST", both[turn % 2], "/sequence/reorder", _reorder(order)) for turn in range(200)]
        answers = _shuffled(numbered + versioned + reordered)
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {201: len(numbered) + len(versioned), 200: len(reordered)}

        given = [answer.body["sequenceNumber"] for answer in answers[: len(numbered)]]
        assert given[::2] == given[1::2]
        assert sorted(given[::2]) == list(range(1, 801))
        versions = [answer.body["versionNumber"] for answer in answers[len(numbered) :][: len(versioned)]]
        assert sorted(versions) == list(range(2, 2 + len(versions)))
        now = [answer.body["sequenceNumber"] for answer in ask_at_once(sections)]
        assert sorted(now) == order


def _number(base: str, kind: str, element: int) -> Request:
    return Request("POST", base, "/sequence", {"elementType": kind, "elementId": element})


def _shuffled(requests: list[Request]) -> list[Answer]:
    """Send requests in an order of chance, and return the answers in theirs."""
    places = list(range(len(requests)))
    random.Random(7).shuffle(places)
    answers = dict(zip(places, ask_at_once([requests[place] for place in places]), strict=True))
    return [answers[place] for place in range(len(requests))]


def _version(turn: int) -> dict[str, Any]:
    return {"elementType": "action", "elementId": 1, "newVersionData": {"turn": turn}}


def _reorder(elements: list[int]) -> dict[str, Any]:
    numbers = random.sample(elements, len(elements))
    pairs = zip(elements, numbers, strict=True)
    return {
        "elementType": "section",
        "elements": [{"elementId": element, "newSequence": number} for element, number in pairs],
    }


def test_a_server_that_dies_takes_nothing_with_it(generated: Path, server: servers.Server) -> None:
    server.start()
    with replica(generated / SEQUENCE, server.url(), workers=2) as running:
        load = _Load(running.url)
        asyncio.run(_through_a_crash(load, server))
        assert load.strange == []
        # The contract declares no 503, and one shape for all its errors.
        assert {answer.headers["content-type"] for answer in load.refused} == {"application/json"}
        assert {answer.body["message"] for answer in load.refused} == {"the database is not available"}
        assert {answer.headers["retry-after"] for answer in load.refused} == {"1"}
        again = ask_at_once([_number(running.url, "script", element) for element in load.told])
        assert [answer.body["sequenceNumber"] for answer in again] == list(load.told.values())
        assert len(set(load.told.values())) == len(load.told)


class _Load:
    """Clients that have one element after the other numbered, and what they were told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.told: dict[int, int] = {}
        self.refused: list[Answer] = []
        self.strange: list[Answer] = []
        self.enough = False

    async def client(self, first: int) -> None:
        """Write until there is enough."""
        line = Line(self.url)
        for element in itertools.count(first):
            answer = await line.ask(_number(self.url, "script", element))
            if answer.status == 201:
                self.told[element] = answer.body["sequenceNumber"]
            else:
                (self.refused if answer.status == 503 else self.strange).append(answer)
                # What is refused at once must not take the time of what starts the server again.
                await asyncio.sleep(0.05)
            if self.enough:
                break
        line.close()


async def _through_a_crash(load: _Load, server: servers.Server) -> None:
    clients = [asyncio.create_task(load.client(number * 1_000_000)) for number in range(1, 9)]
    await _until(lambda: len(load.told) > 150)
    server.kill()
    await _until(lambda: len(load.refused) > 20)
    asked = Line(load.url)
    assert (await asked.ask(Request("GET", load.url, "/ready"))).status == 503
    assert (await asked.ask(Request("GET", load.url, "/health"))).status == 200
    await asyncio.to_thread(server.start)
    before = len(load.told)
    await _until(lambda: len(load.told) > before + 100)
    assert (await asked.ask(Request("GET", load.url, "/ready"))).status == 200
    asked.close()
    load.enough = True
    await asyncio.gather(*clients)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def test_a_service_waits_for_its_server(generated: Path, server: servers.Server) -> None:
    with replica(generated / CHARACTERS, server.url(), workers=2) as running:
        assert status(running.url + "/ready") == 503
        listed = [Request("GET", running.url, "/characters")]
        (answer,) = ask_at_once(listed)
        assert answer.status == 503
        assert answer.body["message"] == "the database is not available"
        server.start()
        wait_until(lambda: status(running.url + "/ready") == 200, running.log)
        (answer,) = ask_at_once(listed)
        assert (answer.status, answer.body) == (200, [])


def test_rows_move_to_a_server_and_back(generated: Path, postgresql: str, tmp_path: Path) -> None:
    folder = generated / SEQUENCE
    first, back = tmp_path / "first.db", tmp_path / "back.db"
    command = [sys.executable, "-m", "app.database"]
    _run([*command, "create"], folder, DATABASE_URL=f"sqlite:///{first}")
    with sqlite3.connect(first) as connection:
        for number in range(1, 1302):
            row = (number, "scr\x00ipt\x01", number * 3)
            connection.execute(
                "INSERT INTO sequences (element_id, element_type, sequence_number) VALUES (?, ?, ?)", row
            )
            version = (number, 2, '{"z":1,"a":[null,-0.0,100000000000000000000000000000.5]}', "now")
            connection.execute(
                "INSERT INTO sequence_versions (sequence_id, version_number, new_version_data, created_at)"
                " VALUES (?, ?, ?, ?)",
                version,
            )
        connection.execute("DELETE FROM sequence_versions WHERE sequence_id = 1301")
    told = _run([*command, "copy", f"sqlite:///{first}"], folder, DATABASE_URL=postgresql)
    assert "sequences: 1301 rows" in told
    assert "sequence_versions: 1300 rows" in told
    assert _run([*command, "copy", postgresql], folder, DATABASE_URL=f"sqlite:///{back}") == told
    with sqlite3.connect(first) as one, sqlite3.connect(back) as other:
        for table in ("sequences", "sequence_versions"):
            query = f"SELECT * FROM {table} ORDER BY id"
            assert one.execute(query).fetchall() == other.execute(query).fetchall()
        counters = "SELECT * FROM sqlite_sequence ORDER BY name"
        assert one.execute(counters).fetchall() == other.execute(counters).fetchall()
    environment = {**os.environ, "DATABASE_URL": postgresql}
    twice = subprocess.run(
        [*command, "copy", f"sqlite:///{first}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert twice.returncode == 1
    assert twice.stderr == "error: the target has rows already: sequences, sequence_versions\n"
