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


class Guest(Protocol):
    """A connection."""

    @property
    def unsent(self) -> int:
        """How many bytes wait for the caller to take them."""
        ...

    def hurry(self) -> None:
        """Refuse what has come of a request, or close where nothing has."""
        ...

    def part(self) -> None:
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


Place = dict[Guest, float]
"""Who waits, since when, the longest first."""


class House:
    """Where connections wait: ``opening`` for a head, ``idle`` for the next request, ``leaving`` to be closed.

    Those in ``sending`` wait for the rest of a body. Whose request is there waits nowhere.
    """

    def __init__(self, limits: Limits, keep_alive: float, clock: Clock, refusal: Refusal) -> None:
        self.clock = clock
        self.limits = limits
        self.refusal = refusal
        self.most = min(limits.connections, _files())
        self.opening: Place = {}
        self.idle: Place = {}
        self.leaving: Place = {}
        self.sending: Place = {}
        self._stalled: dict[Guest, Stall] = {}
        self._keep_alive = keep_alive
        self._ended: Counter[str] = Counter()
        clock.each(self._look)

    def admit(self, guest: Guest, there: int) -> bool:
        """Take in one of ``there`` connections, for whom the one goes that has waited longest; False without room."""
        if there > self.most:
            place = self.idle or self.opening or self.sending
            if not place:
                self._ended["no room"] += 1
                return False
            self._end(place, next(iter(place)), "room for others")
        self.opening[guest] = self.clock.now
        return True

    def forget(self, guest: Guest) -> None:
        """Let go of a connection that is closed."""
        for place in (self.opening, self.idle, self.leaving, self.sending, self._stalled):
            place.pop(guest, None)

    def stall(self, guest: Guest) -> None:
        """Watch how fast an answer is taken."""
        self._stalled[guest] = Stall(self.clock.now, guest.unsent)

    def resume(self, guest: Guest) -> None:
        """Watch no more."""
        self._stalled.pop(guest, None)

    def _look(self, _passed: float) -> None:
        limits = self.limits
        for guest in self._late(self.opening, limits.heading):
            self._ended["a head too slow"] += 1
            guest.hurry()
        for guest in self._late(self.idle, self._keep_alive):
            guest.part()
        for guest in self._late(self.leaving, limits.heading or Limits.heading):
            self._end(self.leaving, guest, "an answer not taken")
        for guest in self._too_slow():
            self._end(self._stalled, guest, "an answer not taken")
        if self._ended:
            reasons = ", ".join(f"{number} for {reason}" for reason, number in sorted(self._ended.items()))
            logger.warning("connections were ended: %s", reasons)
            self._ended.clear()

    def _late(self, place: Place, patience: float) -> list[Guest]:
        latest = self.clock.now - patience
        late: list[Guest] = []
        if patience:
            for guest, since in place.items():
                if since > latest:
                    break
                late.append(guest)
        return late

    def _too_slow(self) -> list[Guest]:
        """Return who has not taken enough in its time, and, where all of them hold too much, the longest of them."""
        sending, slow, held = self.limits.sending, [], {}
        for guest, stall in self._stalled.items():
            unsent = guest.unsent
            if sending and self.clock.now - stall.since >= sending:
                if stall.unsent - unsent < self.limits.rate * sending:
                    slow.append(guest)
                    continue
                stall.since, stall.unsent = self.clock.now, unsent
            held[guest] = unsent
        excess = sum(held.values()) - self.limits.unsent
        for guest, unsent in held.items():
            if excess <= 0:
                break
            slow.append(guest)
            excess -= unsent
        return slow

    def _end(self, place: dict[Guest, float] | dict[Guest, Stall], guest: Guest, reason: str) -> None:
        place.pop(guest, None)
        self._ended[reason] += 1
        guest.cut()


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
