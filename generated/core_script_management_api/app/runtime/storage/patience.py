"""How long statements of SQLite may take: it asks every so many steps, and ends them where it is told to.

A statement that is done in less is never asked about (sqlite.org/c3ref/progress_handler.html). One that writes takes
its whole transaction with it when it is ended (sqlite.org/c3ref/interrupt.html).
"""

import math
from collections.abc import Callable
from sqlite3 import Connection as Driver
from time import monotonic
from typing import Any

from .sessions import is_repeatable

_STEPS = 20_000
"""Of SQLite's virtual machine: a millisecond, or a few."""
_HOLD = 0.1
"""Seconds for which the event loop may be held up by what can be done in a thread as well."""
_REMEMBERED = 10.0
"""Seconds for which a unit of work that took long is done in a thread from the start."""


class Watch:
    """Ends what is done on a connection after ``longest`` seconds, 0 for no end, or when nobody waits for it."""

    __slots__ = ("_begin", "_gone", "_longest")

    def __init__(self, driver: Driver, longest: float) -> None:
        self._longest = longest or math.inf
        self._begin = math.inf
        self._gone: Callable[[], bool] = _never
        driver.set_progress_handler(self._is_over, _STEPS)

    def start(self, gone: "Callable[[], bool] | None" = None) -> None:
        """Let the time of a unit of work begin; ``gone`` tells whether nobody waits for it any more."""
        self._gone = gone or _never
        self._begin = monotonic()

    def stop(self) -> None:
        """Let what follows take as long as it does."""
        self._gone = _never
        self._begin = math.inf

    def _is_over(self) -> int:
        return int(self._gone() or monotonic() - self._begin > self._longest)


class LoopWatch:
    """Ends what is done on the event loop itself: after ``longest`` seconds, sooner where a thread can do it as well.

    ``begin`` and ``work``, the unit and its arguments, are set for each unit; ``ended`` is the ``begin`` of the last
    one that was ended for a thread to do.
    """

    __slots__ = ("_longest", "begin", "ended", "slow", "work")

    def __init__(self, driver: Driver, longest: float) -> None:
        self._longest = longest or math.inf
        self.begin = math.inf
        self.ended = math.nan
        self.slow: dict[Any, float] = {}
        self.work: tuple[Any, tuple[Any, ...]] = (None, ())
        driver.set_progress_handler(self._is_over, _STEPS)

    def takes_long(self, work: Any, arguments: tuple[Any, ...]) -> bool:
        """Whether a unit of work took long a short while ago."""
        name = _name(work, arguments)
        until = self.slow.get(name)
        if until is None:
            return False
        if until < monotonic():
            del self.slow[name]
            return False
        return True

    def _is_over(self) -> int:
        now = monotonic()
        passed = now - self.begin
        if passed < _HOLD:
            return 0
        work, arguments = self.work
        self.slow[_name(work, arguments)] = now + _REMEMBERED
        if is_repeatable(work):
            self.ended = self.begin
            return 1
        return int(passed > self._longest)


def _name(work: Any, arguments: tuple[Any, ...]) -> Any:
    """Return what stands for a function, however often it is made: there are as many as somebody wrote."""
    function = work if is_repeatable(work) or not arguments else arguments[0]
    return getattr(function, "__code__", type(function))


def _never() -> bool:
    return False
