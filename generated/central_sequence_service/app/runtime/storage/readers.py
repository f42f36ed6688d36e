"""Threads that read from a SQLite file what would hold the event loop up; SQLite works without Python's lock."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from sqlite3 import Connection as Driver
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection

from ..call import Unit
from .faults import translated
from .opening import connect, disconnect
from .patience import Watch

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 4
READ_PATIENCE = 0.25
"""Seconds: a read waits for nothing but another process that starts or recovers the file."""


class Reading:
    """A connection that reads, and the unit of work that runs on it."""

    __slots__ = ("_connection", "driver", "unit")

    def __init__(self, connection: Connection, driver: Driver) -> None:
        driver.execute("PRAGMA query_only=ON")
        self._connection = connection
        self.driver = driver
        self.unit = Unit(connection)

    def run(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot; raises what it raises."""
        driver = self.driver
        try:
            driver.execute("BEGIN")
            return work(self.unit, *args, **kwargs)
        finally:
            # A failing disk may have ended it.
            if driver.in_transaction:
                driver.execute("COMMIT")

    def close(self) -> None:
        """Let go of the connection."""
        disconnect(self._connection)


def opened(url: URL) -> Reading:
    """Return a new connection that reads from the file of ``url``."""
    connection, driver = connect(url, READ_PATIENCE)
    try:
        return Reading(connection, driver)
    except BaseException:
        disconnect(connection)
        raise


class Readers:
    """A few threads, each with a connection while it reads; a unit of work ends after ``longest`` seconds."""

    def __init__(self, url: URL, longest: float) -> None:
        self._url = url
        self._longest = longest
        self._threads = ThreadPoolExecutor(_MOST, "reader")
        self._free: list[tuple[Reading, Watch]] = []
        self._closing = False

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot, in a thread; it is ended where nobody waits for it any more."""
        waited_for = True

        def gone() -> bool:
            return self._closing or not waited_for

        context = contextvars.copy_context()
        run = partial(self._run, gone, work, *args, **kwargs)
        try:
            result: T = await asyncio.get_running_loop().run_in_executor(self._threads, context.run, run)
        except Exception as error:
            raise translated(error) from error.__cause__
        finally:
            waited_for = False
        return result

    def close(self) -> None:
        """End what is read and let go of all connections."""
        self._closing = True
        self._threads.shutdown(cancel_futures=True)
        while self._free:
            self._free.pop()[0].close()

    def _run(
        self, gone: Callable[[], bool], work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        reading, watch = self._taken()
        try:
            watch.start(gone)
            return reading.run(work, *args, **kwargs)
        finally:
            watch.stop()
            self._free.append((reading, watch))

    def _taken(self) -> tuple[Reading, Watch]:
        try:
            return self._free.pop()
        except IndexError:
            reading = opened(self._url)
            return reading, Watch(reading.driver, self._longest)
