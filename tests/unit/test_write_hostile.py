"""Manifests, journals and records that somebody else wrote: they reach nothing that is not a build's own."""

import json
import os
from pathlib import Path

import pytest

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages.drift.site import Site, site_of
from fountaingen.stages.write import write

OLD = Tree({"app/a.py": b"1\n", "app/b.py": b"2\n", "gone/c.py": b"3\n"}, {})
NEW = Tree({"app/a.py": b"1\n", "app/b.py": b"two\n", "more/d.py": b"4\n"}, {})
MINE = b"mine\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An output folder that was built from OLD, with a file in it that is somebody's own."""
    write(OLD, tmp_path / "generated")
    (tmp_path / "generated/app/mine").write_bytes(MINE)
    return site_of(tmp_path / "generated")


def put(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def planted(site: Site, changes: dict[str, list[str]], staged: dict[str, bytes]) -> None:
    put(site.stage, {".keep": b"", **staged})
    site.journal.write_text(json.dumps({"changes": changes}))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def held_by(tree: Tree) -> dict[str, bytes]:
    return {**tree.files, MANIFEST: Manifest.of(tree).to_bytes()}


def test_a_journal_removes_only_what_the_manifest_records(site: Site) -> None:
    planted(site, {"app/mine": [digest(MINE), "absent"], "gone/c.py": [digest(b"3\n"), "absent"]}, {})
    write(NEW, site.out)
    assert snapshot(site.out) == {**held_by(NEW), "app/mine": MINE}


def test_a_journal_replaces_only_what_the_manifest_records(site: Site) -> None:
    planted(site, {"app/mine": [digest(MINE), digest(b"theirs\n")]}, {"app/mine": b"theirs\n"})
    write(NEW, site.out)
    assert snapshot(site.out) == {**held_by(NEW), "app/mine": MINE}


def test_a_journal_does_not_take_an_edit_for_its_own(site: Site) -> None:
    (site.out / "app/b.py").write_bytes(MINE)
    planted(site, {"app/b.py": [digest(MINE), digest(b"theirs\n")]}, {"app/b.py": b"theirs\n"})
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG501"]
    assert (site.out / "app/b.py").read_bytes() == MINE


def test_a_journal_puts_nothing_back_over_a_file(site: Site) -> None:
    """It says that the file is what it left, so that what is staged looks like an edit that was displaced."""
    planted(site, {"app/mine": ["absent", digest(MINE)]}, {"app/mine": b"theirs\n"})
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG508"]
    assert (site.out / "app/mine").read_bytes() == MINE


def test_a_record_exchanges_nothing_for_a_folder_with_somebodys_files(site: Site) -> None:
    before = snapshot(site.out)
    put(site.swap, {"app/a.py": b"theirs\n"})
    after = {path: digest(data) for path, data in before.items()}
    site.record.write_text(json.dumps({"before": {}, "after": after}))
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG508"]
    assert snapshot(site.out) == before


def test_an_edit_comes_back_from_an_exchange_of_an_older_version(site: Site) -> None:
    """Its manifest has other bytes than one that is written today."""
    states = {
        state: {"app/a.py": text, MANIFEST: json.dumps({"inputs": {}, "outputs": {"app/a.py": digest(text)}}).encode()}
        for state, text in (("before", b"0\n"), ("after", b"1\n"))
    }
    for path in snapshot(site.out):
        (site.out / path).unlink()
    put(site.out, states["after"])
    put(site.swap, {**states["before"], "app/a.py": MINE})
    record = {name: {path: digest(data) for path, data in files.items()} for name, files in states.items()}
    site.record.write_text(json.dumps(record))
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG501"]
    assert (site.out / "app/a.py").read_bytes() == MINE


@pytest.mark.parametrize(
    "record", [b"", b"[]", b"{}", b'{"before": {}}', b'{"before": {}, "after": {}, "x": 1}', b"[" * 100_000, None]
)
def test_a_bad_record_is_refused_with_a_remedy(site: Site, record: bytes | None) -> None:
    put(site.swap, {"app/a.py": b"theirs\n"})
    if record is not None:
        site.record.write_bytes(record)
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    (problem,) = caught.value.problems
    assert (problem.code, problem.remedy) == ("FG505", f"remove the folder '{site.work}', then build again")
    assert (site.out / "app/mine").read_bytes() == MINE


@pytest.mark.parametrize("name", ["stage", "swap", "old", "gone"])
def test_a_link_where_a_build_works_is_not_followed(site: Site, tmp_path: Path, name: str) -> None:
    put(tmp_path, {"outside/app/b.py": MINE})
    site.work.mkdir()
    (site.work / name).symlink_to(tmp_path / "outside")
    site.record.write_text('{"before": {}, "after": {}}')
    try:
        write(NEW, site.out)
    except Rejected:
        assert name == "swap"
    assert snapshot(tmp_path / "outside") == {"app/b.py": MINE}


def test_a_lock_that_is_another_name_of_somebodys_file_is_not_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(MINE)
    site.work.mkdir()
    os.link(tmp_path / "notes", site.lock)
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG509"]
    assert (tmp_path / "notes").read_bytes() == MINE


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_lock_that_is_no_file_is_refused(site: Site, tmp_path: Path, kind: str) -> None:
    (tmp_path / "notes").write_bytes(MINE)
    site.work.mkdir()
    match kind:
        case "link":
            site.lock.symlink_to(tmp_path / "notes")
        case "pipe":
            os.mkfifo(site.lock)
        case _:
            site.lock.mkdir()
    with pytest.raises(Rejected):
        write(NEW, site.out)
    assert (tmp_path / "notes").read_bytes() == MINE


def test_a_manifest_that_lies_gives_up_no_file_that_is_not_as_it_says(site: Site, tmp_path: Path) -> None:
    put(tmp_path, {"outside/secret": MINE})
    (site.out / "way").symlink_to(tmp_path / "outside")
    outputs = {**Manifest.of(OLD).outputs, "app/mine": digest(b"something else"), "way/secret": digest(MINE)}
    (site.out / MANIFEST).write_bytes(Manifest({}, outputs).to_bytes())
    with pytest.raises(Rejected) as caught:
        write(NEW, site.out)
    assert [problem.code for problem in caught.value.problems] == ["FG501"]
    write(NEW, site.out, force=True)
    assert (tmp_path / "outside/secret").read_bytes() == MINE
    assert (site.out / "way").is_symlink()


def test_a_pipe_for_a_manifest_hangs_nothing(site: Site) -> None:
    (site.out / MANIFEST).unlink()
    os.mkfifo(site.out / MANIFEST)
    with pytest.raises(Rejected):
        write(NEW, site.out)
    assert (site.out / "app/mine").read_bytes() == MINE
