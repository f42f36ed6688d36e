"""Writing the output: what changes, what is kept, what is refused."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Problem, Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages import drift
from fountaingen.stages.write import Written, stage, write

WHOLE = "fountaingen.stages.write.whole"
LONG_AGO = 1_000_000_000_000_000_000
OLD = Tree({"app/a.py": b"1\n", "app/b.py": b"2\n", "gone/c.py": b"3\n"}, {"specs/x.yaml": digest(b"old")})
NEW = Tree({"app/a.py": b"1\n", "app/b.py": b"two\n", "more/d.py": b"4\n"}, {"specs/x.yaml": digest(b"new")})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder that was built from OLD long ago."""
    write(OLD, tmp_path / "generated")
    for path in snapshot(tmp_path / "generated"):
        os.utime(tmp_path / "generated" / path, ns=(LONG_AGO, LONG_AGO))
    return tmp_path / "generated"


@pytest.fixture(params=["exchange", "no exchange", "no links", "stray", "rubbish", "empty folder", "inside"])
def way(request: pytest.FixtureRequest, out: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything that decides whether the folder is exchanged or its files are renamed."""
    match request.param:
        case "no exchange":
            monkeypatch.setattr(f"{WHOLE}.exchange", lambda one, other: False)
        case "no links":
            monkeypatch.setattr(os, "link", refusing(errno.EPERM))
        case "stray":
            put(out, {"gone/mine": b"mine"})
        case "rubbish":
            put(out, {"gone/__pycache__/c.pyc": b"", "app/.DS_Store": b""})
        case "empty folder":
            (out / "app" / "empty").mkdir()
        case "inside":
            monkeypatch.chdir(out / "app")
    return str(request.param)


def put(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def held_by(tree: Tree) -> dict[str, bytes]:
    return {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}


def refusing(code: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


def problems_of(tree: Tree, out: Path, *, force: bool = False) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        write(tree, out, force=force)
    return caught.value.problems


def test_first_build_makes_the_folder_and_those_above_it(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "generated"
    assert write(OLD, out) == Written((*sorted(OLD.files)[:2], "gone/c.py", MANIFEST), (), ())
    assert snapshot(tmp_path / "deep") == {f"er/generated/{path}": data for path, data in held_by(OLD).items()}
    assert os.listdir(out.parent) == ["generated"]


def test_build_into_an_empty_folder(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    assert snapshot(tmp_path) == held_by(OLD)


def test_an_empty_tree_is_a_tree(out: Path) -> None:
    empty = Tree({}, {})
    assert write(empty, out).removed == tuple(sorted(OLD.files))
    assert os.listdir(out) == [MANIFEST]


def test_writes_what_changed_keeps_the_rest_and_removes_orphans(out: Path, way: str) -> None:
    strays = {path: data for path, data in snapshot(out).items() if path not in held_by(OLD)}
    kept = out / "app" / "a.py"
    assert write(NEW, out) == Written(("app/b.py", MANIFEST, "more/d.py"), ("app/a.py",), ("gone/c.py",))
    gone = {"gone/__pycache__/c.pyc"}  # the folder it was in is empty but for it
    assert snapshot(out) == {**held_by(NEW), **{path: data for path, data in strays.items() if path not in gone}}
    assert kept.stat().st_mtime_ns == LONG_AGO
    assert (out / "app" / "b.py").stat().st_mtime_ns != LONG_AGO
    assert (out / "gone").exists() == (way == "stray")
    assert (out / "app" / "empty").exists() == (way == "empty folder")
    assert os.listdir(out.parent) == ["generated"]
    assert drift.unchanged(out, NEW.inputs)


def test_nothing_is_written_when_nothing_changed(out: Path) -> None:
    put(out, {"stray": b""})
    before = {path: path.stat() for path in (out.parent, out, *out.rglob("*"))}
    assert write(OLD, out) == Written((), tuple(sorted(held_by(OLD))), ())
    assert [path.stat().st_mtime_ns for path in before] == [state.st_mtime_ns for state in before.values()]
    assert [path.stat().st_ctime_ns for path in before] == [state.st_ctime_ns for state in before.values()]


def test_only_the_manifest_changes_when_only_an_input_did(out: Path) -> None:
    result = write(Tree(OLD.files, {}), out)
    assert (result.written, result.removed) == ((MANIFEST,), ())
    assert all((out / path).stat().st_mtime_ns == LONG_AGO for path in OLD.files)


def test_files_become_folders_and_folders_files(out: Path, way: str) -> None:
    tree = Tree({"app": b"a file\n", "gone/c.py/deep/e.py": b"5\n"}, {})
    if way in ("stray", "rubbish", "empty folder", "inside"):
        (out / "app" / ".DS_Store").unlink(missing_ok=True)
    write(tree, out)
    assert held_by(tree).items() <= snapshot(out).items()
    assert drift.survey(tree, out).drifted == ()


def test_modes(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(Tree({"run.sh": b"#!/bin/sh\n", "a.py": b"#\n"}, {}), tmp_path / "out")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == {"run.sh": 0o755, "a.py": 0o644, MANIFEST: 0o644}


def test_folders_keep_their_permissions(out: Path) -> None:
    out.chmod(0o750)
    (out / "app").chmod(0o2775)
    write(NEW, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o750
    assert stat.S_IMODE((out / "app").stat().st_mode) == 0o2775


def test_an_output_folder_that_is_a_link_stays_one(out: Path) -> None:
    named = out.parent / "named"
    named.symlink_to("generated")
    write(NEW, named)
    assert named.is_symlink()
    assert snapshot(out) == held_by(NEW)


def test_edited_files_stop_the_build_and_nothing_changes(out: Path) -> None:
    put(out, {"app/a.py": b"mine\n", "gone/c.py": b"mine\n", "more/d.py": b"mine\n"})
    before = snapshot(out)
    problems = problems_of(NEW, out)
    assert [(problem.code, problem.message) for problem in problems] == [
        ("FG501", f"'{out}/app/a.py' was edited by hand"),
        ("FG501", f"'{out}/gone/c.py' was edited by hand"),
        ("FG502", f"'{out}/more/d.py' was not generated, and a generated file belongs there"),
    ]
    assert all("--force" in problem.remedy for problem in problems)
    assert snapshot(out) == before
    assert os.listdir(out.parent) == ["generated"]
    write(NEW, out, force=True)
    assert snapshot(out) == held_by(NEW)


def test_an_edit_that_equals_what_is_expected_is_none(out: Path) -> None:
    put(out, {"app/b.py": b"two\n"})
    assert "app/b.py" in write(NEW, out).kept


@pytest.mark.parametrize(
    ("first_line", "said"),
    [
        (
            b"# Generated by fountaingen from specs/x.yaml. Do not edit: put logic in hooks/x.py.",
            "('Generated by fountaingen from specs/x.yaml. Do not edit: put logic in hooks/x.py.')",
        ),
        (b"<!-- Generated by fountaingen from specs/x.yaml. -->", "('Generated by fountaingen from specs/x.yaml.')"),
        (b"# Generated by fountaingen from \x1b[2Jx", "the spec or the hooks"),
        (b"{", "the spec or the hooks"),
    ],
)
def test_the_remedy_says_where_a_change_belongs(tmp_path: Path, first_line: bytes, said: str) -> None:
    tree = Tree({"a": first_line + b"\nmore\n"}, {})
    write(tree, tmp_path / "out")
    put(tmp_path / "out", {"a": b"mine\n"})
    assert said in problems_of(tree, tmp_path / "out")[0].remedy


def test_links_are_never_followed(out: Path) -> None:
    outside = out.parent / "outside"
    put(outside, {"b.py": b"2\n", "d.py": b"4\n"})
    (out / "app" / "b.py").unlink()
    (out / "app" / "b.py").symlink_to(outside / "b.py")
    assert [problem.code for problem in problems_of(NEW, out)] == ["FG501"]
    write(NEW, out, force=True)
    assert not (out / "app" / "b.py").is_symlink()
    assert snapshot(outside) == {"b.py": b"2\n", "d.py": b"4\n"}


@pytest.mark.parametrize("force", [False, True])
def test_what_is_in_the_way_is_never_forced(out: Path, force: bool) -> None:
    outside = out.parent / "outside"
    outside.mkdir()
    (out / "more").symlink_to(outside)
    (out / "gone" / "c.py").unlink()
    put(out, {"gone/c.py/mine": b"mine"})
    tree = Tree({**NEW.files, "gone/c.py": b"3\n"}, {})
    assert [problem.code for problem in problems_of(tree, out, force=force)] == ["FG503", "FG503"]
    assert snapshot(outside) == {}
    assert (out / "gone/c.py/mine").read_bytes() == b"mine"


def test_a_bad_manifest_stops_the_build_and_force_gives_it_up(out: Path) -> None:
    put(out, {MANIFEST: b'{"inputs": {}, "outputs": {"../../etc/passwd": ""}}'})
    assert {problem.code for problem in problems_of(NEW, out)} == {"FG504"}
    write(NEW, out, force=True)
    assert snapshot(out) == {**held_by(NEW), "gone/c.py": b"3\n"}


def test_a_lost_manifest_leaves_unknown_files_alone(out: Path) -> None:
    (out / MANIFEST).unlink()
    assert [problem.code for problem in problems_of(NEW, out)] == ["FG502"]
    assert write(OLD, out).written == (MANIFEST,)


@pytest.mark.parametrize("bad", ["/etc/x", "../x", "a/../../x", "a\\b", MANIFEST, "a/__pycache__/x", ""])
def test_a_tree_never_reaches_outside(tmp_path: Path, bad: str) -> None:
    problems_of(Tree({bad: b""}, {}), tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_an_output_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    put(tmp_path, {"file": b"x"})
    assert problems_of(OLD, tmp_path / "file")[0].code == "FG509"
    assert problems_of(OLD, Path("/"))[0].code == "FG509"
    assert problems_of(OLD, tmp_path / "file" / "below")[0].code == "FG507"
    assert snapshot(tmp_path) == {"file": b"x"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_what_the_system_refuses_is_told_and_nothing_is_lost(
    out: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    before = snapshot(out)
    with monkeypatch.context() as patched:
        patched.setattr(stage, "put", refusing(code))
        (problem,) = problems_of(NEW, out)
    assert problem.code == "FG507"
    assert problem.message == f"cannot write '{out}/app/b.py': {os.strerror(code).lower()}; nothing was changed"
    assert problem.remedy
    assert snapshot(out) == before
    assert os.listdir(out.parent) == ["generated"]
    write(NEW, out)


def test_a_mount_point_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = out.stat().st_dev
    real = os.stat

    def elsewhere(path: Path, **options: bool) -> os.stat_result:
        state = real(path, **options)
        return os.stat_result((*state[:2], device + 1, *state[3:10])) if path == out else state

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", elsewhere)
        assert "mount point" in problems_of(NEW, out)[0].message
    assert snapshot(out) == held_by(OLD)
