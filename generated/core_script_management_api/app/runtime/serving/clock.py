"""The time by which callers are judged: looked at now and then, so that no request pays for it."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

Listener = Callable[[float], None]
"""What is called at every tick, with the seconds that have passed since the one before."""


class Clock:
    """Seconds that a process has served, as of the last tick, which comes every ``interval`` seconds.

    While the process was held up, callers could not be served: that time is not held against them.
    """

    def __init__(self, interval: float) -> None:
        self.now = 0.0
        self._interval = interval
        self._last = 0.0
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None

    def each(self, listener: Listener) -> None:
        """Call ``listener`` at every tick."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to tick; needs a running loop."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        self._timer = loop.call_later(self._interval, self._tick, loop)

    def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._interval, self._tick, loop)
        now = loop.time()
        passed, self._last = now - self._last, now
        self.advance(min(passed, 2 * self._interval))

    def advance(self, passed: float) -> None:
        """Let so many seconds have passed."""
        self.now += passed
        for listener in self._listeners:
            try:
                listener(passed)
            except Exception:
                logger.exception("what is late could not be looked after")
