"""Group commit: one thread writes for everybody, and one fsync acknowledges everybody who was waiting.

A unit of work runs inside a SAVEPOINT of the shared transaction, so that one that fails takes nothing with it. Nobody
is answered before the COMMIT has returned.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from sqlite3 import Connection as Driver
from typing import Any

from ..errors import ApiError, ServiceUnavailable
from .faults import translated
from .jobs import LARGEST_GROUP, LONGEST_QUEUE, Job, answer
from .pool import PoolState

logger = logging.getLogger(__name__)


class GroupWriter:
    """Runs units of work on ``driver`` in a thread of its own, as many in a transaction as are waiting."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[], Any]) -> Any:
        """Run ``work`` in the writer's turn; returns its result once it is durable.

        Raises what ``work`` raised, or ServiceUnavailable where the queue is full or the commit failed.
        """
        job = Job(work, asyncio.get_running_loop().create_future())
        with self._wake:
            if not self._open or len(self._jobs) >= LONGEST_QUEUE:
                raise ServiceUnavailable("too many writes are waiting", headers={"Retry-After": "1"})
            self._jobs.append(job)
            self._wake.notify()
        return await job.future

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
        while group := self._next_group():
            try:
                self._commit(group)
            except BaseException as error:
                self._abandon(group, error)
            self._busy = False
            _resolve(group)

    def _next_group(self) -> list[Job]:
        with self._wake:
            while not self._jobs and self._open:
                self._wake.wait()
            self._busy = bool(self._jobs)
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), LARGEST_GROUP))]

    def _commit(self, group: list[Job]) -> None:
        driver = self._driver
        driver.execute("BEGIN IMMEDIATE")
        for job in group:
            driver.execute("SAVEPOINT unit")
            try:
                job.result = job.work()
            except BaseException as error:
                # A future refuses to hold StopIteration.
                job.error = RuntimeError("StopIteration") if isinstance(error, StopIteration) else error
                if not driver.in_transaction:
                    # SQLite itself rolled all of it back: a full or failing disk (sqlite.org/lang_transaction.html).
                    raise
                driver.execute("ROLLBACK TO unit")
            driver.execute("RELEASE unit")
        driver.execute("COMMIT")

    def _abandon(self, group: list[Job], error: BaseException) -> None:
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")
        cause = translated(error)
        if not isinstance(cause, ApiError):
            logger.error("a group of %d writes was not committed", len(group), exc_info=error)
        for job in group:
            job.error = job.error or cause


def _resolve(group: list[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in group:
        by_loop.setdefault(job.future.get_loop(), []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(answer, jobs)
        except RuntimeError:
            # The loop is closed: nobody is left to be told, and what was committed stays.
            logger.warning("%d writes were committed for a loop that is closed", len(jobs))
