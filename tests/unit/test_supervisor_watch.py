"""Changes of what people write are all seen, also those made while nobody looks, and nothing else is."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fountaingen.supervisor.watch import Snapshot, changes, fingerprint


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_snapshot_sees_what_comes_goes_and_is_written(tmp_path: Path) -> None:
    for name in ("kept", "gone", "written"):
        write(tmp_path / "a" / name, name)
    before = Snapshot.of([tmp_path / "a", tmp_path / "absent"])
    (tmp_path / "a/gone").unlink()
    write(tmp_path / "a/written", "other")
    write(tmp_path / "absent/b/new", "")
    after = Snapshot.of([tmp_path / "a", tmp_path / "absent"])
    changed = after.changed_since(before)
    assert [path.relative_to(tmp_path).as_posix() for path in changed] == ["a/gone", "a/written", "absent/b/new"]
    assert after.changed_since(after) == ()


@pytest.mark.parametrize("name", [".swp", "a~", "__pycache__/a.py", ".git/config", "x.pyc"])
def test_what_tools_leave_behind_is_no_change(tmp_path: Path, name: str) -> None:
    before, print_before = Snapshot.of([tmp_path]), fingerprint(tmp_path)
    write(tmp_path / name, "x")
    assert Snapshot.of([tmp_path]) == before
    assert fingerprint(tmp_path) == print_before


def test_a_fingerprint_is_of_names_and_contents_not_of_times(tmp_path: Path) -> None:
    write(tmp_path / "a/x", "1")
    first = fingerprint(tmp_path)
    os.utime(tmp_path / "a/x", (1, 1))
    assert fingerprint(tmp_path) == first
    (tmp_path / "a/x").rename(tmp_path / "a/y")
    renamed = fingerprint(tmp_path)
    write(tmp_path / "a/y", "2")
    assert len({first, renamed, fingerprint(tmp_path)}) == 3


async def following(tmp_path: Path, stop: asyncio.Event) -> AsyncIterator[list[str]]:
    folders = (tmp_path / "specs", tmp_path / "hooks")
    async for paths in changes(folders, Snapshot(frozenset()), stop):
        yield [path.relative_to(tmp_path).as_posix() for path in paths]


def test_changes_are_followed_also_into_folders_that_come_later(tmp_path: Path) -> None:
    async def follow() -> None:
        stop = asyncio.Event()
        news = following(tmp_path, stop)
        async with asyncio.timeout(20):
            write(tmp_path / "specs/before.yaml", "1")
            assert await anext(news) == ["specs/before.yaml"]
            write(tmp_path / "hooks/deep/a.py", "1")
            assert await anext(news) == ["hooks/deep/a.py"]
            (tmp_path / "specs/before.yaml").unlink()
            assert await anext(news) == ["specs/before.yaml"]
            stop.set()
            assert [paths async for paths in news] == []

    async def from_nothing() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        assert [paths async for paths in following(tmp_path / "empty", stop)] == []

    asyncio.run(follow())
    asyncio.run(from_nothing())


def test_a_change_between_the_known_state_and_the_start_is_not_lost(tmp_path: Path) -> None:
    async def follow() -> tuple[Path, ...]:
        known = Snapshot.of([tmp_path])
        write(tmp_path / "a.yaml", "1")
        async with asyncio.timeout(20):
            return await anext(aiter(changes([tmp_path], known, asyncio.Event())))

    assert asyncio.run(follow()) == (tmp_path / "a.yaml",)
