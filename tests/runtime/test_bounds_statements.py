"""Statements that would go on for ever: ended in time, alone, and without holding up whoever else is served."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from answering import answering, called, document, service
from sqlalchemy import select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import Key, Text
from fountaingen.runtime.database import Database, in_session
from fountaingen.runtime.errors import NotFound, ServiceUnavailable
from fountaingen.runtime.storage.faults import TooSlow
from fountaingen.runtime.storage.options import Options

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
COUNT = text(ENDLESS + "SELECT count(*) FROM n")
STORE = text(ENDLESS + "INSERT INTO notes (text) SELECT i FROM n")
LONGEST = 0.15
SHORT = Options(longest=LONGEST)
JSON = "application/json"
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


class Base(DeclarativeBase):
    """The tables of these tests."""


class Note(Base):
    """A row."""

    __tablename__ = "notes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    note_id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


def using(url: str, work: Callable[[Database], Coroutine[Any, Any, Any]], options: Options = SHORT) -> Any:
    """Run ``work`` on a database and close it."""

    async def run() -> Any:
        database = Database(Base.metadata, url, options)
        try:
            return await asyncio.wait_for(work(database), 30)
        finally:
            await database.close()

    return asyncio.run(run())


def endless(unit: Unit) -> None:
    """Read for ever."""
    unit.connection.execute(COUNT)


def endless_write(unit: Unit) -> None:
    """Write for ever."""
    unit.connection.execute(STORE)


def add(unit: Unit, name: str) -> str:
    """Store a row, as a default behaviour does."""
    unit.connection.execute(text("INSERT INTO notes (text) VALUES (:text)"), {"text": name})
    return name


def texts(unit: Unit) -> list[str]:
    """Return what is stored."""
    return sorted(unit.connection.execute(select(Note.text)).scalars())


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The database."""
    return f"sqlite:///{tmp_path}/notes.db" if request.param == "file" else "sqlite://"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A database in a file."""
    return f"sqlite:///{tmp_path}/notes.db"


@pytest.mark.parametrize("statement", [COUNT, STORE])
@pytest.mark.parametrize("is_hook", [False, True])
def test_a_write_that_takes_too_long_ends_and_leaves_nothing(url: str, statement: Any, is_hook: bool) -> None:
    def in_unit(unit: Unit) -> None:
        add(unit, "half")
        unit.connection.execute(statement)

    def in_hook(session: Session) -> None:
        session.add(Note(text="half"))
        session.flush()
        session.execute(statement)

    async def work(database: Database) -> Any:
        with pytest.raises(TooSlow) as raised:
            await (database.write(in_session, in_hook) if is_hook else database.write(in_unit))
        assert raised.value.status == 504
        await database.write(in_session, lambda session: session.add(Note(text="after")))
        return await database.read(texts)

    assert using(url, work) == ["after"]


@pytest.mark.parametrize("is_hook", [False, True])
def test_a_read_that_takes_too_long_ends(url: str, is_hook: bool) -> None:
    async def work(database: Database) -> Any:
        for _ in range(2):
            with pytest.raises(TooSlow):
                await (
                    database.read(in_session, lambda session: session.execute(COUNT))
                    if is_hook
                    else database.read(endless)
                )
        await database.write(add, "after")
        return await database.read(texts)

    assert using(url, work) == ["after"]


def test_what_would_hold_the_loop_up_goes_on_in_a_thread(file: str) -> None:
    threads: list[threading.Thread] = []
    ticks: list[int] = []

    def read(unit: Unit) -> None:
        threads.append(threading.current_thread())
        endless(unit)

    async def work(database: Database) -> None:
        reading = asyncio.ensure_future(database.read(read))
        while not reading.done():
            # The loop goes round, and others read on it.
            ticks.append(len(await database.read(texts)))
            await asyncio.sleep(0)
        with pytest.raises(TooSlow):
            await reading
        with pytest.raises(TooSlow):
            await database.read(read)
        with pytest.raises(NotFound):
            await database.read(missing)

    using(file, work)
    here, *elsewhere = threads
    assert here is threading.main_thread()
    # Once it is known to take long, no time of the loop is spent on it.
    assert len(elsewhere) == 2
    assert threading.main_thread() not in elsewhere
    assert len(ticks) > 10


def missing(_unit: Unit) -> None:
    """Find nothing."""
    raise NotFound


def test_a_hook_reads_once_and_the_next_time_in_a_thread(file: str) -> None:
    threads: list[threading.Thread] = []

    def read(session: Session) -> None:
        # What a hook does beside its statements is not done twice.
        threads.append(threading.current_thread())
        session.execute(COUNT)

    async def work(database: Database) -> None:
        for _ in range(2):
            with pytest.raises(TooSlow):
                await database.read(in_session, read)

    using(file, work)
    assert [each is threading.main_thread() for each in threads] == [True, False]


async def group(database: Database, works: list[tuple[Any, ...]]) -> list[Any]:
    """Run units of work in one transaction, or as few as can be."""
    gate, begun = threading.Event(), threading.Event()

    def hold(_unit: Unit) -> None:
        begun.set()
        gate.wait(10)

    holding = asyncio.ensure_future(database.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    jobs = [asyncio.ensure_future(database.write(*each)) for each in works]
    await asyncio.sleep(0)
    gate.set()
    await holding
    return await asyncio.gather(*jobs, return_exceptions=True)


@pytest.mark.parametrize("culprit", [endless, endless_write])
def test_others_of_its_group_are_stored(file: str, culprit: Any) -> None:
    async def work(database: Database) -> Any:
        told = await group(database, [(add, "a"), (missing,), (culprit,), (add, "b"), (culprit,), (add, "c")])
        return told, await database.read(texts)

    (*told,), stored = using(file, work)
    kinds = [each if isinstance(each, str) else type(each) for each in told]
    assert kinds == ["a", NotFound, TooSlow, "b", TooSlow, "c"]
    assert stored == ["a", "b", "c"]


def test_a_hook_whose_rows_were_undone_is_told_so(file: str) -> None:
    """A row that was given to one Session is not stored by another one: it is not tried."""
    row = Note(text="of a hook")

    async def work(database: Database) -> Any:
        store = (in_session, lambda session: session.add(row))
        told = await group(
            database, [store, (endless_write,), (in_session, lambda session: session.add(Note(text="b")))]
        )
        return told, await database.read(texts)

    (*told,), stored = using(file, work)
    assert [type(each) for each in told] == [ServiceUnavailable, TooSlow, type(None)]
    assert stored == ["b"]


def test_who_is_done_does_not_wait_for_many_that_take_their_time(file: str) -> None:
    done: list[float] = []

    def slow(_unit: Unit) -> None:
        begin = time.monotonic()
        while time.monotonic() - begin < 0.12:
            pass

    async def work(database: Database) -> None:
        async def write() -> None:
            await database.write(slow)
            done.append(time.monotonic())

        await asyncio.gather(*(write() for _ in range(8)))

    using(file, work, Options())
    # They were told in several groups.
    assert len({round(each * 20) for each in done}) > 1
    assert done[-1] - done[0] > 0.12


def test_what_nobody_waits_for_is_ended(file: str) -> None:
    async def work(database: Database) -> Any:
        begun = threading.Event()

        def write(unit: Unit) -> None:
            begun.set()
            endless_write(unit)

        writing = asyncio.ensure_future(database.write(write))
        await asyncio.to_thread(begun.wait, 10)
        reading = asyncio.ensure_future(database.read(endless))
        await asyncio.sleep(0)
        for each in (writing, reading):
            each.cancel()
        await asyncio.wait((writing, reading))
        await database.write(add, "after")
        return await database.read(texts)

    assert using(file, work, Options(longest=0)) == ["after"]


def test_the_caller_is_told_in_the_declared_shape(file: str) -> None:
    async def work(database: Database) -> None:
        async def endpoint(_call: Any) -> Any:
            return await database.read(in_session, lambda session: session.execute(COUNT).scalar())

        operation = answering({JSON: {"type": "object"}})
        operation["responses"]["default"] = {"description": "An error.", "content": {JSON: {"schema": ERROR}}}
        answer = await called(service(document({"/x": {"get": operation}}), {"GET /x": endpoint}), "GET", "/x")
        assert (answer.status, answer.json["error"]) == (504, "the database took too long")

    using(file, work)
