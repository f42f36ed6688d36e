"""One run: the service and those it calls, started on fresh databases, examined, and stopped again."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
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


def examine(
    job: Job, units: Sequence[ServiceUnit], folder: Path, bounds: Bounds, hear: Callable[[Event], None]
) -> Mapping[str, str]:
    """Start ``units``, tell ``hear`` all that Schemathesis finds doing ``job``, and stop them.

    ``folder`` takes what is left behind. Returns what the services wrote, by name. Must run in the main thread.

    Raises:
        NotRun: a service does not start, Schemathesis breaks down, time is up, or somebody interrupted.
    """
    return asyncio.run(_interruptible(_examine(job, units, folder, bounds, hear)))


async def _examine(
    job: Job, units: Sequence[ServiceUnit], folder: Path, bounds: Bounds, hear: Callable[[Event], None]
) -> Mapping[str, str]:
    async with _running(units) as logs:
        try:
            async with asyncio.timeout(bounds.seconds):
                async for event in found(job, folder):
                    hear(event)
        except TimeoutError:
            raise NotRun(f"not done within {bounds.seconds:g} seconds") from None
        except WorkerFailed as failed:
            raise NotRun(str(failed), failed.last_output) from None
    return logs


@asynccontextmanager
async def _running(units: Sequence[ServiceUnit]) -> AsyncIterator[dict[str, str]]:
    written = StringIO()
    logs: dict[str, str] = {}
    fleet = Fleet(Screen(written, written), Patience(stop=2.0, courtesy=0.0))
    try:
        if not await fleet.start(units):
            raise NotRun("a service does not start", written.getvalue().splitlines()[-30:])
        yield logs
    finally:
        await fleet.stop()
        logs["all"] = written.getvalue()


async def _interruptible(work: Awaitable[Mapping[str, str]]) -> Mapping[str, str]:
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
