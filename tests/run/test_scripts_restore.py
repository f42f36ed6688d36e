"""restore.sh at work on real databases: a stand-in for Docker runs here what it is to run in a container."""

import hashlib
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.script_site import PEOPLE, SCRIPTS, STORED, Site, add, backups, beside, count, made, site_at

_DUMP = """#!/bin/sh
for last; do :; done
case $0 in
*pg_dump) printf 'PGDMP %s' "$last" ;;
*) head -c 5 | grep -q PGDMP ;;
esac
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A deployment in which every service runs and has rows."""
    return site_at(tmp_path)


def test_what_is_restored_is_what_was_backed_up_and_the_old_one_is_kept(site: Site, tmp_path: Path) -> None:
    path = site.database(SCRIPTS)
    site.done("backup.sh", SCRIPTS)
    (copy,) = backups(site, SCRIPTS)
    digest = hashlib.sha256(copy.read_bytes()).digest()
    add(path, 4)
    said = site.done("restore.sh", "--yes", SCRIPTS, copy.name, folder=copy.parent)
    assert count(path) == 3
    (kept,) = (each for each in path.parent.iterdir() if ".before-" in each.name)
    assert count(kept) == 7
    assert str(kept) in said
    assert [line for line in site.log if line.split()[0] in ("stop", "up")] == [
        f"stop {SCRIPTS}",
        f"up --detach --no-deps --no-build {SCRIPTS}",
    ]
    assert hashlib.sha256(copy.read_bytes()).digest() == digest
    assert beside(path) == {path.name, kept.name}
    assert set(site.state["running"]) == set(STORED)


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
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    spoil(copy)
    said = site.refused("restore.sh", "--yes", PEOPLE, str(copy), code=1)
    assert complaint in said
    assert "nothing was changed" in said
    assert not any(line.startswith(("stop", "up")) for line in site.log)
    assert count(site.database(PEOPLE)) == 3
    assert beside(site.database(PEOPLE)) == {site.database(PEOPLE).name}


def test_nothing_is_restored_unless_somebody_says_so(site: Site) -> None:
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    assert "use --yes" in site.refused("restore.sh", PEOPLE, str(copy))
    assert beside(site.database(PEOPLE)) == {site.database(PEOPLE).name}
    assert "no file" in site.refused("restore.sh", "--yes", PEOPLE, f"{copy}x")
    assert "no service 'nobody'" in site.refused("restore.sh", "--yes", "nobody", str(copy))
    assert not any(line.startswith(("stop", "up")) for line in site.log)


def test_a_database_too_damaged_to_be_opened_is_replaced_and_kept(site: Site) -> None:
    path = site.database(PEOPLE)
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    path.write_bytes(spoilt := b"spoilt" * 4096)
    Path(f"{path}-wal").write_bytes(b"its log")
    site.done("restore.sh", "--yes", PEOPLE, str(copy))
    assert count(path) == 3
    (kept,) = (path.with_name(each) for each in beside(path) if ".before-" in each)
    assert kept.read_bytes() == spoilt
    assert Path(f"{kept}-wal").read_bytes() == b"its log"


def test_a_service_that_was_stopped_stays_so(site: Site) -> None:
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    site.set(running=[])
    site.database(PEOPLE).unlink()
    site.done("restore.sh", "--yes", PEOPLE, str(copy))
    assert count(site.database(PEOPLE)) == 3
    assert site.state["running"] == []


@pytest.fixture
def reader(site: Site) -> Iterator[sqlite3.Connection]:
    """Somebody who has the database open and does not let go of it."""
    with closing(sqlite3.connect(site.database(PEOPLE))) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM things").fetchall()
        yield connection


def test_a_service_is_started_again_where_its_database_cannot_be_replaced(
    site: Site, reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = site.generated / "scripts/database.py"
    program.write_text(program.read_text("utf-8").replace("timeout=30.0", "timeout=0.1"), "utf-8")
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    said = site.refused("restore.sh", "--yes", PEOPLE, str(copy), code=1)
    assert "is in use" in said
    assert "is as it was" in said
    assert PEOPLE in site.state["running"]
    assert count(site.database(PEOPLE)) == 3
    assert beside(site.database(PEOPLE)) == {site.database(PEOPLE).name}


@pytest.mark.parametrize("moment", ["receive", "place"])
def test_what_is_interrupted_leaves_things_as_they_were(site: Site, moment: str) -> None:
    """The script and all that it started are ended while something runs in the container."""
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    docker, reached = site.root / "bin/docker", site.root / "reached"
    docker.with_name("docker-whole").write_bytes(docker.read_bytes())
    docker.with_name("docker-whole").chmod(0o755)
    os.mkfifo(reached)
    docker.write_text(
        f'#!/bin/sh\ncase "$*" in *" {moment} "*)\n'
        f'docker-whole "$@"\nexec cat "{reached}" ;;\n'
        '*) exec docker-whole "$@" ;;\nesac\n'
    )
    command = [str(site.generated / "scripts/restore.sh"), "--yes", PEOPLE, str(copy)]
    environment = {"PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(site.root)}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    with reached.open("wb"):
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(60) == 130
    assert count(site.database(PEOPLE)) == 3
    assert not [each for each in beside(site.database(PEOPLE)) if each.startswith(".copy")]
    assert PEOPLE in site.state["running"]


def test_rows_on_the_server_are_dumped_and_restored_there(site: Site) -> None:
    url = f"postgresql://{PEOPLE.replace('-', '_')}:secret@postgres:5432/x"
    site.set(urls={**site.state["urls"], PEOPLE: url}, running=[*STORED, "postgres"])
    for name in ("pg_dump", "pg_restore"):
        (site.stand_in / name).write_text(_DUMP)
        (site.stand_in / name).chmod(0o755)
    site.done("backup.sh", PEOPLE)
    (copy,) = backups(site, PEOPLE)
    assert copy.suffix == ".dump"
    assert copy.read_text() == "PGDMP character_management_api"
    said = site.done("restore.sh", "--yes", PEOPLE, str(copy))
    (kept,) = (each for each in backups(site, PEOPLE) if each.name.startswith("before-"))
    assert str(kept) in said
    assert any("pg_restore --username postgres --clean" in line for line in site.log)
    copy.write_text("cut")
    assert "no whole dump" in site.refused("restore.sh", "--yes", PEOPLE, str(copy), code=1)
    site.set(urls={**site.state["urls"], PEOPLE: "postgresql://u:p@db.shop.com/x"})
    assert "elsewhere: on db.shop.com" in site.refused("backup.sh", PEOPLE, code=1)
