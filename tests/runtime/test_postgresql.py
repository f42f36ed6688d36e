"""PostgreSQL keeps what SQLite keeps: every value, its order, its absence, and keys that no row had before."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, BigInteger, Boolean, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import ExactInteger, ExactJSON, ExactNumber, Key, Nullable, Text
from fountaingen.runtime.database import Database, in_session
from fountaingen.runtime.errors import BadRequest, ServiceUnavailable
from fountaingen.runtime.escapes import escaped, unescaped
from fountaingen.runtime.resource import Resource
from fountaingen.runtime.storage.options import Options
from fountaingen.runtime.storage.paging import Page
from fountaingen.runtime.storage.row_keys import spelled


class Base(DeclarativeBase):
    """The tables of these tests."""


class Sample(Base):
    """A column of each kind, and one of each that tells null from absent."""

    __tablename__ = "samples"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    whole: Mapped[Any] = mapped_column(ExactInteger, nullable=True)
    number: Mapped[Any] = mapped_column(ExactNumber, nullable=True)
    data: Mapped[Any] = mapped_column(ExactJSON, nullable=True)
    null_text: Mapped[str | None] = mapped_column(Nullable(Text))
    null_small: Mapped[int | None] = mapped_column(Nullable(BigInteger))
    null_number: Mapped[Any] = mapped_column(Nullable(ExactNumber), nullable=True)
    null_flag: Mapped[bool | None] = mapped_column(Nullable(Boolean))


class Ticket(Base):
    """A row whose key is one of a few."""

    __tablename__ = "tickets"

    code: Mapped[str] = mapped_column(Text, primary_key=True, default=spelled(("ab", 1)))


FIELDS = ("id", "text", "whole", "number", "data", "null_text", "null_small", "null_number", "null_flag")
SAMPLES = Resource(Sample, {name: name for name in FIELDS}, key="id", label="sample")
TICKETS = Resource(Ticket, {"code": "code"}, key="code", label="ticket")

TEXTS = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("\x00\x01\x02"), max_size=6)
NUMBERS = st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS,
        "whole": st.integers(-(10**40), 10**40),
        "number": NUMBERS,
        "data": st.none() | st.dictionaries(TEXTS, NUMBERS | TEXTS | st.none(), max_size=3),
        "null_text": st.none() | TEXTS,
        "null_small": st.none() | st.integers(-(2**63), 2**63 - 1),
        "null_number": st.none() | NUMBERS,
        "null_flag": st.none() | st.booleans(),
    },
)


def using(url: str, work: Callable[[Database], Coroutine[Any, Any, Any]], options: Options | None = None) -> Any:
    """Run ``work`` on a database and close it."""

    async def run() -> Any:
        database = Database(Base.metadata, url, options or Options())
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def add(unit: Unit, row: dict[str, Any]) -> Any:
    """Create a row."""
    return SAMPLES.create(unit, row, fields=FIELDS, answer=FIELDS)


def everything(unit: Unit, /, **options: Any) -> list[Any]:
    """Return every row."""
    return SAMPLES.list(unit, answer=FIELDS, **options)


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=25))
def test_rows_come_back_and_sort_as_they_do_on_sqlite(postgresql_server: str, rows: list[dict[str, Any]]) -> None:
    async def work(database: Database) -> Any:
        await database.write(lambda unit: [SAMPLES.delete(unit, {"id": each["id"]}) for each in everything(unit)])
        created = [await database.write(add, row) for row in rows]
        first = created[0]["id"]

        def ids(listed: list[Any]) -> list[int]:
            return [each["id"] - first for each in listed]

        orders = {}
        for name in ("text", "null_text", "null_small", "null_flag"):
            for sort in (name, "-" + name):
                orders[sort] = ids(await database.read(lambda unit, sort=sort: everything(unit, sort=sort)))
        equal = {}
        for name in ("text", "whole", "number", "null_text", "null_small", "null_number", "null_flag"):
            if (value := rows[0].get(name)) is not None:
                where = {name: value}
                equal[name] = ids(await database.read(lambda unit, where=where: everything(unit, where=where)))
        kept = await database.read(everything)
        return repr([{**each, "id": 0} for each in created + kept]), orders, equal

    assert using(postgresql_server, work) == using("sqlite://", work)


@given(one=TEXTS, other=TEXTS)
def test_escaped_texts_keep_their_order_and_their_difference(one: str, other: str) -> None:
    assert "\x00" not in escaped(one)
    assert unescaped(escaped(one)) == one
    assert (escaped(one) < escaped(other)) == (one < other)
    assert (escaped(one) == escaped(other)) == (one == other)


def test_an_orm_reads_and_compares_what_is_kept(postgresql: str) -> None:
    def work(session: Session) -> list[Any]:
        session.add(Sample(text="a\x00", null_flag=True, null_small=7, null_text="x", null_number=1.0))
        session.add(Sample(null_flag=JSON.NULL, null_small=JSON.NULL, null_text=JSON.NULL, null_number=JSON.NULL))
        session.flush()
        session.expire_all()
        wanted = True
        yes = session.scalars(select(Sample).where(Sample.null_flag == wanted)).one()
        none = session.scalars(select(Sample).where(Sample.id != yes.id)).one()
        return [(each.text, each.null_flag, each.null_small, each.null_text, each.null_number) for each in (yes, none)]

    expected = [("a\x00", True, 7, "x", 1.0), (None, None, None, None, None)]
    assert using(postgresql, lambda database: database.write(in_session, work)) == expected


def test_a_key_that_was_given_is_not_given_again(postgresql: str) -> None:
    async def work(database: Database) -> None:
        first = (await database.write(add, {}))["id"]
        await database.write(add, {"id": first + 40})
        await database.write(lambda unit: SAMPLES.delete(unit, {"id": first + 40}))
        assert (await database.write(add, {}))["id"] == first + 41
        await database.write(add, {"id": 0})
        await database.write(add, {"id": -5})
        assert await database.new_id(Sample) == first + 42
        assert (await database.write(add, {}))["id"] == first + 43

    using(postgresql, work)


def test_another_key_is_made_where_one_is_taken(postgresql: str) -> None:
    def create(unit: Unit) -> Any:
        return TICKETS.create(unit, {}, fields=(), answer=("code",))["code"]

    async def work(database: Database) -> None:
        codes = [await database.write(create) for _ in range(2)]
        assert sorted(codes) == ["a", "b"]

    for _ in range(3):
        using(postgresql, lambda database: database.write(lambda unit: [_delete(unit, code) for code in "ab"]))
        using(postgresql, work)


def _delete(unit: Unit, code: str) -> None:
    if TICKETS.count(unit, where={"code": code}):
        TICKETS.delete(unit, {"code": code})


def test_floats_of_integers_go_into_columns_of_integers(postgresql: str) -> None:
    async def work(database: Database) -> Any:
        await database.write(add, {"null_small": 3.0, "whole": 4.0})
        return await database.read(everything)

    assert using(postgresql, work) == [{"id": 1, "null_small": 3, "whole": 4}]


def test_what_an_index_cannot_hold_is_refused(postgresql: str) -> None:
    async def work(database: Database) -> None:
        # PostgreSQL compresses what repeats itself.
        long = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(4000))
        with pytest.raises(BadRequest, match="too large"):
            await database.write(lambda unit: TICKETS.create(unit, {"code": long}, fields=("code",), answer=()))

    using(postgresql, work)


def test_a_unit_that_goes_on_after_a_refusal_is_not_acknowledged(postgresql: str) -> None:
    def swallow(unit: Unit) -> None:
        add(unit, {"text": "lost"})
        try:
            unit.connection.exec_driver_sql("SELECT 1 / 0")
        except Exception:
            return

    async def work(database: Database) -> None:
        alone = await asyncio.gather(database.write(swallow), return_exceptions=True)
        kept = {"text": "kept"}
        jobs = [database.write(add, kept), database.write(swallow), database.write(add, kept), database.write(swallow)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert [isinstance(each, RuntimeError) for each in [*alone, *results]] == [True, False, True, False, True]
        assert [each["text"] for each in await database.read(everything)] == ["kept", "kept"]

    using(postgresql, work)


def test_a_read_sees_one_moment(postgresql: str) -> None:
    async def work(database: Database) -> None:
        other = Database(Base.metadata, postgresql)
        await other.check()
        await database.write(add, {})

        def twice(unit: Unit) -> tuple[int, int]:
            before = SAMPLES.count(unit)
            with psycopg.connect(postgresql, autocommit=True) as meanwhile:
                meanwhile.execute("INSERT INTO samples DEFAULT VALUES")
            return before, SAMPLES.count(unit)

        assert await database.read(twice) == (1, 1)
        assert await other.read(SAMPLES.count) == 2
        await other.close()

    using(postgresql, work)


def test_whoever_waits_too_long_for_a_connection_is_told_so(postgresql: str) -> None:
    async def work(database: Database) -> None:
        await database.check()

        def slow(unit: Unit) -> None:
            unit.connection.exec_driver_sql("SELECT pg_sleep(0.5)")

        results = await asyncio.gather(*(database.read(slow) for _ in range(3)), return_exceptions=True)
        refused = [each for each in results if isinstance(each, ServiceUnavailable)]
        assert len(refused) == 2
        assert refused[0].headers["Retry-After"] == "1"
        state = database.pool()
        assert state is not None
        assert (state.size, state.in_use, state.waiting) == (2, 0, 0)
        await database.read(SAMPLES.count)

    using(postgresql, work, Options(pool_size=2, pool_timeout=0.1))


def test_tables_are_not_made_where_that_is_not_wanted(postgresql: str, caplog: pytest.LogCaptureFixture) -> None:
    wanted = Options(create_tables=False)
    assert not using(postgresql, lambda database: database.ready(), wanted)
    assert "python -m app.database create" in caplog.text
    assert using(postgresql, lambda database: database.ready())
    assert using(postgresql, lambda database: database.ready(), wanted)


def test_tables_are_made_once_by_many(postgresql: str) -> None:
    async def run() -> list[bool]:
        many = [Database(Base.metadata, postgresql) for _ in range(6)]
        ready = await asyncio.gather(*(each.ready() for each in many))
        await asyncio.gather(*(each.close() for each in many))
        return ready

    assert asyncio.run(run()) == [True] * 6


def test_pages_by_cursor_pass_every_row_once(postgresql: str) -> None:
    values = ["b\x00", None, "a", "é", "B", "a\x01", "", "~", "\x01"]

    async def work(database: Database) -> list[Any]:
        for value in values:
            await database.write(add, {"null_text": value})
        await database.write(add, {})
        walked: list[Any] = []
        cursor = None
        while True:
            wanted = Page.after(cursor, 3)
            options: dict[str, Any] = {"page": wanted, "sort": "null_text"}
            rows = await database.read(lambda unit, options=options: everything(unit, **options))
            walked += [each.get("null_text", "absent") for each in rows]
            cursor = SAMPLES.next_cursor(rows, wanted, sort="null_text")
            if cursor is None:
                return walked

    walked = using(postgresql, work)
    assert walked == using("sqlite://", work)
    assert walked[2:] == sorted(value for value in values if value is not None)
