"""The profile ``postgres``: what was kept in SQLite files moves over, and two replicas of each service serve it."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scene import play
from services import CHARACTERS, SCRIPTS, SERVICES, SESSIONS

from deploy.compose import Compose
from deploy.conftest import Running
from deploy.load import under_load
from deploy.project import on_postgres
from deploy.scripts import Scripts

_STORED = tuple(service for service in SERVICES if service != "story_factory_api")


@dataclass(frozen=True)
class Moved:
    """The system on PostgreSQL; what the services showed before and after, and what was said on the way."""

    running: Running
    before: dict[str, Any]
    after: dict[str, Any]
    said: dict[str, str]

    @property
    def compose(self) -> Compose:
        """The composition."""
        return self.running.compose


@pytest.fixture(scope="module")
def moved(running: Running) -> Iterator[Moved]:
    """Move all that is kept over, as the README says."""
    compose, lapses = running.compose, running.deployment.lapses
    if not running.services.get(SCRIPTS, "/scripts"):
        play(running.services)
    before = running.services.kept()
    compose("down")
    settings = compose.folder / ".env"
    sqlite = settings.read_text()
    settings.write_text(on_postgres(sqlite, (compose.folder / ".env.example").read_text("utf-8")))
    try:
        said = {}
        with lapses.measure("rows moved over to PostgreSQL"):
            for name in _STORED:
                copied = ("python", "-m", "app.database", "copy", f"sqlite:////data/{name}.db")
                said[name] = compose("run", "--rm", "--quiet-pull", name.replace("_", "-"), *copied)
        with lapses.measure("compose up on PostgreSQL with two replicas of each service"):
            compose.up()
        yield Moved(running, before, running.services.kept(), said)
    finally:
        compose("--profile", "postgres", "down", "--volumes", "--remove-orphans")
        settings.write_text(sqlite)


def test_everything_moves_over(moved: Moved) -> None:
    assert moved.before["/scripts"]
    assert moved.after == moved.before


def test_there_are_two_of_each_service_and_all_are_healthy(moved: Moved) -> None:
    told = [json.loads(line) for line in moved.compose("ps", "--format", "json").splitlines()]
    assert {(each["State"], each["Health"]) for each in told} == {("running", "healthy")}
    counted = Counter(each["Service"] for each in told)
    assert {counted[name.replace("_", "-")] for name in _STORED} == {2}


def test_replicas_lose_nothing_and_give_no_number_twice(moved: Moved) -> None:
    services = moved.running.services
    bodies = [{"text": f"Line {number}."} for number in range(120)]
    with ThreadPoolExecutor(8) as people:
        made = list(people.map(lambda body: services.create(CHARACTERS, "/spokenWords", body), bodies))
    assert len({each["dialogueId"] for each in made}) == len(bodies)
    numbers = sorted(each["sequenceNumber"] for each in made)
    assert numbers == list(range(numbers[0], numbers[0] + len(bodies)))
    kept = {each["dialogueId"]: each["text"] for each in services.get(CHARACTERS, "/spokenWords")}
    assert [body for body, each in zip(bodies, made, strict=True) if kept[each["dialogueId"]] != body["text"]] == []


def test_both_replicas_are_asked(moved: Moved) -> None:
    """Each logs what it served; requests at the same time need connections of their own."""
    engine = moved.running.deployment.engine
    with ThreadPoolExecutor(20) as people:
        answers = [people.submit(moved.running.services.get, SESSIONS, "/sessions") for _ in range(60)]
    assert all(each.exception() is None for each in answers)
    for container in moved.compose.containers("session-context-management-api"):
        assert '"operation":"listSessions"' in engine.output("logs", container).replace('": "', '":"')


def test_no_acknowledged_write_is_lost_when_a_replica_or_the_database_is_killed(moved: Moved) -> None:
    running = moved.running

    def one_of_two() -> str:
        return moved.compose.containers("core-script-management-api")[0]

    acknowledged = under_load(running, [one_of_two, one_of_two, lambda: moved.compose.container("postgres")])
    kept = {each["scriptId"]: each for each in running.services.get(SCRIPTS, "/scripts")}
    assert [each for each in acknowledged if kept.get(each["scriptId"]) != each] == []
    told = "two replicas, then PostgreSQL, killed under load"
    running.deployment.lapses.tell(f"{told}: {len(acknowledged)} writes acknowledged, none lost")


def test_a_backup_brings_back_what_there_was(moved: Moved, tmp_path: Path) -> None:
    scripts = Scripts(moved.running, tmp_path)
    before = scripts.services.kept()
    backup = scripts.backup("core-script-management-api")
    lost = scripts.services.create(SCRIPTS, "/scripts", {"title": "Written after the backup"})
    with moved.running.deployment.lapses.measure("restore.sh of one service on PostgreSQL"):
        scripts("restore.sh", "--yes", "core-script-management-api", backup)
    after = scripts.services.kept()
    assert after == before
    assert lost["scriptId"] not in {each["scriptId"] for each in after["/scripts"]}


def test_everything_stops_well(moved: Moved) -> None:
    """Last of all: the processes end by themselves, none is killed for taking too long."""
    engine = moved.running.deployment.engine
    with moved.running.deployment.lapses.measure("compose stop on PostgreSQL"):
        moved.compose("stop")
    exits = {}
    for name in (*(name.replace("_", "-") for name in SERVICES), "gateway", "postgres"):
        states = [
            engine.docker("inspect", "--format", "{{.State.ExitCode}}", each) for each in moved.compose.containers(name)
        ]
        exits[name] = set(states)
    assert exits == {name: {"0"} for name in exits}
