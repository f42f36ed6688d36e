"""The seven verdicts, what is read from disk, and the differences shown."""

import hashlib
import itertools
import os
import socket
from pathlib import Path

import pytest

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.model.verdict import Finding, Verdict
from fountaingen.stages import drift
from fountaingen.stages.drift import disk as disk_module
from fountaingen.stages.drift import text
from fountaingen.stages.drift.disk import Disk, File, Link, Special, Unread
from fountaingen.stages.drift.table import Present, State

A = digest(b"a\n")
B = digest(b"b\n")
C = digest(b"c\n")
INPUTS = {"specs/x.yaml": A}


def disk_of(files: dict[str, bytes]) -> Disk:
    return Disk({path: File(digest(data), data) for path, data in files.items()})


def built(files: dict[str, bytes]) -> tuple[Manifest, Disk]:
    """The manifest and the folder that a build of ``files`` leaves."""
    manifest = Manifest.of(Tree(files, INPUTS))
    return manifest, disk_of({**files, MANIFEST: manifest.to_bytes()})


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def verdicts(findings: tuple[Finding, ...]) -> dict[str, Verdict]:
    return {finding.path: finding.verdict for finding in findings}


# expected, manifest, disk: one line a row of the table, and the cases where two rows could be mistaken for one another.
TABLE: list[tuple[str | None, str | None, State, Verdict]] = [
    (A, None, A, Verdict.CLEAN),
    (A, A, A, Verdict.CLEAN),
    (A, B, A, Verdict.CLEAN),
    (None, None, None, Verdict.CLEAN),
    (None, A, None, Verdict.CLEAN),
    (A, None, None, Verdict.MISSING),
    (A, A, None, Verdict.MISSING),
    (A, B, None, Verdict.MISSING),
    (None, None, A, Verdict.STRAY),
    (None, None, Present.LINK, Verdict.STRAY),
    (None, None, Present.UNREAD, Verdict.STRAY),
    (A, None, B, Verdict.BLOCKED),
    (A, None, Present.LINK, Verdict.BLOCKED),
    (A, None, Present.FOLDER, Verdict.BLOCKED),
    (A, A, B, Verdict.EDITED),
    (A, B, C, Verdict.EDITED),
    (None, A, B, Verdict.EDITED),
    (None, A, Present.SPECIAL, Verdict.EDITED),
    (A, A, Present.LINK, Verdict.EDITED),
    (None, A, A, Verdict.ORPHAN),
    (A, B, B, Verdict.STALE),
]


@pytest.mark.parametrize(("expected", "recorded", "present", "verdict"), TABLE)
def test_table(expected: str | None, recorded: str | None, present: State, verdict: Verdict) -> None:
    assert drift.judge(expected, recorded, present) is verdict


@pytest.mark.parametrize(
    ("expected", "recorded", "present"),
    list(itertools.product((None, A, B, C), (None, A, B, C), (None, A, B, C, *Present))),
)
def test_first_row_that_matches_decides(expected: str | None, recorded: str | None, present: State) -> None:
    rows = [
        (Verdict.CLEAN, expected == present),
        (Verdict.MISSING, expected is not None and present is None),
        (Verdict.STRAY, expected is None and recorded is None and present is not None),
        (Verdict.BLOCKED, expected is not None and recorded is None and present is not None),
        (Verdict.EDITED, recorded != present and present is not None),
        (Verdict.ORPHAN, expected is None and recorded == present),
        (Verdict.STALE, expected is not None and recorded == present),
    ]
    assert drift.judge(expected, recorded, present) is next(verdict for verdict, matches in rows if matches)


def test_only_two_verdicts_stop_a_build_and_two_are_no_drift() -> None:
    assert {verdict for verdict in Verdict if verdict.stops_build} == {Verdict.BLOCKED, Verdict.EDITED}
    assert {verdict for verdict in Verdict if not verdict.is_drift} == {Verdict.CLEAN, Verdict.STRAY}
    assert len({verdict.explanation for verdict in Verdict}) == 7


def test_compare_gives_each_path_of_the_three_its_verdict_in_order() -> None:
    old = {"clean": b"a\n", "stale": b"b\n", "orphan": b"b\n", "edited": b"a\n", "missing": b"a\n", "gone": b"a\n"}
    manifest, _ = built(old)
    lies = {**old, "edited": b"mine\n", "stray": b"c\n", "blocked": b"c\n", MANIFEST: manifest.to_bytes()}
    lies.pop("missing")
    lies.pop("gone")
    tree = Tree({path: b"a\n" for path in ("clean", "stale", "edited", "missing", "blocked")}, INPUTS)
    findings = drift.compare(tree, manifest, disk_of(lies))
    assert [finding.path for finding in findings] == sorted({*old, *lies, "blocked"})
    assert verdicts(findings) == {
        "clean": Verdict.CLEAN,
        "stale": Verdict.STALE,
        "orphan": Verdict.ORPHAN,
        "edited": Verdict.EDITED,
        "missing": Verdict.MISSING,
        "gone": Verdict.CLEAN,
        "stray": Verdict.STRAY,
        "blocked": Verdict.BLOCKED,
        MANIFEST: Verdict.STALE,
    }


def test_the_manifest_itself_is_judged() -> None:
    tree = Tree({"x": b"a\n"}, INPUTS)
    manifest, disk = built({"x": b"a\n"})
    assert verdicts(drift.compare(tree, manifest, disk))[MANIFEST] is Verdict.CLEAN
    assert verdicts(drift.compare(Tree(tree.files, {}), manifest, disk))[MANIFEST] is Verdict.STALE
    assert verdicts(drift.compare(tree, None, disk_of({"x": b"a\n"})))[MANIFEST] is Verdict.MISSING
    linked = Disk({**disk.entries, MANIFEST: Link()})
    assert verdicts(drift.compare(tree, None, linked))[MANIFEST] is Verdict.BLOCKED


def test_what_stands_in_the_way_of_a_file_blocks_it() -> None:
    tree = Tree({"a/b": b"a\n", "c": b"a\n"}, {})
    below = Disk({"a": Link()})
    assert verdicts(drift.compare(tree, None, below))["a/b"] is Verdict.BLOCKED
    folder = Disk({"c/mine": Unread()}, frozenset({"c"}))
    assert verdicts(drift.compare(tree, None, folder))["c"] is Verdict.BLOCKED


def test_a_file_that_goes_makes_room_for_a_folder_and_the_other_way_round() -> None:
    manifest, old = built({"a": b"a\n", "c/d/e": b"b\n"})
    found = verdicts(drift.compare(Tree({"a/b": b"a\n", "c": b"a\n"}, {}), manifest, old))
    assert found["a"] is Verdict.ORPHAN
    assert found["a/b"] is Verdict.MISSING
    assert found["c"] is Verdict.MISSING
    assert found["c/d/e"] is Verdict.ORPHAN


def test_a_tree_that_could_not_be_written_is_refused() -> None:
    with pytest.raises(Rejected):
        drift.compare(Tree({"../x": b""}, {}), None, Disk({}))


def test_read_tells_kinds_apart_and_follows_nothing(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"secret": b"s"})
    out = put(tmp_path / "out", {"app/x.py": b"a\n", "notes": b"b\n"})
    (out / "empty").mkdir()
    (out / "link").symlink_to(outside)
    (out / "dangling").symlink_to("nowhere")
    os.mkfifo(out / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(out / "socket"))
        disk = drift.read(out)
        partly = drift.read(out, {"notes", "pipe", "link"})
    assert disk.entries == {
        "app/x.py": File(A, None),
        "notes": File(B, None),
        "link": Link(),
        "dangling": Link(),
        "pipe": Special(),
        "socket": Special(),
    }
    assert disk.folders == {"app", "empty"}
    assert partly.entries == {**disk.entries, "app/x.py": Unread()}


def test_read_ignores_what_tools_leave(tmp_path: Path) -> None:
    rubbish = {"__pycache__/x.pyc", ".mypy_cache/3/x", "a/.ruff_cache/y", ".pytest_cache/v", ".DS_Store", "a/z.pyc"}
    out = put(tmp_path, {**dict.fromkeys(rubbish, b""), "a/x.py": b"a\n"})
    disk = drift.read(out)
    assert list(disk.entries) == ["a/x.py"]
    assert disk.folders == {"a"}
    assert disk.rubbish == {"__pycache__", ".mypy_cache", "a/.ruff_cache", ".pytest_cache", ".DS_Store", "a/z.pyc"}


def test_read_takes_an_absent_folder_for_an_empty_one_and_refuses_a_file(tmp_path: Path) -> None:
    assert drift.read(tmp_path / "no") == Disk({}, exists=False)
    with pytest.raises(Rejected, match="1 problem"):
        drift.read(put(tmp_path, {"file": b""}) / "file")


def test_read_follows_a_link_that_is_the_output_folder(tmp_path: Path) -> None:
    put(tmp_path / "real", {"x": b"a\n"})
    (tmp_path / "out").symlink_to("real")
    assert list(drift.read(tmp_path / "out").entries) == ["x"]


def test_read_keeps_no_large_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "SHOWN_BYTES", 3)
    entries = drift.read(put(tmp_path, {"big": b"1234", "small": b"123"})).entries
    assert [entry.data for entry in entries.values() if isinstance(entry, File)] == [None, b"123"]
    assert entries["big"] == File(hashlib.sha256(b"1234").hexdigest(), None)


def test_read_manifest(tmp_path: Path) -> None:
    assert drift.read_manifest(tmp_path) is None
    manifest, _ = built({"x": b"a\n"})
    put(tmp_path, {MANIFEST: manifest.to_bytes()})
    assert drift.read_manifest(tmp_path) == manifest
    put(tmp_path, {MANIFEST: b"{"})
    with pytest.raises(Rejected) as caught:
        drift.read_manifest(tmp_path)
    assert caught.value.problems[0].place.path == f"{tmp_path}/{MANIFEST}"
    (tmp_path / MANIFEST).unlink()
    (tmp_path / MANIFEST).symlink_to("elsewhere")
    assert drift.read_manifest(tmp_path) is None


def test_unchanged(tmp_path: Path) -> None:
    files = {"a/x.py": b"a\n", "y": b"b\n"}
    manifest = Manifest.of(Tree(files, INPUTS))
    out = put(tmp_path / "out", {**files, MANIFEST: manifest.to_bytes(), "stray": b"c\n"})
    assert drift.unchanged(out, INPUTS)
    assert not drift.unchanged(out, {**INPUTS, "specs/y.yaml": B})
    assert not drift.unchanged(tmp_path / "no", INPUTS)


@pytest.mark.parametrize(
    "harm", ["edit", "remove", "link", "linked folder", "manifest", "manifest form", "both", "killed"]
)
def test_unchanged_sees_every_harm(tmp_path: Path, harm: str) -> None:
    files = {"a/x.py": b"a\n", "y": b"b\n"}
    manifest = Manifest.of(Tree(files, INPUTS))
    out = put(tmp_path / "out", {**files, MANIFEST: manifest.to_bytes()})
    match harm:
        case "edit":
            put(out, {"y": b"c\n"})
        case "remove":
            (out / "y").unlink()
        case "link":
            (out / "y").rename(tmp_path / "y")
            (out / "y").symlink_to(tmp_path / "y")
        case "linked folder":
            (out / "a").rename(tmp_path / "a")
            (out / "a").symlink_to(tmp_path / "a")
        case "manifest":
            put(out, {MANIFEST: b"{}"})
        case "manifest form":
            put(out, {MANIFEST: manifest.to_bytes().replace(b"\n", b"\r\n")})
        case "both":
            put(out, {"y": b"c\n", MANIFEST: manifest.to_bytes().replace(B.encode(), C.encode())})
        case "killed":
            (tmp_path / ".out.fountaingen").mkdir()
    assert not drift.unchanged(out, INPUTS)


def test_survey_reads_what_the_tree_or_the_manifest_name(tmp_path: Path) -> None:
    manifest, _ = built({"old": b"a\n"})
    out = put(tmp_path, {"old": b"a\n", "new": b"b\n", "other": b"c\n", MANIFEST: manifest.to_bytes()})
    survey = drift.survey(Tree({"new": b"b\n"}, INPUTS), out)
    assert survey.manifest == manifest
    assert survey.disk.entries["other"] == Unread()
    assert [(finding.path, finding.verdict) for finding in survey.drifted] == [
        (MANIFEST, Verdict.STALE),
        ("old", Verdict.ORPHAN),
    ]


def difference(verdict: Verdict, before: bytes | None, after: bytes | None) -> str:
    tree = Tree({} if after is None else {"x": after}, {})
    return drift.diff(Finding("x", verdict), tree, disk_of({} if before is None else {"x": before}))


def test_diff_leads_from_the_disk_to_the_tree() -> None:
    assert difference(Verdict.EDITED, b"1\nmine\n3\n", b"1\n2\n3\n") == (
        "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n 1\n-mine\n+2\n 3\n"
    )
    assert difference(Verdict.MISSING, None, b"1\n") == "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+1\n"
    assert difference(Verdict.ORPHAN, b"1\n", None) == "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
    assert difference(Verdict.MISSING, None, b"") == "--- /dev/null\n+++ b/x\n"


def test_diff_is_empty_where_a_build_changes_nothing() -> None:
    assert difference(Verdict.CLEAN, b"1\n", b"1\n") == ""
    assert difference(Verdict.STRAY, b"1\n", None) == ""


def test_diff_tells_a_missing_last_line_feed_and_splits_at_line_feeds_alone() -> None:
    assert difference(Verdict.STALE, b"a\x0cb\r\n1", b"a\x0cb\r\n1\n") == (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\x0cb\r\n-1\n\\ No newline at end of file\n+1\n"
    )


@pytest.mark.parametrize("data", [b"\0", b"\xff"])
def test_diff_says_binary(data: bytes) -> None:
    assert difference(Verdict.STALE, data, b"1\n") == "binary files a/x and b/x differ\n"
    assert difference(Verdict.STALE, b"1\n", data) == "binary files a/x and b/x differ\n"


def test_diff_of_what_has_no_content_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    linked = Disk({"x": Link()})
    assert drift.diff(Finding("x", Verdict.BLOCKED), Tree({"x": b"1\n"}, {}), linked) == "a/x and b/x differ\n"
    monkeypatch.setattr(text, "MAX_LINES", 3)
    assert difference(Verdict.STALE, b"1\n2\n", b"3\n4\n") == "large files a/x and b/x differ\n"


def test_diff_of_the_manifest() -> None:
    manifest, disk = built({"x": b"a\n"})
    shown = drift.diff(Finding(MANIFEST, Verdict.STALE), Tree({"x": b"b\n"}, INPUTS), disk)
    assert f'-    "x": "{A}"' in shown
    assert f'+    "x": "{B}"' in shown
    assert manifest.outputs == {"x": A}
