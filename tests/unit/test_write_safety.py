"""Writing the output: other builds, other hands, and the order in which things are made to last."""

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Problem, Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages.drift.site import Site, site_of
from fountaingen.stages.write import below, lock, write
from fountaingen.stages.write.exchange import exchange, move, swap
from fountaingen.stages.write.journal import Journal
from fountaingen.stages.write.replay import Vouched, replay

UNPRIVILEGED = 65534
PROTOCOL = "fountaingen.stages.write.protocol"
REPLAY = "fountaingen.stages.write.replay"
WHOLE = "fountaingen.stages.write.whole"
OLD = Tree({"app/a.py": b"1\n", "app/b.py": b"2\n", "gone/c.py": b"3\n"}, {"specs/x.yaml": digest(b"old")})
NEW = Tree({"app/a.py": b"1\n", "app/b.py": b"two\n", "more/d.py": b"4\n"}, {"specs/x.yaml": digest(b"new")})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder that was built from OLD."""
    write(OLD, tmp_path / "generated")
    return tmp_path / "generated"


def put(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def held_by(tree: Tree) -> dict[str, bytes]:
    return {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}


def problems_of(tree: Tree, out: Path, *, force: bool = False) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        write(tree, out, force=force)
    return caught.value.problems


def test_a_change_while_the_folder_is_exchanged_is_not_lost(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edited_just_before(one: Path, other: Path) -> bool:
        put(out, {"app/mine.py": b"mine\n"})
        (out / "app" / "a.py").write_bytes(b"mine\n")
        monkeypatch.setattr(f"{WHOLE}.exchange", exchange)
        return exchange(one, other)

    monkeypatch.setattr(f"{WHOLE}.exchange", edited_just_before)
    assert [problem.message for problem in problems_of(NEW, out)] == [
        f"'{out}/app/a.py' changed while the build was at work",
        f"'{out}/app/mine.py' changed while the build was at work",
    ]
    assert snapshot(out) == {**held_by(OLD), "app/a.py": b"mine\n", "app/mine.py": b"mine\n"}


def test_a_change_while_files_are_renamed_is_not_lost(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(out, {"stray": b""})

    def edited_just_before(site: Site, journal: Journal, vouched: Vouched) -> tuple[str, ...]:
        put(out, {"app/b.py": b"mine\n", "gone/c.py": b"mine\n"})
        (out / "more").write_bytes(b"mine\n")
        return replay(site, journal, vouched)

    monkeypatch.setattr(f"{PROTOCOL}.replay", edited_just_before)
    assert [problem.code for problem in problems_of(NEW, out)] == ["FG508"] * 3
    found = snapshot(out)
    assert (found["app/b.py"], found["gone/c.py"], found["more"]) == (b"mine\n", b"mine\n", b"mine\n")
    assert os.listdir(out.parent) == ["generated"]
    assert [problem.code for problem in problems_of(NEW, out)] == ["FG501", "FG503"]


def test_the_exchange_comes_after_everything_staged_is_made_to_last(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = recorded(monkeypatch)
    write(NEW, out)
    site = site_of(out)
    at = events.index(("exchange", str(site.swap)))
    staged = [*(site.stage / path for path in ("", "app", "app/b.py", "more", "more/d.py", MANIFEST)), site.record]
    assert {("fsync", str(path)) for path in staged} <= set(events[:at])
    assert events[at + 1 : at + 3] == [("fsync", str(site.work)), ("fsync", str(site.parent))]
    assert not [event for event in events[: at + 3] if event[0] == "unlink"]


def test_the_journal_lasts_before_the_first_file_moves(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(out, {"stray": b""})
    events = recorded(monkeypatch)
    write(NEW, out)
    site = site_of(out)
    at = events.index(("rename", str(site.work / "draft")))
    staged = ["", "app", "app/b.py", "more", "more/d.py", MANIFEST]
    assert {("fsync", str(path)) for path in (*(site.stage / path for path in staged), site.work / "draft")} <= set(
        events[:at]
    )
    assert events[at + 1] == ("fsync", str(site.work))
    changes = [event for event in events[at + 2 :] if event[0] in ("rename", "swap", "move")]
    assert changes[:4] == [("rename", "c.py"), ("swap", "b.py"), ("move", "d.py"), ("swap", MANIFEST)]
    over = events.index(("unlink", str(site.journal)))
    made_to_last = {("fsync", str(path)) for path in (out, out / "app", out / "more")}
    assert made_to_last <= set(events[events.index(("swap", MANIFEST)) : over])


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Record what is made to last, renamed and removed from now on, in order."""
    events: list[tuple[str, str]] = []

    def recording(name: str, real: Callable[..., object], told: Callable[..., str]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            events.append((name, told(*arguments)))
            return real(*arguments, **options)

        return call

    def opened(handle: int) -> str:
        return os.readlink(f"/proc/self/fd/{handle}")

    def first(path: object, *_: object) -> str:
        return str(path)

    monkeypatch.setattr(os, "fsync", recording("fsync", os.fsync, opened))
    monkeypatch.setattr(os, "rename", recording("rename", os.rename, first))
    monkeypatch.setattr(os, "unlink", recording("unlink", os.unlink, first))

    def second(name: tuple[int, str], *_: object) -> str:
        return name[1]

    monkeypatch.setattr(f"{REPLAY}.swap", recording("swap", swap, second))
    monkeypatch.setattr(f"{REPLAY}.move", recording("move", move, second))
    monkeypatch.setattr(f"{WHOLE}.exchange", recording("exchange", exchange, first))
    return events


@pytest.mark.parametrize("locked", ["", "app"])
def test_a_folder_without_permission_is_refused_before_anything_is_begun(locked: str) -> None:
    with tempfile.TemporaryDirectory() as base:
        out = Path(base) / "generated"
        write(OLD, out)
        (out / "stray").touch()
        before = snapshot(out)
        if os.getuid() == 0:
            for path in (Path(base), out, *out.rglob("*")):
                os.chown(path, UNPRIVILEGED, -1)
        (out / locked).chmod(0o555)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setuid(UNPRIVILEGED if os.getuid() == 0 else os.getuid())
                (problem,) = problems_of(NEW, out)
                status = 0 if "permission denied; nothing was changed" in problem.message else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert snapshot(out) == before
        assert os.listdir(base) == ["generated"]
        (out / locked).chmod(0o755)


def test_a_folder_that_may_not_be_written_and_need_not_be_is_replaced_with_the_rest(out: Path) -> None:
    tree = Tree({**OLD.files, "app/b.py": b"two\n"}, {})
    (out / "gone").chmod(0o555)
    write(tree, out)
    assert snapshot(out) == held_by(tree)
    assert os.listdir(out.parent) == ["generated"]


def test_a_build_that_waits_too_long_names_the_one_it_waits_for(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    with lock.held(site_of(out)):
        (problem,) = problems_of(NEW, out)
    assert problem.code == "FG506"
    assert problem.message == f"another build of '{out}' is running (process {os.getpid()})"
    assert snapshot(out) == held_by(OLD)


def test_a_second_build_waits_for_the_first(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first build ends when the second is seen to wait."""
    held, waiting = threading.Event(), threading.Event()

    def first() -> None:
        with lock.held(site_of(out)):
            held.set()
            waiting.wait(30)

    monkeypatch.setattr(time, "sleep", lambda seconds: waiting.set())
    builder = threading.Thread(target=first)
    builder.start()
    assert held.wait(30)
    write(NEW, out)
    builder.join(30)
    assert waiting.is_set()
    assert snapshot(out) == held_by(NEW)
    assert os.listdir(out.parent) == ["generated"]


def test_a_lock_file_that_was_replaced_is_not_taken_for_the_lock(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build before ends, and a third begins, between the opening of the lock file and its locking."""
    site = site_of(out)

    def late(handle: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        site.lock.unlink()
        site.lock.touch()
        flock(handle, operation)

    flock = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", late)
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    with pytest.raises(Rejected), lock.held(site):
        pass
    monkeypatch.setattr(lock, "WAIT_SECONDS", 30.0)
    monkeypatch.setattr(fcntl, "flock", late)
    with lock.held(site):
        monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
        assert problems_of(NEW, out)[0].code == "FG506"


def test_the_lock_dies_with_its_process(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    child = os.fork()
    if child == 0:
        with lock.held(site_of(out)):
            os._exit(0)
    os.waitpid(child, 0)
    assert site_of(out).lock.exists()
    write(NEW, out)
    assert os.listdir(out.parent) == ["generated"]


def test_many_builds_at_once_leave_one_of_their_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    trees = [Tree({"a": b"%d" % number, f"b/{number}": b""}, {}) for number in range(4)]
    children = [os.fork() or build_often(tree, tmp_path / "out") for tree in trees]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert snapshot(tmp_path / "out") in [held_by(tree) for tree in trees]
    assert os.listdir(tmp_path) == ["out"]


def build_often(tree: Tree, out: Path) -> int:
    """Build ten times in a process of its own, which ends here."""
    status = 1
    try:
        for _ in range(10):
            write(tree, out)
        status = 0
    finally:
        os._exit(status)


@pytest.mark.parametrize(
    "journal",
    [
        b"",
        b"{}",
        b'{"changes": []}',
        b'{"changes": {"../../x": ["absent", "absent"]}}',
        b'{"changes": {"/etc/x": ["absent", "absent"]}}',
        b'{"changes": {"a": ["absent", "link"]}}',
        b'{"changes": {"a": ["absent"]}}',
        b'{"changes": {"a": "absent"}}',
        b'{"changes": {"a": ["folder", "absent"]}}',
        b'{"changes": {}, "more": 1}',
        b'{"changes": {"a": ["absent", "%s"], "a/b": ["absent", "%s"]}}' % (b"0" * 64, b"0" * 64),
    ],
)
def test_a_bad_journal_is_refused_with_a_remedy(out: Path, journal: bytes) -> None:
    site = site_of(out)
    site.stage.mkdir(parents=True)
    site.journal.write_bytes(journal)
    (problem,) = problems_of(NEW, out)
    assert problem.code == "FG505"
    assert problem.remedy == f"remove the folder '{site.work}', then build again"
    assert snapshot(out) == held_by(OLD)


def test_a_journal_cannot_reach_through_links(out: Path) -> None:
    outside = out.parent / "outside"
    put(outside, {"secret": b"s"})
    (out / "app" / "way").symlink_to(outside)
    site = site_of(out)
    site.work.mkdir()
    site.stage.symlink_to(outside)
    change = f'["{digest(b"s")}", "absent"]'
    site.journal.write_text(f'{{"changes": {{"app/way/secret": {change}, "app/way": {change}}}}}')
    with pytest.raises(Rejected):
        write(NEW, out)
    site.stage.unlink()
    site.stage.mkdir()
    write(NEW, out)
    assert snapshot(outside) == {"secret": b"s"}
    assert (out / "app" / "way").is_symlink()


def test_a_working_folder_that_is_a_link_is_refused(out: Path) -> None:
    outside = out.parent / "outside"
    put(outside, {"stage": b"s"})
    site_of(out).work.symlink_to(outside)
    assert problems_of(NEW, out)[0].code == "FG509"
    assert snapshot(outside) == {"stage": b"s"}


def test_a_journal_for_a_folder_that_was_removed_is_dropped(out: Path) -> None:
    site = site_of(out)
    site.stage.mkdir(parents=True)
    site.journal.write_bytes(b'{"changes": {}}')
    out.rename(out.parent / "away")
    write(NEW, out)
    assert snapshot(out) == held_by(NEW)
    assert sorted(os.listdir(out.parent)) == ["away", "generated"]


def test_sweep_leaves_a_folder_with_anything_in_it(tmp_path: Path) -> None:
    put(tmp_path, {"a/b/keep": b"", "c/d/.DS_Store": b"", "c/e.pyc": b""})
    with below.folder(tmp_path) as root:
        assert not below.sweep(root, "a")
        assert below.sweep(root, "c")
        assert below.sweep(root, "c")
    assert snapshot(tmp_path) == {"a/b/keep": b""}
