"""The scripts at work: a stand-in for Docker runs here what it is to run in a container, on real databases."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from support.systems import REPOSITORY, system_of

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Problem
from fountaingen.stages.plan.system import scripts
from fountaingen.stages.render import render

_STAND_IN = REPOSITORY / "tests/support/stand_in_docker.py"
_SCRIPTS = "core-script-management-api"
_PEOPLE = "character-management-api"
_SERVICES = ("central-sequence-service", _PEOPLE, _SCRIPTS, "session-context-management-api")
_ALL = ("backup.sh", "deploy.sh", "restore.sh", "teardown.sh")
_DUMP = """#!/bin/sh
for last; do :; done
case $0 in
*pg_dump) printf 'PGDMP %s' "$last" ;;
*) head -c 5 | grep -q PGDMP ;;
esac
"""


@dataclass(frozen=True)
class Site:
    """A deployment on this machine: ``generated`` beside its volumes, and a stand-in for Docker on PATH."""

    root: Path
    stand_in: Path

    @property
    def generated(self) -> Path:
        return self.root / "generated"

    def database(self, service: str) -> Path:
        """Return the file that holds the database of a service."""
        return self.root / "volumes" / service / f"{service.replace('-', '_')}.db"

    def run(
        self, script: str, *arguments: str, folder: Path | None = None, **more: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script as somebody does who stands in ``folder``."""
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [self.generated / "scripts" / script, *arguments],
            cwd=folder or self.root,
            env={"PATH": path, "HOME": str(self.root), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def done(self, script: str, *arguments: str, **more: Any) -> str:
        """Run a script that succeeds; return what it says."""
        ended = self.run(script, *arguments, **more)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def refused(self, script: str, *arguments: str, code: int = 2, **more: Any) -> str:
        """Run a script that does not succeed; return its complaint."""
        ended = self.run(script, *arguments, **more)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stderr

    def set(self, **members: Any) -> None:
        """Change what the stand-in answers."""
        path = self.stand_in / "state.json"
        path.write_text(json.dumps({**self.state, **members}), "utf-8")

    @property
    def state(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((self.stand_in / "state.json").read_text("utf-8"))
        return found

    @property
    def log(self) -> list[str]:
        """What Docker was told to change."""
        path = self.stand_in / "log"
        return path.read_text("utf-8").splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def written() -> Mapping[str, bytes]:
    """The scripts of the five services."""
    found = scripts.plan(system_of(REPOSITORY, Deployment()))
    return render(Plan(tuple(each for each in found if not isinstance(each, Problem))), [own_templates()])


@pytest.fixture
def site(tmp_path: Path, written: Mapping[str, bytes]) -> Site:
    """A deployment in which every service runs and has rows."""
    site = Site(tmp_path / "a place", tmp_path / "stand-in")
    for path, content in written.items():
        (site.generated / path).parent.mkdir(parents=True, exist_ok=True)
        (site.generated / path).write_bytes(content)
        (site.generated / path).chmod(0o755 if content.startswith(b"#!") else 0o644)
    (site.generated / ".env").write_text("API_KEYS=k\n")
    (site.root / "bin").mkdir()
    docker = site.root / "bin/docker"
    docker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{_STAND_IN}" "{site.stand_in}" "$@"\n')
    docker.chmod(0o755)
    site.stand_in.mkdir()
    urls = {}
    for service in _SERVICES:
        made(site.database(service), "things")
        urls[service] = f"sqlite:///{site.database(service)}"
    state = {"version": "v2.39.1", "complaint": "", "health": {}, "running": [*_SERVICES], "urls": urls}
    (site.stand_in / "state.json").write_text(json.dumps(state), "utf-8")
    return site


def made(path: Path, table: str, rows: int = 3) -> Path:
    """Make a database as services do: with a log, and rows that refer to others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            f"CREATE TABLE {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, twin INTEGER REFERENCES {table})"
        )
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(each, each) for each in range(1, rows + 1)])
        connection.commit()
    return path


def add(path: Path, count: int = 1) -> None:
    """Write rows."""
    with closing(sqlite3.connect(path)) as connection:
        for _ in range(count):
            connection.execute("INSERT INTO things (twin) VALUES (1)")
        connection.commit()


def count(path: Path) -> int:
    """Return how many rows a database has, which must be whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (number,) = connection.execute("SELECT count(*) FROM things").fetchone()
    return int(number)


def beside(path: Path) -> set[str]:
    """Return what lies in the volume of a database, but for its log."""
    return {each.name for each in path.parent.iterdir() if not each.name.endswith(("-wal", "-shm"))}


def backups(site: Site, service: str) -> list[Path]:
    """Return the backups of a service."""
    return sorted((site.root / "backups" / service).glob("*"))


@pytest.mark.parametrize("script", _ALL)
def test_help_is_given_anywhere_and_what_is_unknown_is_not_done(site: Site, script: str, tmp_path: Path) -> None:
    assert site.done(script, "--help", folder=tmp_path).startswith(f"usage: {script} ")
    assert "--wrong" in site.refused(script, "--wrong", folder=tmp_path)
    assert site.log == []


@pytest.mark.parametrize(("script", "arguments"), [("backup.sh", ()), ("deploy.sh", ()), ("teardown.sh", ("--yes",))])
def test_what_is_missing_is_told_with_what_to_do(site: Site, script: str, arguments: tuple[str, ...]) -> None:
    docker = site.root / "bin/docker"
    tools = site.root / "tools"
    tools.mkdir()
    for name in ("basename", "dirname", "cat", "date"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    assert "docker is not installed" in site.refused(script, *arguments, PATH=str(tools))
    site.set(version="2.19.1")
    assert "2.19.1 is too old: 2.20" in site.refused(script, *arguments)
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.with_name("docker-compose").write_text("#!/bin/sh\necho 2.20.0\n")
    docker.with_name("docker-compose").chmod(0o755)
    assert "engine cannot be reached" in site.refused(script, *arguments)


@pytest.mark.parametrize("script", ["backup.sh", "deploy.sh"])
def test_settings_that_are_missing_are_told(site: Site, script: str) -> None:
    site.set(complaint="required variable API_KEYS is missing a value\n")
    assert "API_KEYS" in site.refused(script)
    (site.generated / ".env").unlink()
    assert "copy .env.example to .env" in site.refused(script)
    assert site.log == []


def certify(site: Site, folder: Path) -> None:
    """Put a certificate with its key into a folder."""
    folder.mkdir(parents=True)
    (folder / "shop.com.crt").touch()
    (folder / "shop.com.key").touch()


def test_a_deployment_builds_starts_waits_and_says_where(site: Site, tmp_path: Path) -> None:
    assert "fountaingen certs" in site.refused("deploy.sh")
    certify(site, site.root / ".fountaingen/certs")
    said = site.done("deploy.sh", "--profile", "postgres", "--profile", "observability", folder=tmp_path)
    assert "https://character.fountain.coach" in said
    profiles = "compose --profile postgres --profile observability"
    assert site.log == [
        f"{profiles} build".removeprefix("compose "),
        f"{profiles} up --detach --remove-orphans".removeprefix("compose "),
    ]
    site.done("deploy.sh", "--no-build")
    assert site.log[2:] == ["up --detach --remove-orphans"]
    assert "not 'all'" in site.refused("deploy.sh", "--profile", "all")


def test_certificates_are_looked_for_where_the_settings_say(site: Site) -> None:
    certify(site, site.root / "elsewhere")
    (site.generated / ".env").write_text('API_KEYS=k\nCERTIFICATES="../elsewhere"\n')
    site.done("deploy.sh")
    (site.root / "elsewhere/shop.com.key").unlink()
    assert "no certificate with its key in ../elsewhere" in site.refused("deploy.sh")


def test_a_deployment_that_does_not_get_well_says_what_is_not(site: Site) -> None:
    certify(site, site.root / ".fountaingen/certs")
    site.set(health={_PEOPLE: "running 0 unhealthy", _SCRIPTS: "exited 0 "})
    said = site.refused("deploy.sh", "--timeout", "0", code=1)
    assert f"running 0 unhealthy /{_PEOPLE}" in said
    assert _SCRIPTS not in said


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_a_backup_is_whole_and_leaves_nothing_behind(site: Site, runs: bool, tmp_path: Path) -> None:
    site.set(running=[*_SERVICES] if runs else [])
    said = site.done("backup.sh", _PEOPLE, _SCRIPTS, folder=tmp_path)
    for service in (_PEOPLE, _SCRIPTS):
        (copy,) = backups(site, service)
        assert str(copy) in said
        assert count(copy) == 3
        assert copy.stat().st_mode & 0o077 == 0
        assert beside(site.database(service)) == {site.database(service).name}
    assert {line.split()[0] for line in site.log} == ({"exec"} if runs else {"run"})


def test_a_backup_is_of_one_moment_while_others_write(site: Site) -> None:
    """A writer adds two rows a transaction; the copy never has one of them alone."""
    path, ended, written = site.database(_SCRIPTS), Event(), Event()

    def write() -> None:
        while not ended.is_set():
            add(path, 2)
            written.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert written.wait(60)
        for _ in range(3):
            site.done("backup.sh", _SCRIPTS)
    finally:
        ended.set()
        writer.join()
    counts = [count(copy) for copy in backups(site, _SCRIPTS)]
    assert len(counts) == 3
    assert all(number > 3 and number % 2 == 1 for number in counts)
    assert not backups(site, _PEOPLE)


def test_the_oldest_backups_go(site: Site) -> None:
    folder = site.root / "kept/here" / _PEOPLE
    folder.mkdir(parents=True)
    for day in range(1, 6):
        (folder / f"2020010{day}T000000Z.db").touch()
    (folder / "before-20200101T000000Z.dump").touch()
    site.done("backup.sh", "--to", "kept/here", "--keep", "3", _PEOPLE)
    names = sorted(each.name for each in folder.iterdir())
    assert names[:2] == ["20200104T000000Z.db", "20200105T000000Z.db"]
    assert len(names) == 4
    site.done("backup.sh", "--keep", "0", _PEOPLE, BACKUPS=str(site.root / "kept/here"))
    assert len([*folder.iterdir()]) == 5


def test_a_backup_that_fails_leaves_no_file_and_the_others_are_made(site: Site) -> None:
    site.database(_PEOPLE).write_bytes(b"SQLite format 3\0" + b"x" * 8192)
    said = site.refused("backup.sh", code=1)
    assert f"there is no new backup of: {_PEOPLE}\n" in said
    assert backups(site, _PEOPLE) == []
    assert len(backups(site, _SCRIPTS)) == 1
    assert beside(site.database(_PEOPLE)) == {site.database(_PEOPLE).name}
    assert "no service 'nobody'" in site.refused("backup.sh", "nobody")


def test_a_copy_that_is_cut_short_on_its_way_is_no_backup(site: Site) -> None:
    docker = site.root / "bin/docker"
    docker.with_name("docker-whole").write_bytes(docker.read_bytes())
    docker.with_name("docker-whole").chmod(0o755)
    docker.write_text(
        '#!/bin/sh\ncase "$*" in *" send "*) docker-whole "$@" | head -c 4096 ;; *) docker-whole "$@" ;; esac\n'
    )
    assert "not received as it was sent" in site.refused("backup.sh", _PEOPLE, code=1)
    assert beside(site.database(_PEOPLE)) == {site.database(_PEOPLE).name}
    assert backups(site, _PEOPLE) == []


def test_what_is_restored_is_what_was_backed_up_and_the_old_one_is_kept(site: Site, tmp_path: Path) -> None:
    path = site.database(_SCRIPTS)
    site.done("backup.sh", _SCRIPTS)
    (copy,) = backups(site, _SCRIPTS)
    digest = hashlib.sha256(copy.read_bytes()).digest()
    add(path, 4)
    said = site.done("restore.sh", "--yes", _SCRIPTS, copy.name, folder=copy.parent)
    assert count(path) == 3
    (kept,) = (each for each in path.parent.iterdir() if ".before-" in each.name)
    assert count(kept) == 7
    assert str(kept) in said
    assert [line for line in site.log if line.split()[0] in ("stop", "up")] == [
        f"stop {_SCRIPTS}",
        f"up --detach --no-deps --no-build {_SCRIPTS}",
    ]
    assert hashlib.sha256(copy.read_bytes()).digest() == digest
    assert beside(path) == {path.name, kept.name}
    assert set(site.state["running"]) == set(_SERVICES)


def damaged(copy: Path) -> None:
    """Overwrite the pages in the middle of a database."""
    data = bytearray(copy.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    copy.write_bytes(data)


def another(copy: Path) -> None:
    """Put the database of something else there."""
    copy.unlink()
    made(copy, "others")


def torn(copy: Path) -> None:
    """Break a reference."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE things SET twin = 99")
        connection.commit()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (damaged, "the database is damaged"),
        (torn, "a row refers to one that is not there"),
        (another, "none of the tables of this service"),
        (lambda copy: copy.write_bytes(copy.read_bytes()[:5000]), "the database is damaged"),
        (lambda copy: copy.write_text("not a database"), "no SQLite database"),
        (lambda copy: copy.write_bytes(b""), "no SQLite database"),
    ],
)
def test_a_file_that_is_not_good_is_refused_while_the_service_runs_on(site: Site, spoil: Any, complaint: str) -> None:
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    spoil(copy)
    said = site.refused("restore.sh", "--yes", _PEOPLE, str(copy), code=1)
    assert complaint in said
    assert "nothing was changed" in said
    assert not any(line.startswith(("stop", "up")) for line in site.log)
    assert count(site.database(_PEOPLE)) == 3
    assert beside(site.database(_PEOPLE)) == {site.database(_PEOPLE).name}


def test_nothing_is_restored_unless_somebody_says_so(site: Site) -> None:
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    assert "use --yes" in site.refused("restore.sh", _PEOPLE, str(copy))
    assert beside(site.database(_PEOPLE)) == {site.database(_PEOPLE).name}
    assert "no file" in site.refused("restore.sh", "--yes", _PEOPLE, f"{copy}x")
    assert "no service 'nobody'" in site.refused("restore.sh", "--yes", "nobody", str(copy))
    assert not any(line.startswith(("stop", "up")) for line in site.log)


def test_a_database_too_damaged_to_be_opened_is_replaced_and_kept(site: Site) -> None:
    path = site.database(_PEOPLE)
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    path.write_bytes(spoilt := b"spoilt" * 4096)
    Path(f"{path}-wal").write_bytes(b"its log")
    site.done("restore.sh", "--yes", _PEOPLE, str(copy))
    assert count(path) == 3
    (kept,) = (path.with_name(each) for each in beside(path) if ".before-" in each)
    assert kept.read_bytes() == spoilt
    assert Path(f"{kept}-wal").read_bytes() == b"its log"


def test_a_service_that_was_stopped_stays_so(site: Site) -> None:
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    site.set(running=[])
    site.database(_PEOPLE).unlink()
    site.done("restore.sh", "--yes", _PEOPLE, str(copy))
    assert count(site.database(_PEOPLE)) == 3
    assert site.state["running"] == []


@pytest.fixture
def reader(site: Site) -> Iterator[sqlite3.Connection]:
    """Somebody who has the database open and does not let go of it."""
    with closing(sqlite3.connect(site.database(_PEOPLE))) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM things").fetchall()
        yield connection


def test_a_service_is_started_again_where_its_database_cannot_be_replaced(
    site: Site, reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = site.generated / "scripts/database.py"
    program.write_text(program.read_text("utf-8").replace("timeout=30.0", "timeout=0.1"), "utf-8")
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    said = site.refused("restore.sh", "--yes", _PEOPLE, str(copy), code=1)
    assert "is in use" in said
    assert "is as it was" in said
    assert _PEOPLE in site.state["running"]
    assert count(site.database(_PEOPLE)) == 3
    assert beside(site.database(_PEOPLE)) == {site.database(_PEOPLE).name}


@pytest.mark.parametrize("moment", ["receive", "place"])
def test_what_is_interrupted_leaves_things_as_they_were(site: Site, moment: str) -> None:
    """The script and all that it started are ended while something runs in the container."""
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    docker, reached = site.root / "bin/docker", site.root / "reached"
    docker.with_name("docker-whole").write_bytes(docker.read_bytes())
    docker.with_name("docker-whole").chmod(0o755)
    os.mkfifo(reached)
    docker.write_text(
        f'#!/bin/sh\ncase "$*" in *" {moment} "*)\n'
        f'docker-whole "$@"\nexec cat "{reached}" ;;\n'
        '*) exec docker-whole "$@" ;;\nesac\n'
    )
    command = [site.generated / "scripts/restore.sh", "--yes", _PEOPLE, copy]
    environment = {"PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(site.root)}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    with reached.open("wb"):
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(60) == 130
    assert count(site.database(_PEOPLE)) == 3
    assert not [each for each in beside(site.database(_PEOPLE)) if each.startswith(".copy")]
    assert _PEOPLE in site.state["running"]


def test_rows_on_the_server_are_dumped_and_restored_there(site: Site) -> None:
    url = f"postgresql://{_PEOPLE.replace('-', '_')}:secret@postgres:5432/x"
    site.set(urls={**site.state["urls"], _PEOPLE: url}, running=[*_SERVICES, "postgres"])
    for name in ("pg_dump", "pg_restore"):
        (site.stand_in / name).write_text(_DUMP)
        (site.stand_in / name).chmod(0o755)
    site.done("backup.sh", _PEOPLE)
    (copy,) = backups(site, _PEOPLE)
    assert copy.suffix == ".dump"
    assert copy.read_text() == "PGDMP character_management_api"
    said = site.done("restore.sh", "--yes", _PEOPLE, str(copy))
    (kept,) = (each for each in backups(site, _PEOPLE) if each.name.startswith("before-"))
    assert str(kept) in said
    assert any("pg_restore --username postgres --clean" in line for line in site.log)
    copy.write_text("cut")
    assert "no whole dump" in site.refused("restore.sh", "--yes", _PEOPLE, str(copy), code=1)
    site.set(urls={**site.state["urls"], _PEOPLE: "postgresql://u:p@db.shop.com/x"})
    assert "elsewhere: on db.shop.com" in site.refused("backup.sh", _PEOPLE, code=1)


def test_data_stay_unless_their_end_is_asked_for(site: Site) -> None:
    assert "use --yes" in site.refused("teardown.sh")
    site.done("teardown.sh", "--yes")
    site.done("teardown.sh", "--yes", "--volumes", "--images")
    profiles = "--profile postgres --profile observability"
    assert site.log == [
        f"{profiles} down --remove-orphans",
        f"{profiles} down --remove-orphans --volumes --rmi local",
    ]


def test_what_cannot_be_read_any_more_is_taken_down_by_its_name(site: Site) -> None:
    site.set(complaint="required variable API_KEYS is missing a value\n")
    (site.generated / ".env").unlink()
    site.done("teardown.sh", "--yes")
    assert site.log == ["--project-name fountain down --remove-orphans"]
