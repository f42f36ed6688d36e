"""The backend: what the runtime asks of a database, of a PostgreSQL server."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, MetaData, Text, bindparam, func, inspect, select, text

from ...call import Unit
from ...errors import ApiError
from ..faults import translated, unavailable
from ..options import Options
from ..pool import PoolState
from ..row_keys import maker_of
from ..statements import Statement
from .address import Address
from .connecting import Door, Purpose
from .connections import Held, run
from .driver import DIALECT, FAILURES
from .pool import Pool
from .writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_NEXT = Statement(
    select(
        func.nextval(func.pg_get_serial_sequence(bindparam("table", type_=Text()), bindparam("column", type_=Text())))
    )
)
_PREPARER = DIALECT.identifier_preparer


class PostgreSQL:
    """A database on a server; it is connected to when it is first needed."""

    def __init__(self, address: Address, purpose: Purpose) -> None:
        door = Door(address, purpose)
        options = purpose.options
        self._connect = door.connect
        self._pool = Pool(door.connect, options.pool_size - 1, options.pool_timeout)
        self._writer = Writer(door.connect, options.max_waiting_writes)

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot, in a transaction that cannot write."""
        held = await self._begun()
        try:
            result = await run(work, held.unit, *args, **kwargs)
            await held.driver.execute("COMMIT")
        except Exception as error:
            cause = await _undone(held, error)
            raise cause from error.__cause__
        except BaseException:
            # Whoever asked is gone, and the server may still be at it.
            held.discard()
            raise
        finally:
            self._pool.give(held)
        return result

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in the writer's turn."""
        try:
            result: T = await self._writer.write(lambda unit: work(unit, *args, **kwargs))
        except Exception as error:
            raise translated(error) from error.__cause__
        return result

    async def check(self) -> None:
        """Raise ServiceUnavailable where the server does not answer."""
        await self.read(_ping)

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take the next number of the table's sequence, or a new text where the key is one."""
        mapper = inspect(model)
        if (make := maker_of(model, mapper.get_property_by_column(mapper.primary_key[0]).key)) is not None:
            return make()
        (key,) = mapper.primary_key
        where = {"table": _PREPARER.format_table(key.table), "column": key.name}
        row = _NEXT.first(unit.connection, where)
        return row[0] if row else None

    def pool(self) -> PoolState:
        """Tell of the connections that read and of the one that writes."""
        pool, writer = self._pool, self._writer
        return PoolState(pool.size + 1, pool.taken + writer.busy, pool.waiting + writer.waiting)

    async def close(self) -> None:
        """Commit what is waiting and close all connections."""
        await self._writer.close()
        await self._pool.close()

    async def _begun(self) -> Held:
        """Return a connection of the pool on which a snapshot was taken; one that turns out broken is replaced."""
        held = await self._pool.take()
        try:
            try:
                await held.driver.execute(_SNAPSHOT)
            except FAILURES:
                held.discard()
                held = await self._connect()
                await held.driver.execute(_SNAPSHOT)
        except BaseException as error:
            held.discard()
            self._pool.give(held)
            if isinstance(error, FAILURES):
                raise unavailable() from error
            raise
        return held


def open_postgresql(url: URL, metadata: MetaData, options: Options) -> PostgreSQL:
    """Return the database of ``url``; its tables are looked after when it is first needed."""
    return PostgreSQL(Address.of(url), Purpose(metadata, options))


def _ping(unit: Unit) -> None:
    unit.connection.execute(text("SELECT 1"))


async def _undone(held: Held, error: Exception) -> BaseException:
    """End the transaction of a unit that failed, and return what to tell of it."""
    if held.usable:
        try:
            await held.driver.execute("ROLLBACK")
        except FAILURES:
            held.discard()
    cause = translated(error)
    return cause if held.usable or isinstance(cause, ApiError) else unavailable()
