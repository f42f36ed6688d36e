"""Units of work that wait for their turn to be written."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ServiceUnavailable

LARGEST_GROUP = 256


@dataclass(slots=True)
class Job:
    """A unit of work and whoever waits for it; ``repeatable`` tells whether one that was undone can be done again."""

    work: Callable[..., Any]
    future: "asyncio.Future[Any]"
    repeatable: bool = True
    result: Any = None
    error: BaseException | None = None


def next_group(jobs: deque[Job]) -> list[Job]:
    """Take from ``jobs`` those whose turn it is; whoever has gone away is passed over, and none may be left."""
    count = min(len(jobs), LARGEST_GROUP)
    return [job for job in (jobs.popleft() for _ in range(count)) if not job.future.done()]


def emptied(jobs: deque[Job]) -> list[Job]:
    """Take all from ``jobs`` that somebody waits for."""
    taken: list[Job] = []
    while jobs:
        taken += next_group(jobs)
    return taken


def answer(jobs: Iterable[Job]) -> None:
    """Tell everybody who still waits what became of their work, on the loop that they wait on."""
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def contained(error: BaseException) -> Exception:
    """Return what a unit of work raised, as something that a future can hold and that ends its caller alone."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    found = RuntimeError(f"{type(error).__name__} in a unit of work")
    found.__cause__ = error
    return found


def too_many() -> ServiceUnavailable:
    """Return what is told to whoever comes when as many wait as may."""
    return ServiceUnavailable("too many writes are waiting", headers={"Retry-After": "1"})
