"""Group commit, as on SQLite, across processes: units of work that wait are one transaction, and one lock orders all.

A unit runs inside a SAVEPOINT, so that one that fails takes nothing with it. Nobody is answered before the COMMIT has
returned; where it is not known what became of it, everybody is told that it failed.
"""

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ...call import Unit
from ...errors import ApiError
from ..faults import of_group, unavailable
from ..jobs import Job, answer, contained, emptied, next_group, too_many
from .connections import Held, run
from .driver import FAILURES, Driver, asyncpg
from .lock import END, LOCK

logger = logging.getLogger(__name__)

_UNREACHABLE: tuple[type[Exception], ...] = (ApiError, *FAILURES)


class Writer:
    """Runs units of work on one connection, as many in a transaction as are waiting."""

    def __init__(self, connect: Callable[[], Awaitable[Held]], limit: int) -> None:
        self._connect = connect
        self._limit = limit
        self._held: Held | None = None
        self._jobs: deque[Job] = deque()
        self._open = True
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a group is being written."""
        return self._task is not None

    @property
    def waiting(self) -> int:
        """How many units of work wait for the next group."""
        return len(self._jobs)

    async def write(self, work: Callable[[Unit], Any]) -> Any:
        """Run ``work`` in its turn; returns its result once it is durable.

        Raises what ``work`` raised, or ServiceUnavailable where the queue is full or the commit failed.
        """
        if not self._open or len(self._jobs) >= self._limit:
            raise too_many()
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future())
        self._jobs.append(job)
        if self._task is None:
            # In a context of its own: what is logged for others must not carry the id of this request.
            self._task = loop.create_task(self._run(), context=contextvars.Context())
        return await job.future

    async def close(self) -> None:
        """Commit what is waiting, then stop."""
        self._open = False
        if self._task is not None:
            await self._task
        if self._held is not None:
            await self._held.close()
            self._held = None

    async def _run(self) -> None:
        try:
            while self._jobs:
                group = next_group(self._jobs)
                try:
                    await self._commit(group)
                except BaseException as error:
                    if isinstance(error, Exception):
                        self._abandon(group, error)
                    else:
                        # The loop ends: nobody comes after this who would write what waits.
                        self._abandon(group + emptied(self._jobs), error)
                        raise
                else:
                    answer(group)
        finally:
            self._task = None

    async def _commit(self, group: list[Job]) -> None:
        if len(group) < 2:
            for job in group:
                await self._commit_one(job)
            return
        held = await self._begun("; SAVEPOINT unit")
        for job in group[:-1]:
            await self._work(job, held)
            await _settle(job, held.driver, "SAVEPOINT unit")
        await self._work(group[-1], held)
        await _settle(group[-1], held.driver, "COMMIT")

    async def _commit_one(self, job: Job) -> None:
        held = await self._begun("")
        await self._work(job, held)
        if job.error is not None:
            await held.driver.execute("ROLLBACK")
        elif await held.driver.execute("COMMIT") != "COMMIT":
            # In a transaction that the unit broke and went on with, COMMIT undoes it, and is no error.
            raise _went_on()

    async def _begun(self, more: str) -> Held:
        """Return the connection, inside a transaction that holds the lock; a broken one is replaced."""
        # Every statement after the lock has to see what its last holder committed, whatever a role's settings say.
        text = f"BEGIN ISOLATION LEVEL READ COMMITTED; {LOCK}{more}"
        if self._held is not None and self._held.usable:
            try:
                await self._held.driver.execute(text)
            except asyncpg.LockNotAvailableError:
                raise
            except FAILURES:
                self._held.discard()
            else:
                return self._held
        self._held = await self._connect()
        await self._held.driver.execute(text)
        return self._held

    async def _work(self, job: Job, held: Held) -> None:
        """Run one unit until it is done or nobody waits for it; raises where the connection did not survive it."""
        endings: list[asyncio.Task[None]] = []
        is_over = False

        def end(_future: "asyncio.Future[Any]") -> None:
            if not is_over:
                endings.append(asyncio.create_task(self._end()))

        job.future.add_done_callback(end)
        try:
            job.result = await run(job.work, held.unit)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            job.error = contained(error) if held.usable else unavailable()
            if not held.usable:
                raise job.error from error
        finally:
            is_over = True
            job.future.remove_done_callback(end)
            for each in endings:
                # It must not come too late, and end what follows.
                await each

    async def _end(self) -> None:
        """Have the server end what it is doing for the unit at work: an error, after which the connection is good."""
        try:
            other = await self._connect()
            try:
                await other.driver.execute(END)
            finally:
                await other.close()
        except _UNREACHABLE:
            # The server ends it by itself when it takes too long: statement_timeout.
            logger.warning("a write that nobody waits for could not be ended")

    def _abandon(self, group: list[Job], error: BaseException) -> None:
        lost = isinstance(error, FAILURES)
        for job in group:
            told = of_group(error, len(group))
            job.error = (
                told if isinstance(told, ApiError) or (not lost and isinstance(error, Exception)) else unavailable()
            )
        if group and not isinstance(group[0].error, ApiError):
            logger.error("a write was not committed", exc_info=error)
        answer(group)
        held, self._held = self._held, None
        if held is not None:
            # What state it is in nobody knows.
            held.discard()


async def _settle(job: Job, driver: Driver, then: str) -> None:
    """Keep what a unit did, or undo it, and go on with ``then``."""
    if job.error is None:
        try:
            await driver.execute(f"RELEASE unit; {then}")
        except asyncpg.InFailedSQLTransactionError as error:
            job.error = _went_on()
            job.error.__cause__ = error
        else:
            return
    again = "" if then.startswith("SAVEPOINT") else f"; {then}"
    await driver.execute(f"ROLLBACK TO unit{again}")


def _went_on() -> RuntimeError:
    return RuntimeError("a statement failed, and the unit of work went on as if it had not")
