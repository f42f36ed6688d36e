"""SQLite: a held read connection used on the event loop itself, and a writer with group commit.

A read costs a few microseconds, less than handing it to a thread would; a write waits for the disk: it is handed over.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, MetaData, inspect
from sqlalchemy.exc import SQLAlchemyError

from ..call import Unit
from ..errors import InsufficientStorage
from .faults import origin, translated
from .opening import connect, create, disconnect, driver_of, make_durable, make_folder, refusal
from .options import Options
from .patience import LoopWatch, Watch
from .pool import PoolState
from .readers import Readers, opened
from .row_keys import maker_of
from .sessions import is_repeatable
from .whereabouts import Whereabouts
from .writer import GroupWriter, Upkeep

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST = 1_000_000


class SqliteFile:
    """A database in a file: WAL, synchronous=FULL, foreign keys checked."""

    def __init__(self, url: URL, metadata: MetaData, options: Options) -> None:
        patience = options.opening
        path = Path(url.database or "")
        with ExitStack() as undo:
            make_folder(path.parent)
            self._writing, driver = connect(url, patience)
            undo.callback(disconnect, self._writing)
            make_durable(driver, patience)
            create(self._writing, driver, metadata)
            self._reading = opened(url)
            undo.callback(self._reading.close)
            self._whereabouts = Whereabouts(_files(path))
            driver.execute(f"PRAGMA busy_timeout={int(min(options.pool_timeout, _LONGEST) * 1000)}")
            undo.pop_all()
        self._watch = LoopWatch(self._reading.driver, options.longest)
        self._readers = Readers(url, options.longest)
        self._write_unit = Unit(self._writing)
        self._writer = GroupWriter(driver, options=options, upkeep=_Upkeep(self._writing, self._whereabouts))

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot, here and now; what turns out to take long is left to a thread."""
        watch = self._watch
        if watch.slow and watch.takes_long(work, args):
            return await self._readers.read(work, *args, **kwargs)
        watch.work = work, args
        watch.begin = begin = monotonic()
        try:
            return self._reading.run(work, *args, **kwargs)
        except Exception as error:
            if watch.ended != begin:
                raise translated(error) from error.__cause__
        return await self._readers.read(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in the writer's turn."""
        try:
            result: T = await self._writer.write(
                partial(work, self._write_unit, *args, **kwargs), repeatable=is_repeatable(work)
            )
        except Exception as error:
            raise translated(error) from error.__cause__
        return result

    async def check(self) -> None:
        """Raise ServiceUnavailable where reads or writes are not done; a full disk is told to those who write only."""
        self._whereabouts.check()
        await self.read(_look)
        if self._writer.failing:
            with suppress(InsufficientStorage):
                await self.write(_touch)

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take the next AUTOINCREMENT number, or a new text where the key is one."""
        return new_key(unit, model)

    def pool(self) -> PoolState:
        """Tell of the one connection that writes: reads wait for nothing."""
        return self._writer.state()

    async def close(self) -> None:
        """Commit what is waiting and close both connections."""
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.close)
        self._reading.close()
        disconnect(self._writing)


class SqliteMemory:
    """A database in memory: one connection, no disk to wait for, so writes run on the loop as well."""

    def __init__(self, url: URL, metadata: MetaData, longest: float = 0.0) -> None:
        self._connection, self._driver = connect(url, 0)
        create(self._connection, self._driver, metadata)
        self._watch = Watch(self._driver, longest)
        self._unit = Unit(self._connection)

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` here and now; a read that writes is undone."""
        return self._run("ROLLBACK", work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` as one transaction, here and now."""
        return self._run("COMMIT", work, *args, **kwargs)

    async def check(self) -> None:
        """Find nothing wrong."""

    def _run(self, end: str, work: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._driver.execute("BEGIN IMMEDIATE")
        self._watch.start()
        try:
            result = work(self._unit, *args, **kwargs)
            self._driver.execute(end)
        except BaseException as error:
            self._watch.stop()
            cause = error
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
            else:
                cause = origin(error)
            repair(self._connection)
            raise translated(cause) from error.__cause__
        return result

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take the next AUTOINCREMENT number, or a new text where the key is one."""
        return new_key(unit, model)

    def pool(self) -> PoolState:
        """Tell of the one connection, which nothing ever waits for."""
        return PoolState(1, 0, 0)

    async def close(self) -> None:
        """Let go of the database; nothing of it stays."""
        disconnect(self._connection)


def open_sqlite(url: URL, metadata: MetaData, options: Options) -> SqliteFile | SqliteMemory:
    """Open the database of ``url`` and create the tables that are missing, unless ``options`` say otherwise.

    Raises DatabaseError where the file is none of SQLite's, ServiceUnavailable where it cannot be opened for now.
    """
    if not options.create_tables:
        metadata = MetaData()
    if url.database in (None, "", ":memory:"):
        return SqliteMemory(url, metadata, options.longest)
    try:
        return SqliteFile(url, metadata, options)
    except Exception as error:
        raise refusal(error) from error


def new_key(unit: Unit, model: type[Any]) -> Any:
    """Move the AUTOINCREMENT counter of ``model`` on and return it: no later row of any process gets this number."""
    mapper = inspect(model)
    if (make := maker_of(model, mapper.get_property_by_column(mapper.primary_key[0]).key)) is not None:
        return make()
    name = mapper.local_table.name
    driver = driver_of(unit.connection)
    moved = driver.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ? RETURNING seq", (name,)).fetchall()
    if moved:
        return int(moved[0][0])
    driver.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, 1)", (name,))
    return 1


class _Upkeep(Upkeep):
    """Sees to one connection that writes and to the files below it."""

    def __init__(self, connection: Connection, whereabouts: Whereabouts) -> None:
        self._connection = connection
        self._whereabouts = whereabouts

    def verify(self) -> None:
        """Raise ServiceUnavailable where what was committed went to files that were taken away."""
        self._whereabouts.check()

    def repair(self) -> None:
        """Set the connection right."""
        repair(self._connection)


def repair(connection: Connection) -> None:
    """Give SQLAlchemy its transaction back that never ends, where a unit of work or a failing disk ended it."""
    before, nested = None, connection.get_nested_transaction()
    while nested is not None and nested is not before:
        # Its savepoint is gone: that is all there is to say of it.
        with suppress(SQLAlchemyError):
            nested.rollback()
        before, nested = nested, connection.get_nested_transaction()
    outer = connection.get_transaction()
    if outer is None or not outer.is_active:
        connection.rollback()
        connection.begin()


def _files(path: Path) -> tuple[Path, ...]:
    """Return the files of an open database, none where it is named by a URI of its own."""
    files = (path, path.with_name(path.name + "-wal"))
    return files if all(each.exists() for each in files) else ()


def _look(unit: Unit) -> None:
    unit.connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()


def _touch(unit: Unit) -> None:
    """Write what is there already."""
    version = unit.connection.exec_driver_sql("PRAGMA user_version").scalar()
    unit.connection.exec_driver_sql(f"PRAGMA user_version={int(version or 0)}")
