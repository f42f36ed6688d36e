"""Counting requests: plain numbers that the event loop alone touches, read when somebody asks for metrics."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..contract import Operation
from ..storage.pool import PoolState

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of durations, in seconds; one more bucket holds what took longer."""

PAGE = "(page)"
"""What stands for an operation where a page beside the contract answered: /health, /metrics …"""
UNMATCHED = "(unmatched)"
"""What stands for an operation where the contract has none; text from outside never names one."""
OTHER_METHOD = "_OTHER"
"""What stands for a method that the service does not know (as in OpenTelemetry's conventions)."""


class Tally:
    """The requests of one operation and method: how many by status, durations in ``buckets`` and in ``seconds``.

    ``broken`` are streams that broke after their status was sent.
    """

    __slots__ = ("broken", "buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: defaultdict[int, int] = defaultdict(int)
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.broken = 0

    @property
    def errors(self) -> int:
        """How many answers were a 5xx, or broke."""
        return self.broken + sum(number for status, number in self.statuses.items() if status >= 500)

    def count(self, status: int, seconds: float) -> None:
        """Count one request."""
        self.statuses[status] += 1
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def add(self, other: "Tally") -> None:
        """Add what another process counted."""
        for status, number in other.statuses.items():
            self.statuses[status] += number
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds
        self.broken += other.broken

    def written(self) -> list[Any]:
        """Return the numbers as JSON values."""
        return [list(self.statuses.items()), self.buckets, self.seconds, self.broken]

    @staticmethod
    def read(written: list[Any]) -> "Tally":
        """Return what ``written`` wrote; raises TypeError or ValueError for anything else."""
        tally = Tally()
        statuses, buckets, seconds, broken = written
        tally.statuses.update((int(status), int(number)) for status, number in statuses)
        tally.buckets = [int(each) for each in buckets]
        if len(tally.buckets) != len(BOUNDS) + 1:
            raise ValueError("the buckets are those of another version")
        tally.seconds, tally.broken = float(seconds), int(broken)
        return tally


class Traffic:
    """The requests of one process. One event loop counts; no lock is needed.

    ``matched`` is what an operation's own method is counted in, ``heads`` its HEAD, by operationId.
    """

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self.in_flight = 0
        self.matched = {each.id: Tally() for each in operations}
        self.heads = {each.id: self.matched[each.id] if each.method == "HEAD" else Tally() for each in operations}
        self._others: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        self._methods = {each.id: each.method for each in operations}

    def other(self, name: str, method: str) -> Tally:
        """Return what is counted for PAGE or UNMATCHED; the methods must be known ones, or OTHER_METHOD."""
        return self._others[name, method]

    @property
    def tallies(self) -> Mapping[tuple[str, str], Tally]:
        """Return everything counted, by operation and method."""
        return {
            **{(_label(name), "HEAD"): tally for name, tally in self.heads.items() if tally.statuses},
            **{(_label(name), self._methods[name]): tally for name, tally in self.matched.items()},
            **self._others,
        }


def _label(operation_id: str) -> str:
    """Return what an operation is called in metrics: never what PAGE and UNMATCHED are, whatever its id."""
    return f"({operation_id}" if operation_id.startswith("(") else operation_id


@dataclass(frozen=True)
class Reading:
    """What one process, or several together, have to tell; ``processor`` is the time that they computed, in seconds."""

    tallies: Mapping[tuple[str, str], Tally]
    in_flight: int
    pool: PoolState | None
    processor: float

    def written(self) -> dict[str, Any]:
        """Return the reading as JSON values; operations that nobody called are left out."""
        return {
            "tallies": [[*key, tally.written()] for key, tally in self.tallies.items() if tally.statuses],
            "in_flight": self.in_flight,
            "pool": self.pool,
            "processor": self.processor,
        }

    @staticmethod
    def read(written: Mapping[str, Any]) -> "Reading":
        """Return what ``written`` wrote; raises KeyError, TypeError or ValueError for anything else."""
        pool = written["pool"]
        return Reading(
            {(str(name), str(method)): Tally.read(tally) for name, method, tally in written["tallies"]},
            int(written["in_flight"]),
            None if pool is None else PoolState(*map(int, pool)),
            float(written["processor"]),
        )

    def ended(self) -> "Reading":
        """Return what stays of a process that is gone: what it counted, nothing of what it was doing."""
        return replace(self, in_flight=0, pool=None)

    @staticmethod
    def together(readings: Iterable["Reading"]) -> "Reading":
        """Return the sums."""
        tallies: dict[tuple[str, str], Tally] = {}
        in_flight, processor, pools = 0, 0.0, []
        for reading in readings:
            for key, tally in reading.tallies.items():
                tallies.setdefault(key, Tally()).add(tally)
            in_flight += reading.in_flight
            processor += reading.processor
            if reading.pool is not None:
                pools.append(reading.pool)
        pool = PoolState(*map(sum, zip(*pools, strict=True))) if pools else None
        return Reading(tallies, in_flight, pool, processor)
