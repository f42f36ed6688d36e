"""A deployment on this machine for scripts to be tried on: databases, and a stand-in for Docker."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Problem
from fountaingen.stages.plan.system import scripts
from fountaingen.stages.render import render
from support.systems import REPOSITORY, system_of

_STAND_IN = REPOSITORY / "tests/support/stand_in_docker.py"
SCRIPTS = "core-script-management-api"
PEOPLE = "character-management-api"
STORED = ("central-sequence-service", PEOPLE, SCRIPTS, "session-context-management-api")
"""The services that keep rows."""


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


@cache
def _written() -> Mapping[str, bytes]:
    """Return the scripts of the five services."""
    found = scripts.plan(system_of(REPOSITORY, Deployment()))
    return render(Plan(tuple(each for each in found if not isinstance(each, Problem))), [own_templates()])


def site_at(folder: Path) -> Site:
    """Return a deployment below ``folder`` in which every service runs and has rows."""
    site = Site(folder / "a place", folder / "stand-in")
    for path, content in _written().items():
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
    for service in STORED:
        made(site.database(service), "things")
        urls[service] = f"sqlite:///{site.database(service)}"
    state = {"version": "v2.39.1", "complaint": "", "health": {}, "running": [*STORED], "urls": urls}
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
