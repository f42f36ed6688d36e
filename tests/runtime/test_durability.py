"""Groups of writes: what fails, fails alone; what is not committed, nobody is told of; the writer outlives it all."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import Key, Text
from fountaingen.runtime.database import Database, in_session
from fountaingen.runtime.errors import ApiError, BadRequest, Conflict, InsufficientStorage, ServiceUnavailable
from fountaingen.runtime.storage.options import Options

Work = Callable[[Unit], Any]


class Base(DeclarativeBase):
    """The tables of these tests."""


class Note(Base):
    """A row."""

    __tablename__ = "notes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    note_id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str] = mapped_column(Text, unique=True)


def add(text: str) -> Work:
    """Return a unit of work that stores a row."""

    def work(unit: Unit) -> str:
        def store(session: Session) -> str:
            session.add(Note(text=text))
            return text

        return in_session(unit, store)

    return work


def then(text: str, fail: Work) -> Work:
    """Return a unit of work that stores a row and then fails."""

    def work(unit: Unit) -> None:
        add(text)(unit)
        fail(unit)

    return work


def stop(_unit: Unit) -> None:
    """Do what no unit of work should."""
    raise SystemExit(1)


def misread(*_: object) -> Any:
    """Look for what is not there, as code with a fault does."""
    raise KeyError("nothing")


def commit(unit: Unit) -> None:
    """End the transaction that is everybody's."""
    unit.connection.commit()


def texts(unit: Unit) -> set[str]:
    """Return what is stored."""
    return set(Session(unit.connection).scalars(select(Note.text)))


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[Callable[[], None]]:
    """Keep the writer at work until the function that is given is called, so that what comes waits for one group.

    On PostgreSQL the writer is a task of this loop: it takes all that came before its turn.
    """
    started, gate = threading.Event(), threading.Event()

    def hold(_unit: Unit) -> None:
        started.set()
        gate.wait(30)

    if database.url.get_backend_name() != "sqlite":
        yield gate.set
        return
    waiting = asyncio.ensure_future(database.write(hold))
    await asyncio.to_thread(started.wait)
    try:
        yield gate.set
    finally:
        gate.set()
        await waiting


async def together(database: Database, works: list[Work]) -> list[Any]:
    """Run units of work in one group; return what each came to."""
    async with held(database) as let_go:
        jobs = [asyncio.ensure_future(database.write(work)) for work in works]
        await asyncio.sleep(0)
        let_go()
        return await asyncio.gather(*jobs, return_exceptions=True)


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that commits groups."""
    if request.param == "postgresql":
        made: str = request.getfixturevalue("postgresql")
        return made
    return f"sqlite:///{tmp_path}/notes.db"


def run(database: Database, work: Callable[[], Any]) -> Any:
    """Run a coroutine and close the database."""

    async def all_of_it() -> Any:
        try:
            return await work()
        finally:
            await database.close()

    return asyncio.run(all_of_it())


FAULTS: dict[str, tuple[Work, type[BaseException]]] = {
    "a constraint": (add("taken"), Conflict),
    "a bug of a hook": (misread, KeyError),
    "a refusal of a hook": (lambda _unit: (_ for _ in ()).throw(BadRequest("no")), BadRequest),
    "an exit": (stop, RuntimeError),
    "no such table": (lambda unit: unit.connection.exec_driver_sql("SELECT * FROM nowhere"), DBAPIError),
    "the end of an iterator": (lambda _unit: next(iter(())), RuntimeError),
}
SQLITE_FAULTS: dict[str, tuple[Work, type[BaseException]]] = {
    **FAULTS,
    "too large a value": (lambda unit: unit.connection.exec_driver_sql("SELECT zeroblob(2147483647)"), ApiError),
    "too large a statement": (lambda unit: unit.connection.exec_driver_sql("SELECT 1" + "+1" * 2000), DBAPIError),
    "a commit": (commit, DBAPIError),
    "a commit in words": (lambda unit: unit.connection.exec_driver_sql("COMMIT"), DBAPIError),
    "a rollback": (lambda unit: unit.connection.rollback(), DBAPIError),
    "a release": (lambda unit: unit.connection.exec_driver_sql("RELEASE unit"), DBAPIError),
}


def test_what_fails_fails_alone_among_64(url: str) -> None:
    faults = FAULTS if url.startswith("postgresql") else SQLITE_FAULTS
    database = Database(Base.metadata, url)
    failing = {4 * number + 1: (name, *fault) for number, (name, fault) in enumerate(faults.items())}
    works = [
        then(f"lost-{number}", failing[number][1]) if number in failing else add(f"kept-{number}")
        for number in range(64)
    ]

    async def work() -> tuple[list[Any], set[str]]:
        await database.write(add("taken"))
        return await together(database, works), await database.read(texts)

    results, found = run(database, work)
    assert found == {"taken", *(f"kept-{number}" for number in range(64) if number not in failing)}
    for number, result in enumerate(results):
        if number not in failing:
            assert result == f"kept-{number}"
        else:
            name, _, kind = failing[number]
            assert isinstance(result, kind), f"{name}: {result!r}"


def test_whoever_comes_when_too_many_wait_is_refused(url: str) -> None:
    database = Database(Base.metadata, url, Options(max_waiting_writes=3))

    async def work() -> list[Any]:
        async with held(database) as let_go:
            jobs = [asyncio.ensure_future(database.write(add(str(number)))) for number in range(5)]
            async with asyncio.timeout(10):
                refused = await asyncio.gather(*jobs[3:], return_exceptions=True)
            let_go()
            return [*await asyncio.gather(*jobs[:3]), *refused, await database.write(add("later"))]

    *written, first, second, later = run(database, work)
    assert written == ["0", "1", "2"] and later == "later"
    for refusal in (first, second):
        assert isinstance(refusal, ServiceUnavailable) and refusal.headers["Retry-After"] == "1"


def test_whoever_has_gone_away_is_not_written_for(url: str) -> None:
    database = Database(Base.metadata, url)

    async def work() -> set[str]:
        async with held(database) as let_go:
            jobs = [asyncio.ensure_future(database.write(add(str(number)))) for number in range(64)]
            await asyncio.sleep(0)
            for job in jobs[::2]:
                job.cancel()
            await asyncio.sleep(0)
            let_go()
            await asyncio.gather(*jobs, return_exceptions=True)
        found: set[str] = await database.read(texts)
        return found

    assert run(database, work) == {str(number) for number in range(1, 64, 2)}


@given(st.lists(st.sampled_from(["kept", *SQLITE_FAULTS]), max_size=20))
@settings(max_examples=10, deadline=None)
def test_any_mix_of_units(tmp_path_factory: pytest.TempPathFactory, kinds: list[str]) -> None:
    database = Database(Base.metadata, f"sqlite:///{tmp_path_factory.mktemp('mix')}/notes.db")
    works = [
        add(str(number)) if kind == "kept" else then(str(number), SQLITE_FAULTS[kind][0])
        for number, kind in enumerate(kinds)
    ]

    async def work() -> tuple[list[Any], set[str]]:
        await database.write(add("taken"))
        return await together(database, works), await database.read(texts)

    results, found = run(database, work)
    told = {str(number) for number, result in enumerate(results) if result == str(number)}
    assert told == {str(number) for number, kind in enumerate(kinds) if kind == "kept"}
    assert found == {"taken", *told}


def test_a_hook_on_a_full_disk_is_told_so_and_works_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/notes.db"
    database = Database(Base.metadata, url)

    def limit(unit: Unit, more: int) -> None:
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar()
        unit.connection.exec_driver_sql(f"PRAGMA max_page_count={int(pages or 0) + more}")
        unit.connection.exec_driver_sql("PRAGMA cache_size=5")

    async def work() -> None:
        await database.write(limit, 20)
        results = await together(database, [add("a"), add("x" * 300_000), add("b")])
        assert [type(each) for each in results] == [InsufficientStorage] * 3
        assert await database.read(texts) == set()
        assert await database.ready()
        assert await together(database, [add("a"), add("b")]) == ["a", "b"]
        await database.write(limit, 1000)
        await database.write(add("y" * 300_000))
        assert len(await database.read(texts)) == 3

    run(database, work)


def test_a_database_that_another_process_holds(tmp_path: Path) -> None:
    database = Database(Base.metadata, f"sqlite:///{tmp_path}/notes.db", Options(pool_timeout=0.05))

    async def work() -> None:
        await database.write(add("before"))
        other = sqlite3.connect(tmp_path / "notes.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        jobs = [database.write(add(str(number))) for number in range(300)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert {type(each) for each in results} == {ServiceUnavailable}
        assert all(isinstance(each, ApiError) and each.headers["Retry-After"] == "1" for each in results)
        assert await database.read(texts) == {"before"}
        assert await database.ready()
        other.execute("COMMIT")
        other.close()
        await database.write(add("after"))
        assert await database.read(texts) == {"before", "after"}

    run(database, work)


def test_what_a_server_gives_up_is_not_given_up(postgresql: str) -> None:
    with psycopg.connect(postgresql, autocommit=True) as server:
        name = server.info.dbname
        server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
    database = Database(Base.metadata, postgresql)

    def shown(unit: Unit) -> Any:
        return unit.connection.exec_driver_sql("SHOW synchronous_commit").scalar()

    assert run(database, lambda: database.write(shown)) == "on"
