"""The life of ``up``: start everything, keep it running, follow changes, stop cleanly when asked."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fountaingen.supervisor.fleet import Fleet
from fountaingen.supervisor.process import Patience
from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import Rebuilt, Unit
from fountaingen.supervisor.watch import Snapshot, changes

_READY = "ready; press Ctrl-C to stop"


@dataclass(frozen=True)
class Watching:
    """Which folders below ``root`` to follow, how they were when everything was last built, and how to build anew.

    ``rebuild`` returns None where the build failed, having said why.
    """

    root: Path
    folders: tuple[Path, ...]
    known: Snapshot = field(repr=False)
    rebuild: Callable[[], Rebuilt | None]


async def supervise(
    units: Sequence[Unit],
    screen: Screen,
    announce: Callable[[Sequence[Unit]], None],
    watching: Watching | None = None,
    patience: Patience | None = None,
) -> int:
    """Run ``units`` until SIGINT, SIGTERM or SIGHUP and return the exit code: 0 after a clean stop.

    ``announce`` is called with the units that run once all are ready, and again after each change. The code is 1 where
    a service could not be started at the beginning, or where every service died too often. A second signal while
    stopping ends the services at once. Must run in the main thread, which is the only one that hears signals.
    """
    fleet = Fleet(screen, patience or Patience())
    asked = asyncio.Event()
    with _signals(asked, fleet.kill):
        try:
            return await _live(fleet, units, asked, _Duties(screen, announce, watching))
        finally:
            screen.event("stopping")
            await fleet.stop()


@dataclass(frozen=True)
class _Duties:
    screen: Screen
    announce: Callable[[Sequence[Unit]], None]
    watching: Watching | None


async def _live(fleet: Fleet, units: Sequence[Unit], asked: asyncio.Event, duties: _Duties) -> int:
    stop = asyncio.create_task(asked.wait())
    starting = asyncio.create_task(fleet.start(units))
    if await _first(stop, starting) is stop:
        return 0
    if not starting.result():
        return 1
    duties.announce(fleet.units)
    duties.screen.event(_READY)
    living = asyncio.create_task(_follow(fleet, asked, duties) if duties.watching else fleet.deserted())
    if await _first(stop, living) is stop or asked.is_set():
        return 0
    living.result()
    duties.screen.failure("no service is left")
    return 1


async def _first(one: "asyncio.Task[Any]", other: "asyncio.Task[Any]") -> "asyncio.Task[Any]":
    """Wait for either task, the first one having precedence; when that is done or we are cancelled, end the other."""
    try:
        await asyncio.wait({one, other}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not other.done():
            other.cancel()
            await asyncio.wait({other})
    return one if one.done() else other


async def _follow(fleet: Fleet, asked: asyncio.Event, duties: _Duties) -> None:
    """Build anew whenever what people write changes, and run what came of it; a failed build leaves all as it is."""
    watching, screen = duties.watching, duties.screen
    if watching is None:
        return
    async for paths in changes(watching.folders, watching.known, asked):
        names = ", ".join(path.relative_to(watching.root).as_posix() for path in paths[:3])
        screen.event(f"{names}{' and more' if paths[3:] else ''} changed: building")
        rebuilt = await _built(watching.rebuild, screen)
        if rebuilt is None:
            continue
        restarted = ", ".join(sorted(rebuilt.changed))
        screen.event(f"restarting {restarted}" if restarted else "nothing to restart")
        are_ready = await fleet.apply(rebuilt)
        duties.announce(fleet.units)
        screen.event(_READY if are_ready else "what did not start is tried again after the next change")


async def _built(rebuild: Callable[[], Rebuilt | None], screen: Screen) -> Rebuilt | None:
    try:
        rebuilt = await asyncio.to_thread(rebuild)
    except Exception as error:
        # A fault of the generator itself must not take down the services that run.
        screen.failure(f"the build failed: {type(error).__name__}: {error}")
        rebuilt = None
    if rebuilt is None:
        screen.event("the build failed: what was running goes on")
    return rebuilt


@contextmanager
def _signals(asked: asyncio.Event, insisted: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    heard = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def hear() -> None:
        if asked.is_set():
            insisted()
        asked.set()

    for number in heard:
        loop.add_signal_handler(number, hear)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
