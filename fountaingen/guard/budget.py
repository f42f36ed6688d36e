"""How much work on a contract may take before it is given up."""

import os
import resource
import time
from dataclasses import dataclass
from math import ceil, isnan
from pathlib import Path

_SECONDS = 10.0
_SECONDS_PER_MIB = 15.0
_SECONDS_PER_DENSE_MIB = 150.0
_MOST_DENSE_SECONDS = 30.0
"""Short names and no prose: a hundred kilobytes of such a contract are the work of a megabyte of others."""
_MOST_SECONDS = 600.0
_MEMORY = 2 << 30
_MEMORY_PER_BYTE = 128
_WAITING = 10
"""How many times as long as it may compute a job may take by the clock."""
_FACTOR = "FOUNTAINGEN_LIMITS"


@dataclass(frozen=True)
class Budget:
    """What one job may take: ``seconds`` of CPU, and ``memory``, bytes beyond those that the process begins with."""

    seconds: int
    memory: int

    @classmethod
    def of(cls, size: int) -> "Budget":
        """Return what work on ``size`` bytes of contracts may take: several times what the slowest one known does.

        The environment variable ``FOUNTAINGEN_LIMITS`` multiplies it, by 4 for a machine that is far slower.
        """
        factor = _factor(os.environ.get(_FACTOR, ""))
        mebibytes = size / (1 << 20)
        dense = min(_SECONDS_PER_DENSE_MIB * mebibytes, _MOST_DENSE_SECONDS)
        seconds = min(_SECONDS + dense + _SECONDS_PER_MIB * mebibytes, _MOST_SECONDS)
        return cls(ceil(factor * seconds), round(factor * (_MEMORY + _MEMORY_PER_BYTE * size)))

    @property
    def patience(self) -> float:
        """Seconds by the clock after which the job is given up, whether it computes or waits."""
        return float(self.seconds * _WAITING)


@dataclass(frozen=True)
class Start:
    """What a process had taken when its job began: seconds of CPU, and bytes of addresses (0: it cannot be told)."""

    seconds: float
    memory: int

    @classmethod
    def now(cls) -> "Start":
        """Measure this process."""
        return cls(time.process_time(), _held())

    def impose(self, budget: Budget) -> None:
        """Let the kernel end this process where it computes longer, and refuse it more memory."""
        _limit(resource.RLIMIT_CPU, ceil(self.seconds + budget.seconds))
        if self.memory:
            _limit(resource.RLIMIT_AS, self.memory + budget.memory)


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        return 1.0
    return 1.0 if isnan(factor) else min(max(factor, 0.1), 1000.0)


def _limit(kind: int, wanted: int) -> None:
    _, most = resource.getrlimit(kind)
    resource.setrlimit(kind, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _held() -> int:
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
