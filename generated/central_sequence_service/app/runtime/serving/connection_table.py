"""The connections of a process: how many there may be, and who has been waited for long enough."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .clock import Clock
from .limits import Limits

logger = logging.getLogger(__name__)

_SPARE_FILES = 128
"""Open files that are left for all that is no connection: the database, uploads, calls to others."""

Refusal = Callable[[int, str], bytes]
"""Makes an answer, as it is sent, of a status and what is wrong."""


class Watched(Protocol):
    """A connection."""

    @property
    def unsent(self) -> int:
        """How many bytes wait for the caller to take them."""
        ...

    def time_out(self) -> None:
        """Refuse what has come of a request, or close where nothing has."""
        ...

    def close_when_taken(self) -> None:
        """Close when the last answer has been taken."""
        ...

    def cut(self) -> None:
        """End here and now."""
        ...


@dataclass(slots=True)
class Stall:
    """Since when a caller takes too little of an answer, of which ``unsent`` bytes were left then."""

    since: float
    unsent: int


Queue = dict[Watched, float]
"""Who waits, since when, the longest first."""


class ConnectionTable:
    """Where connections wait: ``opening`` for a head, ``idle`` for the next request, ``leaving`` to be closed.

    Those in ``sending`` wait for the rest of a body. Whose request is there waits nowhere.
    """

    def __init__(self, limits: Limits, keep_alive: float, clock: Clock, refusal: Refusal) -> None:
        self.clock = clock
        self.limits = limits
        self.refusal = refusal
        self.most = min(limits.connections, _files())
        self.opening: Queue = {}
        self.idle: Queue = {}
        self.leaving: Queue = {}
        self.sending: Queue = {}
        self._stalled: dict[Watched, Stall] = {}
        self._keep_alive = keep_alive
        self._ended: Counter[str] = Counter()
        clock.each(self._look)

    def admit(self, connection: Watched, there: int) -> bool:
        """Take in one of ``there`` connections, for whom the one goes that has waited longest; False without room."""
        if there > self.most:
            queue = self.idle or self.opening or self.sending
            if not queue:
                self._ended["no room"] += 1
                return False
            self._end(queue, next(iter(queue)), "room for others")
        self.opening[connection] = self.clock.now
        return True

    def forget(self, connection: Watched) -> None:
        """Let go of a connection that is closed."""
        for queue in (self.opening, self.idle, self.leaving, self.sending, self._stalled):
            queue.pop(connection, None)

    def stall(self, connection: Watched) -> None:
        """Watch how fast an answer is taken."""
        self._stalled[connection] = Stall(self.clock.now, connection.unsent)

    def resume(self, connection: Watched) -> None:
        """Watch no more."""
        self._stalled.pop(connection, None)

    def _look(self, _passed: float) -> None:
        limits = self.limits
        for connection in self._late(self.opening, limits.heading):
            self._ended["a head too slow"] += 1
            connection.time_out()
        for connection in self._late(self.idle, self._keep_alive):
            connection.close_when_taken()
        for connection in self._late(self.leaving, limits.heading or Limits.heading):
            self._end(self.leaving, connection, "an answer not taken")
        for connection in self._too_slow():
            self._end(self._stalled, connection, "an answer not taken")
        if self._ended:
            reasons = ", ".join(f"{number} for {reason}" for reason, number in sorted(self._ended.items()))
            logger.warning("connections were ended: %s", reasons)
            self._ended.clear()

    def _late(self, queue: Queue, patience: float) -> list[Watched]:
        latest = self.clock.now - patience
        late: list[Watched] = []
        if patience:
            for connection, since in queue.items():
                if since > latest:
                    break
                late.append(connection)
        return late

    def _too_slow(self) -> list[Watched]:
        """Return who has not taken enough in its time, and, where all of them hold too much, the longest of them."""
        sending, slow, held = self.limits.sending, [], {}
        for connection, stall in self._stalled.items():
            unsent = connection.unsent
            if sending and self.clock.now - stall.since >= sending:
                if stall.unsent - unsent < self.limits.rate * sending:
                    slow.append(connection)
                    continue
                stall.since, stall.unsent = self.clock.now, unsent
            held[connection] = unsent
        excess = sum(held.values()) - self.limits.unsent
        for connection, unsent in held.items():
            if excess <= 0:
                break
            slow.append(connection)
            excess -= unsent
        return slow

    def _end(self, queue: dict[Watched, float] | dict[Watched, Stall], connection: Watched, reason: str) -> None:
        queue.pop(connection, None)
        self._ended[reason] += 1
        connection.cut()


def _files() -> int:
    """Return how many connections there may be for the files that the process may open."""
    try:
        import resource
    except ImportError:
        return Limits.connections
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most == resource.RLIM_INFINITY:
        return 2**31
    return max(most - min(_SPARE_FILES, most // 2), 1)
