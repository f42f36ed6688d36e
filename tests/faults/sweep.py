"""Every point of a scene: each change that the command makes, with each kind of fault."""

import errno
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .calls import Change
from .disk import things
from .injector import Outcome, run
from .kinds import (
    Fault,
    Full,
    Halved,
    Interrupted,
    KilledAfter,
    KilledBefore,
    KilledHalfWay,
    Lasting,
    Refused,
)
from .scenes import Failure, Scene

KINDS: dict[str, Callable[[int], Fault]] = {
    "killed before": KilledBefore,
    "killed after": KilledAfter,
    "killed half-way": KilledHalfWay,
    "ENOSPC": partial(Refused, code=errno.ENOSPC),
    "EACCES": partial(Refused, code=errno.EACCES),
    "EROFS": partial(Refused, code=errno.EROFS),
    "EIO": partial(Refused, code=errno.EIO),
    "full from here on": Full,
    "read-only from here on": partial(Lasting, code=errno.EROFS),
    "broken from here on": partial(Lasting, code=errno.EIO),
    "short write": Halved,
    "SIGINT": partial(Interrupted, told=signal.SIGINT),
    "SIGTERM": partial(Interrupted, told=signal.SIGTERM),
}


@dataclass(frozen=True)
class Point:
    """One fault at one change."""

    scene: Scene
    kind: str
    at: int
    change: Change


def changes_of(scene: Scene, base: Path) -> tuple[Change, ...]:
    """Return the changes that an undisturbed run makes; raises AssertionError where that alone goes wrong."""
    with _project(scene, base) as (project, _):
        outcome = run(scene.job(project), project.parent, None, scene.lacks)
    assert outcome.status == 0, outcome.said
    return outcome.changes


def points(scene: Scene, kinds: Iterable[str], base: Path) -> Iterator[Point]:
    """Yield every point of a scene."""
    changes = changes_of(scene, base)
    for kind in kinds:
        for at, change in enumerate(changes, 1):
            if KINDS[kind](at).applies(at, change):
                yield Point(scene, kind, at, change)


def tried(point: Point, base: Path) -> list[Failure]:
    """Try one point; return what was wrong."""
    scene = point.scene
    with _project(scene, base) as (project, keep):
        before = things(project)
        outcome = run(scene.job(project), project.parent, KINDS[point.kind](point.at), scene.lacks)
        wrong = [*_struck(point, outcome), *scene.left(project, before, outcome)]
        wrong += [f"afterwards: {each}" for each in scene.finished(project, before)]
        if wrong:
            keep()
    call = f"{point.change.name} {' '.join(point.change.paths)}"
    return [Failure(scene.name, point.kind, point.at, call, each) for each in wrong]


def _struck(point: Point, outcome: Outcome) -> Iterator[str]:
    if len(outcome.changes) < point.at:
        yield f"there was no change {point.at}, only {len(outcome.changes)}: {outcome.said}"
    elif outcome.changes[point.at - 1].name != point.change.name:
        yield f"change {point.at} was {outcome.changes[point.at - 1]}"
    if point.kind.startswith("killed") and not outcome.killed:
        yield f"it was not killed, but ended with {outcome.status}"


class _project:
    """A new folder for one run, gone afterwards unless it is to be kept."""

    def __init__(self, scene: Scene, base: Path) -> None:
        self._scene, self._base, self._kept = scene, base, False

    def __enter__(self) -> tuple[Path, Callable[[], None]]:
        self._folder = Path(tempfile.mkdtemp(dir=self._base))
        project = self._folder / "project"
        project.mkdir()
        self._scene.prepare(project)
        return project, self._keep

    def __exit__(self, *_: object) -> None:
        if not self._kept:
            shutil.rmtree(self._folder)

    def _keep(self) -> None:
        self._kept = True
