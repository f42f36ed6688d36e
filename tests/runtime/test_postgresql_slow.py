"""Statements that nobody waits for any more are ended at the server, too, and take nothing of others with them."""

import asyncio
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import Key, Text
from fountaingen.runtime.database import Database, in_session
from fountaingen.runtime.storage.faults import TooSlow

SLEEP = text("SELECT pg_sleep(600)")
AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"


class Base(DeclarativeBase):
    """The tables of these tests."""


class Note(Base):
    """A row."""

    __tablename__ = "slow_notes"

    note_id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


def using(url: str, work: Any) -> Any:
    """Run ``work`` on a database and close it."""

    async def run() -> Any:
        database = Database(Base.metadata, url)
        try:
            return await asyncio.wait_for(work(database), 30)
        finally:
            await database.close()

    return asyncio.run(run())


async def until(url: str, busy: int) -> None:
    """Wait until so many of the statements are at work."""
    plain = url.replace("postgresql+asyncpg:", "postgresql:")
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(AT_WORK)).fetchone()
            if row is not None and row[0] == busy:
                return
            await asyncio.sleep(0.01)


def sleep(unit: Unit) -> None:
    """Take long."""
    unit.connection.execute(SLEEP)


def sleep_in_hook(session: Session) -> None:
    """Take long, having stored something."""
    session.add(Note(text="half"))
    session.flush()
    session.execute(SLEEP)


def texts(unit: Unit) -> list[str]:
    """Return what is stored."""
    return sorted(unit.connection.execute(select(Note.text)).scalars())


def test_a_read_that_nobody_waits_for_ends_at_the_server(postgresql: str) -> None:
    async def work(database: Database) -> None:
        reading = asyncio.ensure_future(database.read(sleep))
        await until(postgresql, 1)
        reading.cancel()
        await asyncio.wait((reading,))
        await until(postgresql, 0)
        assert await database.read(texts) == []

    using(postgresql, work)


@pytest.mark.parametrize("others", [0, 2])
def test_a_write_that_nobody_waits_for_ends_and_others_are_stored(postgresql: str, others: int) -> None:
    async def work(database: Database) -> Any:
        def store(name: str) -> Any:
            return asyncio.ensure_future(database.write(in_session, lambda session: session.add(Note(text=name))))

        first = store("first")
        before = [store(f"before {number}") for number in range(others)]
        writing = asyncio.ensure_future(database.write(in_session, sleep_in_hook))
        after = [store(f"after {number}") for number in range(others)]
        await until(postgresql, 1)
        writing.cancel()
        await asyncio.wait((writing,))
        await asyncio.gather(first, *before, *after)
        await until(postgresql, 0)
        await store("last")
        return await database.read(texts)

    names = [f"{when} {number}" for when in ("after", "before") for number in range(others)]
    assert using(postgresql, work) == sorted([*names, "first", "last"])


def test_a_statement_that_the_server_ends_is_told_as_such(postgresql: str) -> None:
    def read(unit: Unit) -> None:
        unit.connection.execute(text("SET LOCAL statement_timeout = 50"))
        unit.connection.execute(SLEEP)

    async def work(database: Database) -> None:
        with pytest.raises(TooSlow) as raised:
            await database.read(read)
        assert raised.value.status == 504

    using(postgresql, work)
