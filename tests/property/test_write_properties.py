"""Whatever a folder went through, a build obeys the table of verdicts and leaves exactly its own tree."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.model.manifest import MANIFEST, Manifest, digest, ignored, shadowed
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.model.verdict import Finding, Verdict
from fountaingen.stages import drift
from fountaingen.stages.write import write

Files = dict[str, bytes]

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENTS = st.sampled_from([b"0\n", b"1\n", b"#!2\n"])
FILES = st.dictionaries(PATHS, CONTENTS, max_size=6).map(
    lambda files: {path: data for path, data in files.items() if path not in shadowed(files)}
)
TREES = st.builds(Tree, FILES, st.dictionaries(NAMES, CONTENTS.map(digest), max_size=2))
CLUTTER = st.sampled_from(["a/__pycache__/x.pyc", ".DS_Store", "b/x.pyc", "c/.mypy_cache"])
HAND = st.sampled_from([b"mine\n", b"0\n", "remove", "link", "folder"])
HARM = st.lists(st.tuples(PATHS | CLUTTER | st.just(MANIFEST), HAND), max_size=5)
MEMORY = Path("/dev/shm")


def harm(out: Path, path: str, how: bytes | str) -> None:
    """Do to one path what a person or a tool might, where what lies there allows it."""
    target = out / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or not target.is_dir():
            target.unlink(missing_ok=True)
        match how:
            case "link":
                target.symlink_to("/nowhere")
            case "folder":
                target.mkdir()
            case bytes():
                target.write_bytes(how)
    except OSError:
        return


def lying_in(out: Path) -> dict[str, str | bytes]:
    """Everything in the folder: the content of files, the target of links, and the folders."""
    found: dict[str, str | bytes] = {}
    for path in out.rglob("*"):
        name = str(path.relative_to(out))
        found[name] = os.readlink(path) if path.is_symlink() else "folder" if path.is_dir() else path.read_bytes()
    return found


def judged(tree: Tree, out: Path) -> tuple[Finding, ...] | None:
    """The verdicts, or None where the manifest is beyond use."""
    try:
        return drift.survey(tree, out).findings
    except Rejected:
        return None


def row(expected: bytes | None, recorded: str | None, present: str | bytes | None) -> Verdict:
    """The table, for a path where nothing but a file or a link lies."""
    found = digest(present) if isinstance(present, bytes) else present
    if expected == present:
        return Verdict.CLEAN
    if expected is not None and present is None:
        return Verdict.MISSING
    if recorded is None:
        return Verdict.BLOCKED if expected is not None else Verdict.STRAY
    if found != recorded:
        return Verdict.EDITED
    return Verdict.STALE if expected is not None else Verdict.ORPHAN


def check_verdicts(tree: Tree, manifest: Manifest | None, lies: dict[str, str | bytes], out: Path) -> None:
    recorded = {} if manifest is None else manifest.outputs
    paths = {*tree.files, *recorded, *lies} - {MANIFEST}
    found = {finding.path: finding.verdict for finding in drift.survey(tree, out).findings}
    for path in paths:
        parts = path.split("/")
        below = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        if (
            any(ignored(part) for part in parts)
            or lies.get(path) == "folder"
            or any(lies.get(folder, "folder") != "folder" for folder in below)
        ):
            continue
        assert found[path] is row(tree.files.get(path), recorded.get(path), lies.get(path)), path


def check_built(tree: Tree, out: Path, strays: dict[str, str | bytes]) -> None:
    """The tree stands, nothing else drifted, what was never generated is untouched, and building again does nothing."""
    lies = lying_in(out)
    wanted = {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}
    assert {path: lies.get(path) for path in wanted} == wanted
    assert {path: lies.get(path) for path in strays} == strays
    assert {finding.verdict for finding in drift.survey(tree, out).findings} <= {Verdict.CLEAN, Verdict.STRAY}
    assert drift.unchanged(out, tree.inputs)
    again = write(tree, out)
    assert (again.written, again.removed) == ((), ())
    assert again.kept == tuple(sorted(wanted))
    assert os.listdir(out.parent) == [out.name]


@settings(max_examples=150, deadline=None)
@given(old=TREES, new=TREES, harms=HARM)
def test_any_history_ends_in_the_tree_or_in_a_refusal_that_changes_nothing(
    old: Tree, new: Tree, harms: list[tuple[str, bytes | str]]
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as base,
    ):
        patch.setattr(os, "fsync", lambda handle: None)
        out = Path(base) / "generated"
        write(old, out)
        check_built(old, out, {})
        for path, how in harms:
            harm(out, path, how)
        before = lying_in(out)
        findings = judged(new, out)
        if findings is not None:
            check_verdicts(new, drift.read_manifest(out), before, out)
        strays = {} if findings is None else {f.path: before[f.path] for f in findings if f.verdict is Verdict.STRAY}
        stopped = findings is None or any(finding.verdict.stops_build for finding in findings)
        try:
            write(new, out)
        except Rejected:
            assert stopped
            assert lying_in(out) == before
            assert os.listdir(base) == [out.name]
        else:
            assert not stopped
            check_built(new, out, strays)
            return
        try:
            write(new, out, force=True)
        except Rejected as error:
            assert {problem.code for problem in error.problems} == {"FG503"}
            assert lying_in(out) == before
        else:
            check_built(new, out, strays)


@settings(max_examples=100, deadline=None)
@given(tree=TREES)
def test_a_manifest_reads_back_as_it_was(tree: Tree) -> None:
    manifest = Manifest.of(tree)
    assert Manifest.parse(manifest.to_bytes()) == manifest


@settings(max_examples=300, deadline=None)
@given(
    data=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["inputs", "outputs", "a"]), inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_manifest_or_refused(data: bytes) -> None:
    try:
        manifest = Manifest.parse(data)
    except Rejected:
        return
    assert Manifest.parse(manifest.to_bytes()) == manifest
