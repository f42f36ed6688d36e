"""Scenes: what lies on the disk, the command that is run, and what must hold whatever goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .disk import Thing
from .injector import BROKEN, INTERRUPTED, Job, Outcome
from .kinds import Lack


class Scene(Protocol):
    """One command in one situation; ``project`` is a folder that exists and is empty before ``prepare``."""

    @property
    def name(self) -> str:
        """What it is called in the table: the command, then the situation."""

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What the file system cannot do."""

    def prepare(self, project: Path) -> None:
        """Make the folder what it is before the command."""

    def job(self, project: Path) -> Job:
        """Return the run at which faults strike."""

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        """Say what is wrong with what the run left."""

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        """Run the command again with nothing wrong, and say what is wrong with what lies there then."""


@dataclass(frozen=True)
class Failure:
    """A point at which something was wrong, with the words that try it again."""

    scene: str
    kind: str
    at: int
    call: str
    why: str

    def __str__(self) -> str:
        return f"{self.scene} / {self.kind} / {self.at} ({self.call}): {self.why}"


def ended_badly(outcome: Outcome) -> Iterator[str]:
    """Say what is wrong with how a run ended: it may be killed, done, refused or interrupted, and nothing else."""
    if outcome.status == BROKEN or "Traceback" in outcome.said:
        yield f"it ended with a traceback:\n{outcome.said}"
    elif outcome.status >= 0 and outcome.status not in (0, 1, 2, INTERRUPTED):
        yield f"it ended with {outcome.status}:\n{outcome.said}"
    elif outcome.status in (1, 2) and "error[FG" not in outcome.said and "Aborted" not in outcome.said:
        yield f"it was refused without a reason:\n{outcome.said}"
