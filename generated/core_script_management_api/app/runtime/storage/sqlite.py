"""SQLite: a held read connection used on the event loop itself, and a writer with group commit.

A read costs a few microseconds, less than handing it to a thread would; a write waits for the disk: it is handed over.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from sqlite3 import Connection as Driver
from sqlite3 import OperationalError
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, MetaData, create_engine, inspect
from sqlalchemy.pool import NullPool

from ..call import Unit
from .faults import translated
from .options import Options
from .pool import PoolState
from .row_keys import maker_of
from .writer import GroupWriter

P = ParamSpec("P")
T = TypeVar("T")

_BUSY = 5000
_ATTEMPTS = 50


class SqliteFile:
    """A database in a file: WAL, synchronous=FULL, foreign keys checked."""

    def __init__(self, url: URL, metadata: MetaData) -> None:
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writing, driver = _connect(url)
        _switch_to_wal(driver)
        driver.execute("PRAGMA synchronous=FULL")
        _create(self._writing, driver, metadata)
        self._reading, self._read_driver = _connect(url)
        self._read_driver.execute("PRAGMA query_only=ON")
        self._unit = Unit(self._reading)
        self._write_unit = Unit(self._writing)
        self._writer = GroupWriter(driver)

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot, here and now."""
        driver = self._read_driver
        driver.execute("BEGIN")
        try:
            return work(self._unit, *args, **kwargs)
        except Exception as error:
            raise translated(error) from error.__cause__
        finally:
            driver.execute("COMMIT")

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in the writer's turn."""
        try:
            result: T = await self._writer.write(partial(work, self._write_unit, *args, **kwargs))
        except Exception as error:
            raise translated(error) from error.__cause__
        return result

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take the next AUTOINCREMENT number, or a new text where the key is one."""
        return new_key(unit, model)

    def pool(self) -> PoolState:
        """Tell of the one connection that writes: reads wait for nothing."""
        return self._writer.state()

    async def close(self) -> None:
        """Commit what is waiting and close both connections."""
        await asyncio.to_thread(self._writer.close)
        _disconnect(self._reading)
        _disconnect(self._writing)


class SqliteMemory:
    """A database in memory: one connection, no disk to wait for, so writes run on the loop as well."""

    def __init__(self, url: URL, metadata: MetaData) -> None:
        self._connection, self._driver = _connect(url)
        _create(self._connection, self._driver, metadata)
        self._unit = Unit(self._connection)

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` here and now; a read that writes is undone."""
        return self._run("ROLLBACK", work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` as one transaction, here and now."""
        return self._run("COMMIT", work, *args, **kwargs)

    def _run(self, end: str, work: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._driver.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._unit, *args, **kwargs)
            self._driver.execute(end)
        except BaseException as error:
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
            raise translated(error) from error.__cause__
        return result

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take the next AUTOINCREMENT number, or a new text where the key is one."""
        return new_key(unit, model)

    def pool(self) -> PoolState:
        """Tell of the one connection, which nothing ever waits for."""
        return PoolState(1, 0, 0)

    async def close(self) -> None:
        """Let go of the database; nothing of it stays."""
        _disconnect(self._connection)


def open_sqlite(url: URL, metadata: MetaData, options: Options) -> SqliteFile | SqliteMemory:
    """Open the database of ``url`` and create the tables that are missing, unless ``options`` say otherwise."""
    if not options.create_tables:
        metadata = MetaData()
    if url.database in (None, "", ":memory:"):
        return SqliteMemory(url, metadata)
    return SqliteFile(url, metadata)


def new_key(unit: Unit, model: type[Any]) -> Any:
    """Move the AUTOINCREMENT counter of ``model`` on and return it: no later row of any process gets this number."""
    mapper = inspect(model)
    if (make := maker_of(model, mapper.get_property_by_column(mapper.primary_key[0]).key)) is not None:
        return make()
    name = mapper.local_table.name
    driver = _driver(unit.connection)
    moved = driver.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ? RETURNING seq", (name,)).fetchall()
    if moved:
        return int(moved[0][0])
    driver.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, 1)", (name,))
    return 1


def _connect(url: URL) -> tuple[Connection, Driver]:
    engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"check_same_thread": False}
    )
    connection = engine.connect()
    # SQLAlchemy sees one transaction that never ends, so that a Session's commit releases a savepoint and no more;
    # where it really begins and ends is decided on the driver's connection.
    connection.begin()
    driver = _driver(connection)
    driver.execute(f"PRAGMA busy_timeout={_BUSY}")
    driver.execute("PRAGMA foreign_keys=ON")
    return connection, driver


def _driver(connection: Connection) -> Driver:
    driver = connection.connection.driver_connection
    if not isinstance(driver, Driver):
        raise TypeError("the connection is not one of sqlite3")
    return driver


def _switch_to_wal(driver: Driver) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            driver.execute("PRAGMA journal_mode=WAL")
        except OperationalError:
            # Another process is switching; SQLite does not wait for that by itself.
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_BUSY / 1000 / _ATTEMPTS)
        else:
            return


def _create(connection: Connection, driver: Driver, metadata: MetaData) -> None:
    driver.execute("BEGIN IMMEDIATE")
    try:
        metadata.create_all(connection)
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


def _disconnect(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()
