"""One run: the service and those it calls, started on fresh databases, examined, and stopped again."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from fountaingen.supervisor.fleet import Fleet
from fountaingen.supervisor.process import Patience
from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import ServiceUnit
from fountaingen.verification.messages import Event, Job
from fountaingen.verification.process import WorkerFailed, found


class NotRun(Exception):
    """The examination could not be made, or not to its end; ``last_output`` says more where anything does."""

    def __init__(self, reason: str, last_output: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.last_output = tuple(last_output)


@dataclass(frozen=True)
class Bounds:
    """How long one service may take to be examined, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Plan:
    """What runs while a service is examined, and what is done: ``first`` jobs fill those it calls, and are not told."""

    units: tuple[ServiceUnit, ...]
    job: Job
    first: tuple[Job, ...] = ()


def examine(plan: Plan, folder: Path, bounds: Bounds, hear: Callable[[Event], None]) -> str:
    """Start the plan's units, tell ``hear`` all that Schemathesis finds doing its job, and stop them.

    ``folder`` takes what is left behind. Returns what the services wrote. Must run in the main thread.

    Raises:
        NotRun: a service does not start, Schemathesis breaks down, time is up, or somebody interrupted.
    """
    return asyncio.run(_interruptible(_examine(plan, folder, bounds, hear)))


async def _examine(plan: Plan, folder: Path, bounds: Bounds, hear: Callable[[Event], None]) -> str:
    async with _running(plan.units) as written:
        try:
            async with asyncio.timeout(bounds.seconds):
                for job in plan.first:
                    async for _ in found(job, folder):
                        pass
                async for event in found(plan.job, folder):
                    hear(event)
        except TimeoutError:
            raise NotRun(f"not done within {bounds.seconds:g} seconds") from None
        except WorkerFailed as failed:
            raise NotRun(str(failed), failed.last_output) from None
    return written.getvalue()


@asynccontextmanager
async def _running(units: Sequence[ServiceUnit]) -> AsyncIterator[StringIO]:
    written = StringIO()
    fleet = Fleet(Screen(written, written), Patience(stop=2.0, courtesy=0.0))
    try:
        if not await fleet.start(units):
            raise NotRun("a service does not start", written.getvalue().splitlines()[-30:])
        yield written
    finally:
        await fleet.stop()


async def _interruptible(work: Awaitable[str]) -> str:
    task = asyncio.ensure_future(work)
    with _signals(task.cancel):
        try:
            return await task
        except asyncio.CancelledError:
            raise NotRun("interrupted") from None


@contextmanager
def _signals(heard: Callable[[], object]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
