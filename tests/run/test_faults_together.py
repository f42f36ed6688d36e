"""Several builds at once, a disk that is full or read-only for real, clocks that jump, and other places to write to."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from faults.building import FIRST, NEW, OLD, SECOND, SPEC, TREES
from faults.commands import command, warm
from faults.disk import contents, put, things
from faults.injector import plain

from fountaingen.model.manifest import MANIFEST, Manifest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages.drift.site import site_of
from fountaingen.stages.write import lock, write

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it needs calls that Linux alone has")
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 1, 32, 0x4000, 1 << 18
NOT_ALLOWED = 77


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that was built and whose contract was changed since."""
    put(tmp_path, {SPEC: FIRST, "fountaingen.toml": b""})
    assert plain(command(tmp_path, "build", trees=TREES)).status == 0
    put(tmp_path, {SPEC: SECOND})
    return tmp_path


def held_by(tree: Tree) -> dict[str, bytes]:
    return {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}


def files_of(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in contents(folder).items() if path != MANIFEST}


def test_a_build_that_stands_still_is_named_and_its_lock_dies_with_it(project: Path) -> None:
    reader, writer = os.pipe()
    holder = os.fork()
    if holder == 0:
        with lock.held(site_of(project / "generated")):
            os.write(writer, b"x")
            signal.pause()
    assert os.read(reader, 1) == b"x"
    os.kill(holder, signal.SIGSTOP)
    try:
        outcome = plain(command(project, "build", trees=TREES))
        assert outcome.status == 1
        assert f"another build of 'generated' is running (process {holder})" in outcome.said
        assert files_of(project / "generated") == OLD.files
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        os.close(reader)
        os.close(writer)
    assert plain(command(project, "build", trees=TREES)).status == 0
    assert files_of(project / "generated") == NEW.files
    assert ".generated.fountaingen" not in os.listdir(project)


@LINUX
@pytest.mark.parametrize("same", [False, True], ids=["different trees", "the same tree"])
def test_nobody_sees_a_mixed_tree_while_four_builds_are_at_work(tmp_path: Path, same: bool) -> None:
    out = tmp_path / "generated"
    trees = [Tree({name: b"%d" % (0 if same else number) for name in ("a", "b/c", "d")}, {}) for number in range(4)]
    write(trees[0], out)
    builders = [_forked(partial(_often, tree, out)) for tree in trees]
    whole = [held_by(tree) for tree in trees]
    seen = 0
    while builders:
        if (found := _seen(out)) is not None:
            assert found in whole
            seen += 1
        builders = [builder for builder in builders if not _ended(builder)]
    assert seen
    assert contents(out) in whole
    assert os.listdir(tmp_path) == ["generated"]


def _forked(job: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = job()
        finally:
            os._exit(status)
    return child


def _often(tree: Tree, out: Path) -> int:
    for _ in range(8):
        write(tree, out)
    return 0


def _ended(child: int) -> bool:
    process, status = os.waitpid(child, os.WNOHANG)
    assert process == 0 or os.waitstatus_to_exitcode(status) == 0
    return process != 0


def _seen(out: Path) -> dict[str, bytes] | None:
    """Read the tree through one open folder; None where that folder is no longer the one at ``out``."""
    handle = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = contents(Path(f"/proc/self/fd/{handle}"))
        return found if os.path.samestat(os.fstat(handle), out.stat()) else None
    except FileNotFoundError:
        assert not os.path.samestat(os.fstat(handle), out.stat()), "a file is missing in the tree that is there"
        return None
    finally:
        os.close(handle)


def _on_a_small_disk(folder: Path, job: Callable[[Path], int]) -> None:
    """Run ``job`` where ``folder`` is a file system of 512 KiB that nobody else sees."""

    def run() -> int:
        library = ctypes.CDLL(None, use_errno=True)
        alone = CLONE_NEWNS if os.geteuid() == 0 else CLONE_NEWNS | CLONE_NEWUSER
        if library.unshare(alone) or library.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
            return NOT_ALLOWED
        if library.mount(b"small", os.fsencode(folder), b"tmpfs", 0, b"size=512k"):
            return NOT_ALLOWED
        return job(folder)

    outcome = plain(run)
    if outcome.status == NOT_ALLOWED:
        pytest.skip("the system does not let this process mount anything")
    assert outcome.status == 0, outcome.said


def _codes(tree: Tree, out: Path) -> list[str]:
    try:
        write(tree, out)
    except Rejected as rejected:
        return [f"{problem.code}: {problem.message}" for problem in rejected.problems]
    return []


@LINUX
def test_a_disk_that_is_full_for_real(tmp_path: Path) -> None:
    old, new = (Tree({"a": letter * 100_000, "b": letter * 50_000}, {}) for letter in (b"o", b"n"))

    def job(folder: Path) -> int:
        out = folder / "generated"
        write(old, out)
        (folder / "filler").write_bytes(b"x" * 250_000)
        (said,) = _codes(new, out)
        assert "no space left on device; nothing was changed" in said
        assert contents(out) == held_by(old)
        assert sorted(os.listdir(folder)) == ["filler", "generated"]
        (folder / "filler").unlink()
        write(new, out)
        assert contents(out) == held_by(new)
        assert os.listdir(folder) == ["generated"]
        return 0

    _on_a_small_disk(tmp_path, job)


@LINUX
def test_a_disk_that_is_read_only_for_real(tmp_path: Path) -> None:
    def job(folder: Path) -> int:
        out = folder / "generated"
        write(OLD, out)
        remounted = ctypes.CDLL(None).mount(b"small", os.fsencode(folder), b"tmpfs", MS_REMOUNT | MS_RDONLY, None)
        assert remounted == 0
        (said,) = _codes(NEW, out)
        assert said.startswith("FG507") and "read-only file system" in said
        assert _codes(OLD, out) == []  # what is there already needs no writing
        assert contents(out) == held_by(OLD)
        return 0

    _on_a_small_disk(tmp_path, job)


@pytest.mark.parametrize("seconds", [0, 4_000_000_000], ids=["1970", "2096"])
def test_no_clock_is_believed(project: Path, seconds: int) -> None:
    assert plain(command(project, "build", trees=TREES)).status == 0
    for path, thing in things(project).items():
        os.utime(project / path, (seconds, seconds), follow_symlinks=False)
        assert thing is not None
    before = things(project)
    outcome = plain(command(project, "build", trees=TREES))
    assert (outcome.status, outcome.said) == (0, "generated is up to date\n")
    assert things(project) == before
    edited = project / "generated/a/edit"
    edited.write_bytes(bytes(reversed(edited.read_bytes())))
    os.utime(edited, (seconds, seconds))
    outcome = plain(command(project, "build", trees=TREES))
    assert outcome.status == 1 and "FG501" in outcome.said


def test_nothing_is_written_where_temporary_files_belong(project: Path) -> None:
    def build() -> int:
        os.environ["TMPDIR"] = str(project / "nowhere")
        status = command(project, "build", trees=TREES)()
        return status or command(project, "new", "orders")() or command(project, "certs")()

    outcome = plain(build)
    assert outcome.status == 0, outcome.said


def test_a_name_that_the_user_gave_a_generated_file_keeps_what_it_held(project: Path) -> None:
    os.link(project / "generated/a/edit", project / "mine")
    os.link(project / "generated/b/c/gone", project / "generated/a/mine")
    assert plain(command(project, "build", trees=TREES)).status == 0
    assert (project / "mine").read_bytes() == OLD.files["a/edit"]
    assert (project / "generated/a/mine").read_bytes() == OLD.files["b/c/gone"]
    assert (project / "generated/a/edit").read_bytes() == NEW.files["a/edit"]


def test_two_new_contracts_at_once_have_ports_of_their_own(tmp_path: Path) -> None:
    put(tmp_path, {"fountaingen.toml": b""})
    names = ("orders", "stock", "bills", "people")
    children = [_forked(_quiet(command(tmp_path, "new", name))) for name in names]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    made = contents(tmp_path / "specs")
    assert made.keys() == {f"{name}.yaml" for name in names}
    ports = {port for text in made.values() for port in _ports(text)}
    assert ports == {b"8001", b"8002", b"8003", b"8004"}


def _quiet(job: Callable[[], int]) -> Callable[[], int]:
    def run() -> int:
        outcome = plain(job)
        return outcome.status

    return run


def _ports(text: bytes) -> Iterator[bytes]:
    for line in text.splitlines():
        _, found, rest = line.partition(b"localhost:")
        if found:
            yield rest[:4]
