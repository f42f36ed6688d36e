"""Verdicts: how each path of the output folder stands to what it should hold."""

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Verdict(Enum):
    """The seven ways a path can stand to what the build expects, what the manifest records and what lies on disk."""

    CLEAN = "clean"
    MISSING = "missing"
    STRAY = "stray"
    BLOCKED = "blocked"
    EDITED = "edited"
    ORPHAN = "orphan"
    STALE = "stale"

    @property
    def explanation(self) -> str:
        """One lower-case line for the person who reads the verdict."""
        return _EXPLANATIONS[self]

    @property
    def stops_build(self) -> bool:
        """Whether a build refuses to go on, because it would destroy what it did not write."""
        return self in (Verdict.BLOCKED, Verdict.EDITED)

    @property
    def is_drift(self) -> bool:
        """Whether the folder is not what a build would leave; a stray file is none of the build's business."""
        return self not in (Verdict.CLEAN, Verdict.STRAY)


_EXPLANATIONS = MappingProxyType(
    {
        Verdict.CLEAN: "is as it should be",
        Verdict.MISSING: "is not there; a build writes it",
        Verdict.STRAY: "was not generated; a build leaves it alone",
        Verdict.BLOCKED: "was not generated and lies where a generated file belongs; a build stops",
        Verdict.EDITED: "was edited by hand; a build stops",
        Verdict.ORPHAN: "is no longer generated; a build removes it",
        Verdict.STALE: "is out of date; a build rewrites it",
    }
)


@dataclass(frozen=True)
class Finding:
    """The verdict on one path below the output folder."""

    path: str
    verdict: Verdict
