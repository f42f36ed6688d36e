"""Jobs done side by side, each outcome in its turn."""

import os
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Generic, TypeVar

from fountaingen.guard.job import Failed, Job, Stopped
from fountaingen.guard.worker import Worker

Result = TypeVar("Result")


def guarded(jobs: Sequence[Job[Result]]) -> Generator[Result | Stopped | Failed, None, None]:
    """Yield the outcome of each job in order; as many are done at once as there are processor cores."""
    if not hasattr(os, "fork"):
        yield from (job.work() for job in jobs)
        return
    pool = _Pool(jobs)
    try:
        for number in range(len(jobs)):
            while number not in pool.outcomes:
                pool.advance()
            yield pool.outcomes.pop(number)
    finally:
        pool.end()


@dataclass(frozen=True)
class _Turn:
    """The job that a worker is at, and when it began."""

    number: int
    began: float


class _Pool(Generic[Result]):
    """Workers, the jobs that wait for one, and the outcomes that are there."""

    def __init__(self, jobs: Sequence[Job[Result]]) -> None:
        self.outcomes: dict[int, Result | Stopped | Failed] = {}
        self._jobs = jobs
        self._waiting = deque(range(len(jobs)))
        self._busy: dict[Worker, _Turn] = {}
        self._idle: list[Worker] = []

    def advance(self) -> None:
        """Give every worker something to do, and take what the first of them has done."""
        while self._waiting and (self._idle or len(self._busy) < _cores()):
            self._begin(self._waiting.popleft())
        left = min(_left(worker, turn) for worker, turn in self._busy.items())
        ready = wait([worker.connection for worker in self._busy], max(left, 0))
        for worker, turn in list(self._busy.items()):
            if worker.connection in ready:
                self._finish(worker, turn, worker.outcome(turn.number))
            elif _left(worker, turn) <= 0:
                self._finish(worker, turn, worker.give_up(turn.number))

    def end(self) -> None:
        """End every process that is left."""
        for worker in (*self._busy, *self._idle):
            worker.end()

    def _begin(self, number: int) -> None:
        worker = self._idle.pop() if self._idle else self._new()
        try:
            worker.begin(number)
        except OSError:  # it was killed while it had nothing to do
            worker.end()
            worker = self._new()
            worker.begin(number)
        self._busy[worker] = _Turn(number, time.monotonic())

    def _new(self) -> Worker:
        return Worker(self._jobs, (*self._busy, *self._idle))

    def _finish(self, worker: Worker, turn: _Turn, outcome: Result | Stopped | Failed) -> None:
        self.outcomes[turn.number] = outcome
        del self._busy[worker]
        if worker.is_alive:
            self._idle.append(worker)
        else:
            worker.end()


def _left(worker: Worker, turn: _Turn) -> float:
    """Return how many seconds a worker may still take; they become more while it reads more."""
    return turn.began + worker.budget(turn.number).patience - time.monotonic()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
