"""Group commit: one thread writes for everybody, and one fsync acknowledges everybody who was waiting.

A unit of work runs inside a SAVEPOINT of the shared transaction, so that one that fails takes nothing with it. Nobody
is answered before the COMMIT has returned; where it fails, everybody of the group is told so.
"""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from sqlite3 import Connection as Driver
from time import monotonic
from typing import Any

from .faults import ENDED, name_of, of_group, origin, unavailable
from .guard import BEGIN, COMMIT, KEEP, MARK, ROLLBACK, UNDO, Guard
from .jobs import Job, answer, contained, emptied, next_group, too_many
from .options import Options
from .patience import Watch
from .pool import PoolState
from .room import make_room

logger = logging.getLogger(__name__)

# Whoever reads is served all the same, and the next write tells whether it is over.
_PASSING = ("SQLITE_BUSY", "SQLITE_FULL")


_USUAL = Options()
_SHARED = 0.2
"""Seconds for which those who are done wait for others to share a COMMIT with."""


class Upkeep:
    """What is seen to around groups of writes: nothing."""

    def verify(self) -> None:
        """Raise what everybody is told in whose group all went well, but nothing was kept."""

    def repair(self) -> None:
        """Set right what a unit of work that failed may have left behind."""


class _Undone(Exception):
    """A unit of work was ended, and all that was done before it in the same transaction is undone with it."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class GroupWriter:
    """Runs units of work on ``driver`` in a thread of its own, as many in a transaction as are waiting.

    At most so many wait as ``options`` say, and each takes so long at most; whoever comes then is refused.
    """

    def __init__(self, driver: Driver, *, options: Options = _USUAL, upkeep: Upkeep | None = None) -> None:
        self._driver = driver
        self._guard = Guard(driver)
        self._watch = Watch(driver, options.longest)
        self._limit = options.max_waiting_writes
        self._upkeep = upkeep or Upkeep()
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._busy = False
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[], Any], *, repeatable: bool = True) -> Any:
        """Run ``work`` in the writer's turn; returns its result once it is durable.

        It is run again, if it is ``repeatable``, where it had to be undone because another's took too long.

        Raises what ``work`` raised, ServiceUnavailable where the queue is full or the commit failed,
        InsufficientStorage where there was no room.
        """
        job = Job(work, asyncio.get_running_loop().create_future(), repeatable)
        with self._wake:
            if not self._open or len(self._jobs) >= self._limit:
                raise too_many()
            self._jobs.append(job)
            self._wake.notify()
        return await job.future

    @property
    def failing(self) -> bool:
        """Whether the last group was not committed, for a reason that does not pass by itself."""
        return bool(self._fault) and not self._fault.startswith(_PASSING)

    def state(self) -> PoolState:
        """Tell whether a group is being written, and how many units of work wait for the next one."""
        return PoolState(1, int(self._busy), len(self._jobs))

    def close(self) -> None:
        """Commit what is waiting, then stop."""
        with self._wake:
            self._open = False
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        """Serve until closed, whatever happens: a fault of this very code must not leave anybody waiting."""
        going_on = True
        while going_on:
            group: list[Job] = []
            try:
                going_on = self._wait()
                group = next_group(self._jobs)
                self._write(group)
            except BaseException as error:
                group += emptied(self._jobs)
                logger.critical("the writer failed and goes on", exc_info=error)
                _fail(group, error)
            self._busy = False
            _resolve(group)
            if self._fault.startswith("SQLITE_FULL"):
                make_room(self._driver)

    def _wait(self) -> bool:
        """Return when there is something to do, False where nothing will follow it."""
        with self._wake:
            while not self._jobs and self._open:
                self._wake.wait()
            self._busy = bool(self._jobs)
            return self._open or self._busy

    def _write(self, group: list[Job]) -> None:
        left = list(group)
        while left:
            try:
                rest = self._commit(left)
            except _Undone as undone:
                self._undo()
                left = _spared(left, undone.job)
            except BaseException as error:
                self._undo()
                cause = origin(error)
                if name_of(cause).startswith("SQLITE_BUSY"):
                    # Another process holds the database, and has for long: all have waited, not the first of them only.
                    others = emptied(self._jobs)
                    group += others
                    left += others
                self._tell(name_of(cause), len(left))
                _fail(left, cause)
                return
            else:
                if self._fault:
                    self._tell("", len(left))
                if rest:
                    group[:] = [job for job in group if all(job is not each for each in rest)]
                    self._jobs.extendleft(reversed(rest))
                return

    def _commit(self, group: list[Job]) -> list[Job]:
        """Write what can be in a short while, one unit at least; return those whose turn is the next one."""
        driver, guard = self._driver, self._guard
        if driver.in_transaction:
            # The last group could not even be undone.
            driver.execute(ROLLBACK)
        driver.execute(BEGIN)
        until = monotonic() + _SHARED
        rest: list[Job] = []
        for place, job in enumerate(group):
            if place and monotonic() > until:
                rest = group[place:]
                break
            driver.execute(MARK)
            if not self._done(job):
                driver.execute(UNDO)
            driver.execute(KEEP)
            if job.error is not None or guard.refused:
                guard.refused = False
                self._upkeep.repair()
        driver.execute(COMMIT)
        self._upkeep.verify()
        return rest

    def _done(self, job: Job) -> bool:
        """Run one unit, return whether it went well; raises where it took the whole transaction with it."""
        self._guard.up = True
        self._watch.start(job.future.done)
        try:
            job.result = job.work()
        except BaseException as error:
            job.error = contained(error)
            if self._driver.in_transaction:
                return False
            # SQLite itself rolled all of it back (sqlite.org/lang_transaction.html).
            if name_of(cause := origin(error)) == ENDED:
                job.error = contained(cause)
                raise _Undone(job) from error
            # A full or failing disk.
            raise
        finally:
            self._watch.stop()
            self._guard.up = False
        return True

    def _undo(self) -> None:
        with suppress(sqlite3.Error):
            if self._driver.in_transaction:
                self._driver.execute(ROLLBACK)
        self._upkeep.repair()

    def _tell(self, fault: str, size: int) -> None:
        """Say once that writing fails, and once that it does no more."""
        if fault and fault != self._fault:
            logger.error("a group of %d writes was not committed: %s", size, fault)
        elif not fault:
            logger.info("writes are committed again")
        self._fault = fault


def _spared(group: list[Job], culprit: Job) -> list[Job]:
    """Return those of an undone ``group`` that can be written without ``culprit``; the others are told to try again."""
    place = group.index(culprit)
    done = [job for job in group[:place] if job.error is None]
    for job in done:
        job.error = None if job.repeatable else unavailable()
    return [job for job in (*done, *group[place + 1 :]) if job.error is None and not job.future.done()]


def _fail(group: list[Job], error: BaseException) -> None:
    """Have everybody told that nothing was stored: what one's own unit ran into may have been another's, undone too."""
    for job in group:
        job.error = of_group(error, len(group))


def _resolve(group: Iterable[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in group:
        by_loop.setdefault(job.future.get_loop(), []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(answer, jobs)
        except RuntimeError:
            # The loop is closed: nobody is left to be told, and what was committed stays.
            logger.warning("%d writes were committed for a loop that is closed", len(jobs))
