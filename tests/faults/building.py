"""Scenes of ``build``."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fountaingen.model.manifest import MANIFEST, ignored
from fountaingen.model.tree import Tree

from .commands import command
from .disk import LONG_AGO, Thing, contents, outside, put, things, touched
from .injector import Job, Outcome, plain, run
from .kinds import NO_EXCHANGE, NO_FLAGS, NO_LINKS, KilledAfter, Lack
from .scenes import ended_badly

SPEC = "specs/x.yaml"
FIRST, SECOND = b"openapi: 3.1.0\nx: 1\n", b"openapi: 3.1.0\nx: 2\n"
OLD = Tree({"a/keep": b"same\n", "a/edit": b"old\n", "b/c/gone": b"old\n", "file": b"old\n", "dir/x": b"old\n"}, {})
NEW = Tree(
    {"a/keep": b"same\n", "a/edit": b"new\n", "n/new": b"#!/bin/sh\nnew\n", "file/x": b"new\n", "dir": b"new\n"}, {}
)
TREES = {FIRST: OLD, SECOND: NEW}
OURS = {"hooks/x.py": b"hook\n", "notes.txt": b"notes\n", "far/away": b"away\n", "fountaingen.toml": b""}
STRAYS = {"a/mine": b"mine\n", "b/mine": b"mine\n"}
RUBBISH = {"b/c/__pycache__/gone.pyc": b"rubbish", ".DS_Store": b"rubbish"}
EDITS = {"a/edit": b"mine\n", "b/c/gone": b"mine\n", "n/new": b"mine\n"}


@dataclass(frozen=True)
class Building:
    """A build of a contract that was changed since the last one, if there was one."""

    name: str
    first: bool = False
    strays: Mapping[str, bytes] = field(default_factory=dict)
    edits: Mapping[str, bytes] = field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()
    within: str = ""
    linked: bool = False

    @property
    def whole(self) -> bool:
        """Whether the folder changes in one step, so that nobody ever sees half of it."""
        return not self.strays and not self.lacks and not self.within

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("build", "--force") if self.edits else ("build",)

    def prepare(self, project: Path) -> None:
        put(project, {SPEC: FIRST, **OURS})
        if not self.first:
            if self.linked:
                (project / "far/out").mkdir()
                (project / "generated").symlink_to("far/out")
            assert plain(command(project, "build", trees=TREES)).status == 0
            put(project / "generated", {**contents(project / "generated"), **self.strays, **self.edits})
            os.link(project / "generated/a/edit", project / "second-name")
        if self.strays:
            (project / "generated/a/link").symlink_to("../../notes.txt")
            (project / "generated/b/link").symlink_to("../../far")
            (project / "generated/a/none").mkdir()
        put(project, {SPEC: SECOND})
        (project / "link").symlink_to("notes.txt")

    def job(self, project: Path) -> Job:
        return command(project, *self.arguments, trees=TREES, within=self.within)

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        yield from ended_badly(outcome)
        after = things(project)
        yield from self._touched(before, after)
        found, old, new = self._tree(after), self._tree(before), self._wanted(project)
        for path in sorted(found.keys() | old.keys() | new.keys()):
            if found.get(path) not in (old.get(path), new.get(path)):
                yield f"'{path}' is neither old nor new: {found.get(path)!r}"
        if self.whole and found not in (old, new):
            yield f"the tree is mixed: {sorted(found)}"
        if outcome.status == 0 and found != new:
            yield f"it says that it is done, and it is not: {sorted(found)}"

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        was_new = self._tree(things(project)) == self._wanted(project)
        checked = plain(command(project, "check", trees=TREES))
        yield from ended_badly_checked(checked)
        if (checked.status == 0) != was_new:
            yield f"check ends with {checked.status}, and the tree is{'' if was_new else ' not'} new:\n{checked.said}"
        again = plain(command(project, *self.arguments, trees=TREES))
        if again.status != 0:
            yield f"the next build ends with {again.status}:\n{again.said}"
        after = things(project)
        yield from self._touched(before, after)
        if self._tree(after) != self._wanted(project):
            yield f"the next build leaves {sorted(self._tree(after).items())}"
        if more := sorted(after.keys() - outside(before, (self._beside(),)).keys() - self._expected()):
            yield f"the next build leaves {more} behind"
        if (checked := plain(command(project, "check", trees=TREES))).status != 0:
            yield f"check is not content after the next build:\n{checked.said}"
        kept = (project / "generated/a/keep").stat()
        if not self.first and (kept.st_mtime_ns != LONG_AGO or kept.st_ino != before[self._at("a/keep")].inode):
            yield "an unchanged file was written"

    def _touched(self, before: dict[str, Thing], after: dict[str, Thing]) -> Iterator[str]:
        """Say what of the user's own was touched; there is nothing new but the output and where a build works."""
        ours = (self._at("")[:-1], self._beside())
        mine = outside(before, ours)
        if wrong := touched(mine, after):
            yield f"{wrong} were touched"
        if more := sorted(outside(after, ours).keys() - mine.keys()):
            yield f"{more} appeared"
        strays = {path: before[path] for path in (self._at(each) for each in self._own())}
        if wrong := touched(strays, after):
            yield f"{wrong} were touched"

    def _own(self) -> Iterator[str]:
        """Yield what the user has in the output folder."""
        if self.strays:
            yield from (path for path in self.strays if path not in RUBBISH)
            yield from ("a/link", "b/link", "a/none")

    def _tree(self, found: dict[str, Thing]) -> dict[str, bytes]:
        """Return the files of the output folder that are not the user's."""
        out, own = self._at(""), {*self.strays, *self._own()}
        return {
            path.removeprefix(out): thing.content
            for path, thing in found.items()
            if path.startswith(out)
            and thing.kind == stat.S_IFREG
            and path.removeprefix(out) not in own
            and not any(ignored(part) for part in path.split("/"))
        }

    def _wanted(self, project: Path) -> dict[str, bytes]:
        """Return what the output folder shall hold; what is right in the manifest, an undisturbed build says."""
        return {**NEW.files, MANIFEST: _manifest(project)}

    def _expected(self) -> set[str]:
        paths = (*NEW.files, MANIFEST, "a", "n", "file")
        return {self._at(""), self._at("")[:-1], *(self._at(path) for path in paths), "generated"}

    def _beside(self) -> str:
        """Return the folder that a build works in."""
        out = self._at("")[:-1]
        return os.path.join(os.path.dirname(out), f".{os.path.basename(out)}.fountaingen")

    def _at(self, path: str) -> str:
        return f"{'far/out' if self.linked else 'generated'}/{path}"


def ended_badly_checked(outcome: Outcome) -> Iterator[str]:
    """Say what is wrong with how ``check`` ended: it finds something, or nothing."""
    if outcome.status not in (0, 1) or "Traceback" in outcome.said:
        yield f"check ends with {outcome.status}:\n{outcome.said}"


_MANIFESTS: dict[str, bytes] = {}


def _manifest(project: Path) -> bytes:
    """Return the manifest of NEW, as a build in a folder of its own writes it."""
    if "new" not in _MANIFESTS:
        beside = project.parent / "undisturbed"
        put(beside, {SPEC: SECOND, **OURS})
        assert plain(command(beside, "build", trees=TREES)).status == 0
        _MANIFESTS["new"] = (beside / "generated" / MANIFEST).read_bytes()
    return _MANIFESTS["new"]


@dataclass(frozen=True)
class Recovering(Building):
    """A build that finds what an earlier one left that was killed after its change number ``killed``."""

    killed: int = 0

    def prepare(self, project: Path) -> None:
        super().prepare(project)
        run(self.job(project), project.parent, KilledAfter(self.killed), self.lacks)


BUILDING = (
    Building("build, first", first=True),
    Building("build, exchange"),
    Building("build, through a link", linked=True),
    Building("build, forced", edits=EDITS),
    Building("build, beside strays", strays={**STRAYS, **RUBBISH}),
    Building("build, forced beside strays", strays=STRAYS, edits=EDITS),
    Building("build, no exchange", lacks=(NO_EXCHANGE,)),
    Building("build, no exchange, forced", lacks=(NO_FLAGS,), edits=EDITS),
    Building("build, no links", lacks=(NO_LINKS,)),
    Building("build, no links, no exchange", lacks=(NO_LINKS, NO_FLAGS)),
    Building("build, from inside", within="generated/a"),
)
