"""Somebody at work in the output folder while a build is: what they write is there afterwards, wherever it is."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .building import BUILDING, NEW, TREES, Building
from .calls import Change
from .commands import command
from .disk import Thing, put, things
from .injector import Outcome, plain, run
from .kinds import Meddled
from .scenes import Failure, ended_badly

MINE = b"written while a build is at work\n"


def _edited(path: str) -> Callable[[Path], None]:
    def act(out: Path) -> None:
        if (out / path).is_file():
            (out / path).write_bytes(MINE)

    return act


def _saved(path: str) -> Callable[[Path], None]:
    """As editors save: a new file takes the place of the old one."""

    def act(out: Path) -> None:
        if (out / path).parent.is_dir():
            fresh = out.parent / "fresh"
            fresh.write_bytes(MINE)
            if (out / path).is_dir():
                fresh.unlink()
            else:
                fresh.rename(out / path)

    return act


def _linked(path: str) -> Callable[[Path], None]:
    def act(out: Path) -> None:
        if (out / path).is_file():
            (out / path).unlink()
            (out.parent / "mine").write_bytes(MINE)
            (out / path).symlink_to(out.parent / "mine")

    return act


def _foldered(path: str) -> Callable[[Path], None]:
    def act(out: Path) -> None:
        if (out / path).is_file():
            (out / path).unlink()
            put(out, {f"{path}/mine": MINE})

    return act


def _added(out: Path) -> None:
    if (out / "a").is_dir():
        put(out, {"a/added": MINE})


def _replaced(out: Path) -> None:
    """As ``git checkout`` of another commit may do it: the whole folder is another one."""
    if out.is_dir():
        out.rename(out.parent / "set-aside")
        shutil.copytree(out.parent / "set-aside", out, symlinks=True)
        put(out, {"a/edit": MINE})


@dataclass(frozen=True)
class Act:
    """What somebody does, and the path in the output folder that it is about, empty for the folder as a whole."""

    path: str
    do: Callable[[Path], None]


ACTS: dict[str, Act] = {
    "a file edited": Act("a/edit", _edited("a/edit")),
    "an unchanged file edited": Act("a/keep", _edited("a/keep")),
    "an orphan edited": Act("b/c/gone", _edited("b/c/gone")),
    "a file saved anew": Act("a/edit", _saved("a/edit")),
    "an unchanged file saved anew": Act("a/keep", _saved("a/keep")),
    "an orphan saved anew": Act("b/c/gone", _saved("b/c/gone")),
    "a file made where one is to be": Act("n/new", _saved("n/new")),
    "a file made where a folder is to be": Act("n", _saved("n")),
    "a manifest saved anew": Act("manifest.json", _saved("manifest.json")),
    "a file replaced by a link": Act("a/edit", _linked("a/edit")),
    "a file replaced by a folder": Act("a/edit", _foldered("a/edit")),
    "an orphan replaced by a folder": Act("b/c/gone", _foldered("b/c/gone")),
    "a file added": Act("", _added),
    "the folder replaced": Act("", _replaced),
}

SCENES = tuple(scene for scene in BUILDING if not scene.edits and not scene.lacks and not scene.first)


def last_moments(changes: tuple[Change, ...], act: str) -> list[int]:
    """Return the changes that rename what ``act`` is about: the last moments at which it can happen."""
    renames = [at for at, change in enumerate(changes, 1) if change.name.startswith("rename")]
    about = [at for at in renames if any(path.endswith(f"/{ACTS[act].path}") for path in changes[at - 1].paths)]
    whole = [at for at in renames if any(path.endswith(("/generated", "/out")) for path in changes[at - 1].paths)]
    return about or whole or renames


def met(scene: Building, act: str, at: int, killed: bool, base: Path) -> list[Failure]:
    """Let ``act`` happen just before the change ``at`` of a build, and the build be killed just after it, or not."""
    project = base / "project"
    project.mkdir(parents=True)
    scene.prepare(project)
    before = things(project)
    done: list[dict[str, Thing]] = []
    call: list[Change] = []
    out = project / ("far/out" if scene.linked else "generated")

    def happen() -> None:
        ACTS[act].do(out)
        done.append(things(project))

    outcome = run(scene.job(project), base, Meddled(at, happen, killed), scene.lacks)
    call += outcome.changes[at - 1 : at]
    wrong = [*ended_badly(outcome), *(_judged(project, before, done[0], outcome) if done else ())]
    shutil.rmtree(base)
    where = f"{call[0].name} {' '.join(call[0].paths)}" if call else "nothing"
    return [Failure(scene.name, f"{act}{' and killed' if killed else ''}", at, where, each) for each in wrong]


def _judged(project: Path, before: dict[str, Thing], then: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
    written = _count(then, MINE)
    for _ in range(2):
        if _count(things(project), MINE) < min(written, 1):
            yield f"what was written is gone; the build said:\n{outcome.said}"
            return
        if wrong := [path for path in ("notes.txt", "far/away", "hooks/x.py") if things(project)[path] != before[path]]:
            yield f"{wrong} were touched"
        outcome = plain(command(project, "build", trees=TREES))
        yield from ended_badly(outcome)
    if written == 0 and outcome.status != 0:
        yield f"nothing was done, and the next builds end with {outcome.status}:\n{outcome.said}"
    if outcome.status == 0 and not _is_built(project):
        yield "the next build says that it is done, and it is not"


def _count(found: dict[str, Thing], content: bytes) -> int:
    return len({thing.inode for thing in found.values() if stat.S_ISREG(thing.mode) and thing.content == content})


def _is_built(project: Path) -> bool:
    return all(os.path.isfile(project / "generated" / path) for path in NEW.files)
