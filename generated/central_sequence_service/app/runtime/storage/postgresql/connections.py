"""Connections that are held: SQLAlchemy's, with the driver's below it, on which transactions begin and end."""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from ...call import Unit
from ..statements import RUNNER
from .address import Address
from .driver import FAILURES, Driver, asyncpg
from .statements import DriverRunner

P = ParamSpec("P")
T = TypeVar("T")


class Held:
    """One connection and the unit of work that runs on it."""

    __slots__ = ("_connection", "_forgotten", "driver", "unit")

    def __init__(self, connection: Connection, driver: Driver) -> None:
        self._connection = connection
        self._forgotten = False
        self.driver = driver
        self.unit = Unit(connection)

    @property
    def usable(self) -> bool:
        """Whether nothing is known to be wrong with it: the driver notices when the server hangs up."""
        return not self.driver.is_closed()

    def discard(self) -> None:
        """Let go of it without a word to the server, which may not be there."""
        self.driver.terminate()
        self._forget()

    async def close(self) -> None:
        """End it as the server expects it."""
        try:
            await self.driver.close(timeout=1.0)
        except FAILURES:
            self.driver.terminate()
        self._forget()

    def _forget(self) -> None:
        # SQLAlchemy lets go by itself of a connection that it saw break.
        if not (self._forgotten or self._connection.invalidated or self._connection.closed):
            self._connection.detach()
        self._forgotten = True


def engine_on(address: Address) -> Engine:
    """Return an engine whose statements commit by themselves; it works inside ``run`` only."""

    async def connect() -> Any:
        return await asyncpg.connect(**address.arguments())

    made = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    return made.sync_engine


class Connector:
    """Makes connections to one server."""

    def __init__(self, address: Address) -> None:
        self._engine = engine_on(address)

    async def connect(self) -> Held:
        """Return a new connection; raises what the driver and SQLAlchemy raise."""
        held: Held = await greenlet_spawn(self._connect)
        return held

    def _connect(self) -> Held:
        connection = self._engine.connect()
        # As on SQLite, SQLAlchemy sees one transaction that never ends, so that a Session's commit releases a
        # savepoint and no more; where it really begins and ends is decided on the driver's connection.
        connection.begin()
        driver: Any = connection.connection.driver_connection
        connection.info[RUNNER] = DriverRunner(driver)
        return Held(connection, driver)


async def run(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a plain function that waits for the server where it has to."""
    result: T = await greenlet_spawn(partial(work, *args, **kwargs))
    return result
