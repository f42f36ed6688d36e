"""Empty databases for tests: files of SQLite, or a schema on the PostgreSQL server that TEST_DATABASE_URL names."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import MetaData, make_url


class Database(Protocol):
    """What the tests do with a database themselves."""

    def open(self) -> object:
        """Open it; tables that are missing are created."""
        ...

    def write(self, work: Callable[[Any], None], /) -> Awaitable[None]:
        """Run a unit of work."""
        ...

    def close(self) -> Awaitable[None]:
        """Let go of it."""
        ...


class Files:
    """SQLite files, each a copy of one with every table and no rows."""

    def __init__(self, empty: Path) -> None:
        self._empty = empty

    def fresh(self, folder: Path) -> str:
        """Return the URL of an empty database in ``folder``."""
        return f"sqlite:///{shutil.copy(self._empty, folder)}"


class Schema:
    """One schema on a server; what a test left in it is gone before the next."""

    def __init__(self, url: str, empty: Callable[[], None]) -> None:
        self._url = url
        self._empty = empty

    def fresh(self, _folder: Path) -> str:
        """Return the URL of the schema, emptied."""
        self._empty()
        return self._url


@contextmanager
def databases(make: Callable[[MetaData, str], Database], metadata: MetaData, folder: Path) -> Iterator[Files | Schema]:
    """Give what makes empty databases, as TEST_DATABASE_URL says; ``make`` opens one by its URL."""
    server = os.environ.get("TEST_DATABASE_URL", "").strip()
    if not server:
        database = make(metadata, f"sqlite:///{folder / 'service.db'}")
        database.open()
        asyncio.run(_closed(database))
        yield Files(folder / "service.db")
        return
    name = f"test_{uuid4().hex}"
    url = make_url(server).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    quoted = ", ".join('"' + table.name.replace('"', '""') + '"' for table in metadata.sorted_tables)
    asyncio.run(_done(make(MetaData(), server), f"CREATE SCHEMA {name}"))
    empty = f"TRUNCATE {quoted} RESTART IDENTITY CASCADE"
    try:
        yield Schema(url, lambda: asyncio.run(_done(make(metadata, url), empty)) if quoted else None)
    finally:
        asyncio.run(_done(make(MetaData(), server), f"DROP SCHEMA {name} CASCADE"))


async def _done(database: Database, statement: str) -> None:
    try:
        await database.write(lambda unit: unit.connection.exec_driver_sql(statement))
    finally:
        await database.close()


async def _closed(database: Database) -> None:
    await database.close()
