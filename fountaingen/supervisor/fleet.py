"""Every service that should run: started together, each kept running, restarted where changed, stopped in order."""

import asyncio
from collections import deque
from collections.abc import Sequence

from fountaingen.supervisor.process import Patience, Running, StartFailed, described
from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import Rebuilt, ServiceUnit, Unit


class Keeper:
    """Keeps one service running: one that dies is reported and started again, a few times a minute."""

    def __init__(self, unit: Unit, screen: Screen, patience: Patience) -> None:
        self.unit = unit
        self._screen = screen
        self._patience = patience
        self._running: Running | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._starts: deque[float] = deque(maxlen=len(patience.backoff))

    @property
    def is_running(self) -> bool:
        """Whether there is a process now."""
        return self._running is not None

    async def start(self) -> None:
        """Start the service and return when it is ready; raises StartFailed."""
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def given_up(self) -> None:
        """Return when the service died and will not be started again."""
        if self._keeping:
            await asyncio.wait({self._keeping})

    async def begin_stop(self) -> None:
        """Ask the service to end, without waiting longer than courtesy for it."""
        if self._keeping:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        if self._running:
            self._running.terminate()
            await self._running.ends_within(self._patience.courtesy)

    async def finish_stop(self) -> None:
        """Wait for the service to end, and kill it where it does not."""
        if self._running:
            await self._running.stop(self._patience)

    def kill(self) -> None:
        """End the service at once."""
        if self._running:
            self._running.kill()

    async def _keep(self) -> None:
        while self._running:
            code = await self._running.ended()
            self._running = None
            self._screen.failure(f"'{self.unit.name}' stopped by itself, {described(code)}")
            await self._start_again()

    async def _start_again(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._running:
            recent = [moment for moment in self._starts if moment > loop.time() - self._patience.window]
            if len(recent) == len(self._patience.backoff):
                self._screen.failure(f"'{self.unit.name}' stopped too often and stays down; the others go on")
                return
            wait = self._patience.backoff[len(recent)]
            self._screen.event(f"starting '{self.unit.name}' again in {wait:g} s")
            await asyncio.sleep(wait)
            self._starts.append(loop.time())
            try:
                await self._start()
            except StartFailed as failed:
                report_failure(failed, self._screen)
            else:
                self._screen.event(f"'{self.unit.name}' is running again at {self.unit.url}")

    async def _start(self) -> None:
        self._running = await Running.spawn(self.unit, self._screen)
        try:
            await self._running.until_ready(self._patience.ready)
        except StartFailed:
            await self._running.stop(self._patience)
            self._running = None
            raise


class Fleet:
    """The services of a project that run now."""

    def __init__(self, screen: Screen, patience: Patience) -> None:
        self._screen = screen
        self._patience = patience
        self._keepers: dict[str, Keeper] = {}

    async def start(self, units: Sequence[Unit]) -> bool:
        """Start ``units`` together; report those that fail, and tell whether all are ready."""
        self._screen.know([unit.name for unit in units])
        keepers = {unit.name: Keeper(unit, self._screen, self._patience) for unit in units}
        self._keepers |= keepers
        starts = [asyncio.create_task(keeper.start()) for keeper in keepers.values()]
        try:
            results = await asyncio.gather(*starts, return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.wait(starts)
            raise
        for result in results:
            if isinstance(result, StartFailed):
                report_failure(result, self._screen)
            elif result is not None:
                raise result
        return not any(results)

    @property
    def units(self) -> tuple[Unit, ...]:
        """What runs, the called before their callers."""
        return tuple(keeper.unit for keeper in self._keepers.values() if keeper.is_running)

    async def apply(self, rebuilt: Rebuilt) -> bool:
        """Stop what is gone, restart what changed, start what is new; what did not change goes on undisturbed.

        Returns whether all that was started is ready.
        """
        units = {unit.name: unit for unit in rebuilt.all}
        same = [
            name
            for name, keeper in self._keepers.items()
            if name not in rebuilt.changed and units.get(name) == keeper.unit
        ]
        await self._stop([keeper for name, keeper in self._keepers.items() if name not in same])
        self._keepers = {name: self._keepers[name] for name in units if name in same}
        are_ready = await self.start([unit for name, unit in units.items() if name not in same])
        self._keepers = {name: self._keepers[name] for name in units}
        return are_ready

    async def deserted(self) -> None:
        """Return when every service was given up."""
        for keeper in list(self._keepers.values()):
            if isinstance(keeper.unit, ServiceUnit):
                await keeper.given_up()

    async def stop(self) -> None:
        """Stop every service, callers before those they call."""
        await self._stop(list(self._keepers.values()))

    def kill(self) -> None:
        """End every service at once."""
        for keeper in self._keepers.values():
            keeper.kill()

    async def _stop(self, keepers: Sequence[Keeper]) -> None:
        for keeper in reversed(keepers):
            await keeper.begin_stop()
        if keepers:
            await asyncio.wait([asyncio.create_task(keeper.finish_stop()) for keeper in keepers])


def report_failure(failed: StartFailed, screen: Screen) -> None:
    """Write why a service did not start, and what it wrote last."""
    screen.failure(f"'{failed.unit.name}' {failed.reason}", failed.last_output)
