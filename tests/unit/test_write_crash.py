"""A build that dies, or is refused by the system, at each of its steps leaves every file old or new.

The functions that change a disk count their calls; at a chosen call the process ends on the spot, or the call fails.
What is left is then checked, and the next build has to finish or discard. Most cases only pretend to end the process:
from that call on nothing changes the disk any more, which is the same to the disk and much faster than forking.
"""

import errno
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages import drift
from fountaingen.stages.drift.site import site_of
from fountaingen.stages.write import write
from fountaingen.stages.write.exchange import exchange, move, swap

WHOLE = "fountaingen.stages.write.whole"
REPLAY = "fountaingen.stages.write.replay"
KILLED = 77
REFUSED = 3
LONG_AGO = 1_000_000_000_000_000_000
CHANGING = ("mkdir", "rename", "link", "unlink", "rmdir", "write", "fsync", "fchmod", "chmod", "ftruncate", "pwrite")
TAKING_SPACE = frozenset({"mkdir", "link", "write", "open", "pwrite"})

OLD = Tree({"a/keep": b"same\n", "a/edit": b"old\n", "b/c/gone": b"old\n", "file": b"old\n", "dir/x": b"old\n"}, {})
NEW = Tree(
    {"a/keep": b"same\n", "a/edit": b"new\n", "n/new": b"#!new\n", "file/x": b"new\n", "dir": b"new\n"},
    {"specs/x.yaml": digest(b"new")},
)
OTHER = Tree({"a/keep": b"same\n", "a/edit": b"other\n", "b/c/gone": b"other\n", "n/new": b"other\n"}, {})
STRAYS = {"a/mine": b"mine\n", "b/mine": b"mine\n"}
RUBBISH = {"b/c/__pycache__/gone.pyc": b"", ".DS_Store": b""}


@dataclass(frozen=True)
class Scene:
    """What lies in the folder before the build, and how the build goes about it."""

    old: Tree | None = OLD
    beside: dict[str, bytes] = field(default_factory=dict)
    edits: dict[str, bytes] = field(default_factory=dict)
    exchange: bool = True
    links: bool = True

    @property
    def at_once(self) -> bool:
        """Whether the whole folder changes in one step."""
        return not self.beside and self.exchange and self.links

    @property
    def before(self) -> dict[str, bytes]:
        """What the build finds, strays and rubbish apart."""
        return {**held_by(self.old), **self.edits} if self.old else {}


SCENES = {
    "first": Scene(old=None),
    "exchange": Scene(),
    "forced": Scene(edits={"a/edit": b"mine\n", "n/new": b"mine\n"}),
    "journal": Scene(beside={**STRAYS, **RUBBISH}),
    "forced journal": Scene(beside=STRAYS, edits={"a/edit": b"mine\n", "b/c/gone": b"mine\n"}),
    "no exchange": Scene(exchange=False),
    "no links": Scene(links=False),
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong from the ``at``-th change of the disk on: the process ends, or calls fail with ``code``."""

    at: int
    code: int = 0
    lasting: bool = False
    really: bool = False

    def strikes(self, call: int, name: str) -> bool:
        if self.lasting:
            return call >= self.at and name in TAKING_SPACE
        return call == self.at


def held_by(tree: Tree) -> dict[str, bytes]:
    return {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}


def put(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Died(BaseException):
    """The process is taken for dead."""


@dataclass
class Counter:
    """How often the disk was changed, and whether the process is taken for dead since."""

    changes: int = 0
    dead: bool = False


def run(scene: Scene, fault: Fault, tree: Tree, out: Path) -> tuple[int, int]:
    """Build while ``fault`` strikes; return how it ended, and how often it changed the disk."""
    counter = Counter()
    status = 0
    with pytest.MonkeyPatch.context() as patch:
        rig(patch, scene, fault, counter)
        try:
            write(tree, out, force=bool(scene.edits))
        except Rejected:
            status = REFUSED
        except Died:
            status = KILLED
    return status, counter.changes


def run_forked(scene: Scene, fault: Fault, tree: Tree, out: Path) -> tuple[int, int]:
    """Do as ``run`` does in a process that really ends; how often it changed the disk is not known."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status, _ = run(scene, replace(fault, really=True), tree, out)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0


def rig(patch: pytest.MonkeyPatch, scene: Scene, fault: Fault, counter: Counter) -> None:
    """Count every change of the disk in this process, and let ``fault`` strike."""
    if not scene.links:
        patch.setattr(os, "link", functools.partial(refuse, errno.EPERM))
    exchange_whole, exchange_one = (exchange, swap) if scene.exchange else (cannot, cannot)
    patch.setattr(f"{WHOLE}.exchange", struck("exchange", exchange_whole, fault, counter))
    patch.setattr(f"{REPLAY}.swap", struck("exchange", exchange_one, fault, counter))
    patch.setattr(f"{REPLAY}.move", struck("exchange", move, fault, counter))
    for name in CHANGING:
        patch.setattr(os, name, struck(name, getattr(os, name), fault, counter))
    opening = os.open
    creating = struck("open", opening, fault, counter)

    def opened(path: str, flags: int, *more: int, dir_fd: int | None = None) -> object:
        return (creating if flags & os.O_CREAT else opening)(path, flags, *more, dir_fd=dir_fd)

    patch.setattr(os, "open", opened)


def cannot(one: object, other: object) -> bool:
    return False


def refuse(code: int, *_: object, **__: object) -> None:
    raise OSError(code, os.strerror(code))


def struck(name: str, real: Callable[..., object], fault: Fault, counter: Counter) -> Callable[..., object]:
    def call(*arguments: object, **options: object) -> object:
        if counter.dead:
            raise Died
        counter.changes += 1
        if not fault.strikes(counter.changes, name):
            return real(*arguments, **options)
        if name == "write":  # half of it reaches the disk
            handle, data = arguments
            assert isinstance(data, memoryview)
            real(handle, data[: len(data) // 2])
        if fault.code:
            refuse(fault.code)
        if fault.really:
            os._exit(KILLED)
        counter.dead = True
        raise Died

    return call


def check_left(scene: Scene, out: Path) -> None:
    """Every file is old or new, and what no build wrote is untouched."""
    found = snapshot(out)
    before, after = scene.before, held_by(NEW)
    for path, data in scene.beside.items():
        assert found.pop(path, data if path in RUBBISH else None) == data
    if scene.at_once:
        assert found in (before, after)
    for path in found.keys() | before.keys() | after.keys():
        assert found.get(path) in (before.get(path), after.get(path)), path
    if scene.old:
        assert (out / "a/keep").stat().st_mtime_ns == LONG_AGO


def check_next(scene: Scene, out: Path, tree: Tree) -> None:
    """The next build leaves exactly its own tree, beside what was never generated, and no trace of the killed one."""
    write(tree, out, force=bool(scene.edits))
    left = {path: data for path, data in snapshot(out).items() if path not in RUBBISH}
    assert left == {**held_by(tree), **{path: data for path, data in scene.beside.items() if path not in RUBBISH}}
    assert os.listdir(out.parent) == [out.name]
    assert drift.survey(tree, out).drifted == ()
    assert [path for path in out.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
    if scene.old:
        assert (out / "a/keep").stat().st_mtime_ns == LONG_AGO


def prepare(scene: Scene, out: Path) -> Path:
    out.parent.mkdir(parents=True)
    if scene.old:
        put(out, scene.before | scene.beside)
        os.utime(out / "a/keep", ns=(LONG_AGO, LONG_AGO))
    return out


def every_change(scene: Scene, base: Path) -> range:
    """The changes of the disk that a build makes when nothing goes wrong."""
    status, changes = run(scene, Fault(0), NEW, prepare(scene, base / "whole" / "generated"))
    assert status == 0
    check_next(scene, base / "whole" / "generated", NEW)
    return range(1, changes + 1)


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of small folders come and go."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _nothing_need_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)


Run = Callable[[Scene, Fault, Tree, Path], tuple[int, int]]


@pytest.mark.parametrize(
    ("scene", "build"),
    [*((SCENES[name], run_forked) for name in ("exchange", "journal")), *((scene, run) for scene in SCENES.values())],
    ids=["exchange, forked", "journal, forked", *SCENES],
)
def test_killed_at_every_change(scene: Scene, build: Run, base: Path) -> None:
    for at in every_change(scene, base):
        out = prepare(scene, base / str(at) / "generated")
        assert build(scene, Fault(at), NEW, out)[0] == KILLED
        check_left(scene, out)
        assert not drift.unchanged(out, NEW.inputs)
        shutil.copytree(out.parent, base / f"{at} again")
        check_next(scene, out, NEW)
        check_next(scene, base / f"{at} again" / "generated", OTHER)


@pytest.mark.parametrize(
    "fault",
    [Fault(0, errno.ENOSPC), Fault(0, errno.EIO), Fault(0, errno.ENOSPC, lasting=True)],
    ids=["full for a moment", "broken", "full"],
)
@pytest.mark.parametrize("scene", [SCENES[name] for name in ("first", "exchange", "journal", "forced journal")])
def test_refused_at_every_change(scene: Scene, fault: Fault, base: Path) -> None:
    for at in every_change(scene, base):
        out = prepare(scene, base / str(at) / "generated")
        status, _ = run(scene, replace(fault, at=at), NEW, out)
        check_left(scene, out)
        if status == 0:  # what failed was the clearing away, or nothing
            assert snapshot(out).items() >= held_by(NEW).items()
        else:
            assert status == REFUSED
            site = site_of(out)
            assert site.journal.exists() or site.swap.exists() or os.listdir(out.parent) in ([], [out.name])
        check_next(scene, out, NEW)


def test_killed_again_while_finishing(base: Path) -> None:
    scene = SCENES["journal"]
    begun = [at for at in every_change(scene, base) if leaves_a_journal(scene, Fault(at), base / str(at))]
    assert begun
    for at in begun[::5]:
        for again in count(1):
            out = prepare(scene, base / f"{at}.{again}" / "generated")
            run(scene, Fault(at), NEW, out)
            status, _ = run(scene, Fault(again), NEW, out)
            check_left(scene, out)
            check_next(scene, out, NEW)
            if status == 0:
                break


def leaves_a_journal(scene: Scene, fault: Fault, base: Path) -> bool:
    out = prepare(scene, base / "generated")
    run(scene, fault, NEW, out)
    return site_of(out).journal.exists()


def test_edits_made_after_a_killed_build_survive_the_next(base: Path) -> None:
    scene = SCENES["journal"]
    for at in every_change(scene, base):
        out = prepare(scene, base / str(at) / "generated")
        run(scene, Fault(at), NEW, out)
        if not site_of(out).journal.exists():
            continue
        put(out, {"a/edit": b"after\n"})
        with pytest.raises(Rejected) as caught:
            write(NEW, out)
        assert [problem.code for problem in caught.value.problems] == ["FG501"]
        assert (out / "a/edit").read_bytes() == b"after\n"
        assert os.listdir(out.parent) == [out.name]
