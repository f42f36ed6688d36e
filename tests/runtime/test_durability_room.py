"""A write-ahead log on a full disk: emptied where that fits, left alone where it would take the room that is there."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fountaingen.runtime.storage.room import make_room


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database of one page, what has been added to it in its log."""
    connection = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE lines (text TEXT)")
    connection.execute("INSERT INTO lines VALUES (?)", ("x" * 50_000,))
    yield connection
    connection.close()


def sizes(folder: Path) -> tuple[int, int]:
    """Return how long the database and its log are."""
    return (folder / "some.db").stat().st_size, (folder / "some.db-wal").stat().st_size


def leave(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Have the disk tell that ``free`` bytes are left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))


def test_a_log_is_emptied_where_the_database_can_grow_by_it(
    tmp_path: Path, driver: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sizes(tmp_path)
    pages = driver.execute("PRAGMA page_count").fetchone()[0] * driver.execute("PRAGMA page_size").fetchone()[0]
    leave(monkeypatch, pages - before[0] - 1)
    make_room(driver)
    assert sizes(tmp_path) == before
    leave(monkeypatch, pages - before[0])
    make_room(driver)
    assert sizes(tmp_path) == (pages, 0)


def test_a_log_of_pages_that_have_their_place_is_emptied_on_a_full_disk(
    tmp_path: Path, driver: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_room(driver)
    driver.execute("UPDATE lines SET text = ?", ("y" * 50_000,))
    driver.execute("DELETE FROM lines")
    before = sizes(tmp_path)
    leave(monkeypatch, 0)
    make_room(driver)
    assert before[1] > 0
    assert sizes(tmp_path) == (before[0], 0)
