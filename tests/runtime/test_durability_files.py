"""The files of a database: made to last, missed when they are gone, waited for where they cannot be used yet."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import Key, Text
from fountaingen.runtime.database import Database, DatabaseError
from fountaingen.runtime.errors import ServiceUnavailable
from fountaingen.runtime.storage import writer as writers
from fountaingen.runtime.storage.room import make_room


class Base(DeclarativeBase):
    """The tables of these tests."""


class Line(Base):
    """A row."""

    __tablename__ = "lines"

    line_id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


def add(unit: Unit, text: str = "x") -> None:
    """Store a row."""
    unit.connection.execute(insert(Line).values(text=text))


def texts(unit: Unit) -> list[str]:
    """Return what is stored."""
    return list(Session(unit.connection).scalars(select(Line.text)))


def database_in(folder: Path) -> Database:
    """Return the database in ``folder``, not opened."""
    return Database(Base.metadata, f"sqlite:///{folder}/lines.db")


def run(database: Database, work: Callable[[], Awaitable[Any]]) -> None:
    """Run a coroutine and close the database."""

    async def all_of_it() -> None:
        try:
            await work()
        finally:
            await database.close()

    asyncio.run(all_of_it())


def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system in memory on ``folder``, as root may."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a file system takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    yield from mounted(tmp_path / "volume", "size=2m")


def remount(folder: Path, how: str) -> None:
    """Make a mounted file system read-only or writable."""
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    database = database_in(tmp_path)

    def shown(unit: Unit) -> list[Any]:
        names = ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
        return [unit.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    async def work() -> None:
        # 2 is FULL (sqlite.org/pragma.html#pragma_synchronous): with a write-ahead log, it is synced on each commit.
        assert await database.write(shown) == ["wal", 2, 1, 1]

    run(database, work)


def test_the_folders_of_a_new_database_outlast_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    database = database_in(tmp_path / "deep" / "down")
    run(database, lambda: database.write(add))
    assert synced == [str(tmp_path), str(tmp_path / "deep")]


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_files_that_are_taken_away_are_missed(tmp_path: Path, suffix: str, replaced: bool) -> None:
    database = database_in(tmp_path)
    file, aside = tmp_path / f"lines.db{suffix}", tmp_path / "aside"

    async def work() -> None:
        await database.write(add, text="before")
        file.rename(aside)
        if replaced:
            file.write_bytes(aside.read_bytes())
        for _ in range(2):
            with pytest.raises(ServiceUnavailable, match="the database is not available"):
                await database.write(add)
            assert not await database.ready()
        aside.rename(file)
        assert await database.ready()
        await database.write(add, text="after")
        assert {"before", "after"} <= set(await database.read(texts))

    run(database, work)


def test_a_file_that_is_no_database_ends_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "lines.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(DatabaseError, match="the file is damaged, or no database of SQLite"):
        database_in(tmp_path).start()
    assert "the service cannot start: DATABASE_URL: the file is damaged" in caplog.text


def test_a_database_that_cannot_be_opened_yet_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fountaingen.runtime.database._PAUSE", 0.0)
    (tmp_path / "data").write_text("in the way of a folder")
    database = database_in(tmp_path / "data")

    async def work() -> None:
        database.start()
        for _ in range(3):
            with pytest.raises(ServiceUnavailable):
                await database.write(add)
            assert not await database.ready()
        (tmp_path / "data").unlink()
        await database.write(add)
        assert await database.ready()

    run(database, work)
    assert caplog.text.count("the database cannot be used") == 1


def test_it_is_not_tried_with_every_request(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way of a folder")
    database = database_in(tmp_path / "data")

    async def work() -> None:
        database.start()
        (tmp_path / "data").unlink()
        # For a second from the last time, nobody looks.
        with pytest.raises(ServiceUnavailable):
            await database.write(add)

    run(database, work)


def test_a_start_while_another_process_holds_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fountaingen.runtime.database._PAUSE", 0.0)
    monkeypatch.setattr("fountaingen.runtime.database._PATIENCE", 0.05)
    other = sqlite3.connect(tmp_path / "lines.db", isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    database = database_in(tmp_path)
    monkeypatch.setattr(database, "_shut", True)

    async def work() -> None:
        database.start()
        assert not await database.ready()
        other.execute("COMMIT")
        other.close()
        assert await database.ready()
        await database.write(add)

    run(database, work)


def test_a_read_only_file_system(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fountaingen.runtime.database._PAUSE", 0.0)
    first = database_in(volume)
    run(first, lambda: first.write(add))
    remount(volume, "ro")
    database = database_in(volume)

    async def work() -> None:
        database.start()
        assert not await database.ready()
        with pytest.raises(ServiceUnavailable):
            await database.read(texts)
        remount(volume, "rw")
        assert await database.ready()
        await database.write(add)
        assert len(await database.read(texts)) == 2

    run(database, work)


def test_a_disk_that_fails_is_told_by_ready_until_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = database_in(tmp_path)
    commit = writers.GroupWriter._commit

    def failing(_self: writers.GroupWriter, _group: list[Any]) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_WRITE"
        raise error

    async def work() -> None:
        assert await database.ready()
        monkeypatch.setattr(writers.GroupWriter, "_commit", failing)
        with pytest.raises(ServiceUnavailable):
            await database.write(add)
        # Nobody writes where /ready has said no: it looks itself.
        assert not await database.ready()
        assert not await database.ready()
        monkeypatch.setattr(writers.GroupWriter, "_commit", commit)
        assert await database.ready()
        assert await database.ready()
        await database.write(add)

    run(database, work)


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_full_disk_and_room_again(volume: Path, meanwhile: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    database = database_in(volume)
    told: set[str] = set()

    def making(driver: sqlite3.Connection) -> None:
        (volume / "ballast").unlink(missing_ok=True)
        make_room(driver)

    if meanwhile:
        # Just after the first was refused, and before the log is looked after.
        monkeypatch.setattr(writers, "make_room", making)

    async def fill() -> list[BaseException]:
        names = [f"{len(told)}-{number}-{'x' * 5000}" for number in range(16)]
        results = await asyncio.gather(*(database.write(add, text=name) for name in names), return_exceptions=True)
        told.update(name for name, result in zip(names, results, strict=True) if result is None)
        return [result for result in results if result is not None]

    async def work() -> None:
        (volume / "ballast").write_bytes(b"x" * 700_000)
        while not (refused := await fill()):
            continue
        assert {(type(each).__name__, str(each)) for each in refused} == {
            ("InsufficientStorage", "there is no room to store this")
        }
        # Who reads is served, and what was acknowledged is all there is.
        assert set(await database.read(texts)) == told
        assert await database.ready()
        (volume / "ballast").unlink(missing_ok=True)
        before = len(told)
        assert not await fill()
        assert len(told) == before + 16
        assert set(await database.read(texts)) == told

    run(database, work)
    with sqlite3.connect(volume / "lines.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert {text for (text,) in file.execute("SELECT text FROM lines")} == told


def test_a_start_on_a_full_disk(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fountaingen.runtime.database._PAUSE", 0.0)
    first = database_in(volume)
    run(first, lambda: first.write(add))
    with (volume / "ballast").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 4096)
    database = database_in(volume)

    async def work() -> None:
        database.start()
        assert not await database.ready()
        (volume / "ballast").unlink()
        assert await database.ready()
        await database.write(add)

    run(database, work)
