"""Units of work that wait for their turn to be written."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

LARGEST_GROUP = 256
LONGEST_QUEUE = 10_000


@dataclass(slots=True)
class Job:
    """A unit of work and whoever waits for it."""

    work: Callable[..., Any]
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


def answer(jobs: Iterable[Job]) -> None:
    """Tell everybody who still waits what became of their work, on the loop that they wait on."""
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
