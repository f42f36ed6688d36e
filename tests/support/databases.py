"""Fixtures: a PostgreSQL server for all of a test run, and databases on it."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from support import postgresql as servers


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a server that all processes of this run share."""
    if find_spec("greenlet") is None or find_spec("asyncpg") is None:
        pytest.skip("services need the packages asyncpg and greenlet for PostgreSQL")
    base = tmp_path_factory.getbasetemp()
    try:
        with servers.shared((base if worker_id == "master" else base.parent) / "postgresql") as url:
            yield url
    except servers.NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty database, for one test."""
    with servers.database(postgresql_server) as url:
        yield url
