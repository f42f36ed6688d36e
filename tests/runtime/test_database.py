"""Units of work: group commit, alone in failure, visible once acknowledged; ids; types that keep values."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import ExactInteger, ExactJSON, ExactNumber, Key, Text
from fountaingen.runtime.database import Database, DatabaseError, in_session
from fountaingen.runtime.errors import BadRequest, Conflict, NotFound, ServiceUnavailable
from fountaingen.runtime.resource import Resource
from fountaingen.runtime.storage.options import Options
from fountaingen.runtime.storage.paging import Page
from fountaingen.runtime.storage.writer import GroupWriter


class Base(DeclarativeBase):
    """The tables of these tests."""


class Thing(Base):
    """A thing with a column of each kind."""

    __tablename__ = "things"
    __table_args__ = ({"sqlite_autoincrement": True},)

    thing_id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str | None] = mapped_column(Text, unique=True)
    rank: Mapped[int | None] = mapped_column(BigInteger)
    flag: Mapped[bool | None] = mapped_column(Boolean)
    size: Mapped[Any] = mapped_column(ExactInteger, nullable=True)
    price: Mapped[Any] = mapped_column(ExactNumber, nullable=True)
    data: Mapped[Any] = mapped_column(ExactJSON, nullable=True)


class Part(Base):
    """A part of a thing."""

    __tablename__ = "parts"

    part_id: Mapped[str] = mapped_column(Text, primary_key=True)
    thing_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("things.thing_id"))


FIELDS = ("thingId", "name", "rank", "flag", "size", "price", "data")
SETTABLE = FIELDS[1:]
THINGS = Resource(
    Thing,
    {
        "thingId": "thing_id",
        "name": "name",
        "rank": "rank",
        "flag": "flag",
        "size": "size",
        "price": "price",
        "data": "data",
    },
    key="thing_id",
    order=("rank",),
    label="thing",
)
PARTS = Resource(Part, {"partId": "part_id", "thingId": "thing_id"}, key="part_id", label="part")


@pytest.fixture(params=["file", "memory", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind."""
    if request.param == "postgresql":
        made: str = request.getfixturevalue("postgresql")
        return made
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/deep/down/things.db"


def using(url: str, work: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:
    """Run ``work`` on a database and close it."""

    async def run() -> Any:
        database = Database(Base.metadata, url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def add(unit: Unit, **values: Any) -> Any:
    """Create a thing."""
    return THINGS.create(unit, values, fields=SETTABLE, answer=FIELDS)


def names(unit: Unit) -> list[Any]:
    """Return the names of every thing."""
    return [each.get("name") for each in THINGS.list(unit, answer=("name",))]


def test_a_write_is_seen_by_the_next_read(url: str) -> None:
    async def work(database: Database) -> None:
        for number in range(20):
            await database.write(add, name=str(number))
            assert str(number) in await database.read(names)

    using(url, work)


def test_a_unit_that_fails_takes_nothing_with_it(url: str) -> None:
    def fails(unit: Unit, name: str) -> None:
        add(unit, name=name)
        raise Conflict("changed my mind")

    async def work(database: Database) -> list[Any]:
        jobs = [database.write(fails if number % 3 == 0 else add, name=str(number)) for number in range(30)]
        return [await asyncio.gather(*jobs, return_exceptions=True), await database.read(names)]

    results, found = using(url, work)
    kept = {str(number) for number in range(30) if number % 3}
    assert set(found) == kept
    assert [isinstance(each, Conflict) for each in results] == [number % 3 == 0 for number in range(30)]


def test_many_writers_at_once(url: str) -> None:
    def count(unit: Unit) -> int:
        rows = THINGS.list(unit, answer=("rank",), sort="-rank", page=Page(limit=1))
        add(unit, rank=(rows[0]["rank"] if rows else 0) + 1)
        return 1

    async def work(database: Database) -> Any:
        await asyncio.gather(*(database.write(count) for _ in range(300)))
        return await database.read(lambda unit: [each["rank"] for each in THINGS.list(unit, answer=("rank",))])

    assert using(url, work) == list(range(1, 301))


def test_a_constraint_refuses_its_caller_alone(url: str) -> None:
    async def work(database: Database) -> Any:
        await database.write(add, name="taken")
        return await asyncio.gather(
            database.write(add, name="taken"),
            database.write(lambda unit: PARTS.create(unit, {"thingId": 99}, fields=("thingId",), answer=())),
            database.write(add, name="free"),
            return_exceptions=True,
        )

    taken, orphan, free = using(url, work)
    assert isinstance(taken, Conflict)
    assert isinstance(orphan, BadRequest)
    assert "things" not in taken.message + orphan.message
    assert free["name"] == "free"


def test_what_is_in_use_stays(url: str) -> None:
    def delete(unit: Unit) -> Any:
        return THINGS.delete(unit, {"thing_id": 1})

    async def work(database: Database) -> None:
        await database.write(add)
        part = await database.write(
            lambda unit: PARTS.create(unit, {}, fields=(), given={"thing_id": 1}, answer=("partId", "thingId"))
        )
        assert len(part["partId"]) == 36
        with pytest.raises(Conflict):
            await database.write(delete)
        await database.write(lambda unit: PARTS.delete(unit, {"part_id": part["partId"]}))
        await database.write(delete)
        with pytest.raises(NotFound):
            await database.write(delete)

    using(url, work)


def test_sessions_are_part_of_the_unit(url: str) -> None:
    def two(session: Session) -> int:
        session.add(Thing(name="a"))
        session.commit()
        session.add(Thing(name="b"))
        return len(session.scalars(select(Thing)).all())

    def broken(session: Session) -> None:
        session.add(Thing(name="c"))
        session.commit()
        raise ValueError("no")

    async def work(database: Database) -> None:
        assert await database.write(in_session, two) == 2
        with pytest.raises(ValueError, match="no"):
            await database.write(in_session, broken)
        assert set(await database.read(names)) == {"a", "b"}
        found = await database.read(in_session, lambda session: session.scalars(select(Thing.name)).all())
        assert set(found) == {"a", "b"}

    using(url, work)


def test_a_read_cannot_write(url: str) -> None:
    async def work(database: Database) -> None:
        with contextlib.suppress(ServiceUnavailable):
            await database.read(add, name="x")
        assert await database.read(names) == []

    using(url, work)


def test_ids_before_the_row_are_never_given_twice(url: str) -> None:
    def create(unit: Unit, thing_id: int) -> None:
        THINGS.create(Unit(unit.connection, {"thing_id": thing_id}), {}, fields=SETTABLE, answer=())

    async def work(database: Database) -> None:
        first = await database.new_id(Thing)
        other = (await database.write(add))["thingId"]
        second = await database.new_id(Thing)
        assert len({first, other, second}) == 3
        await database.write(create, first)
        await database.write(create, second)
        assert isinstance(await database.new_id(Part), str)
        await database.write(lambda unit: THINGS.delete(unit, {"thing_id": second}))
        assert await database.new_id(Thing) > second

    using(url, work)


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"

    async def work(database: Database) -> None:
        other = Database(Base.metadata, url)
        ids = await asyncio.gather(*(each.new_id(Thing) for _ in range(20) for each in (database, other)))
        assert len(set(ids)) == 40
        await asyncio.gather(*(each.write(add) for _ in range(20) for each in (database, other)))
        assert await database.read(THINGS.count) == 40
        await other.close()

    using(url, work)


def test_a_closed_database_has_written_what_it_accepted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/things.db"

    async def work(database: Database) -> None:
        jobs = [asyncio.ensure_future(database.write(add, name=str(number))) for number in range(50)]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*jobs)

    using(url, work)
    assert len(using(url, lambda database: database.read(names))) == 50


def test_a_full_queue_refuses(tmp_path: Path) -> None:
    started, gate = threading.Event(), threading.Event()

    def hold() -> bool:
        started.set()
        return gate.wait()

    async def run() -> list[Any]:
        driver = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
        writer = GroupWriter(driver, options=Options(max_waiting_writes=2))
        jobs = [asyncio.ensure_future(writer.write(hold))]
        await asyncio.to_thread(started.wait)
        jobs += [asyncio.ensure_future(writer.write(lambda: True)) for _ in range(5)]
        await asyncio.sleep(0)
        gate.set()
        results = await asyncio.gather(*jobs, return_exceptions=True)
        await asyncio.to_thread(writer.close)
        return results

    results = asyncio.run(run())
    assert sum(isinstance(each, ServiceUnavailable) for each in results) == 3


def test_a_commit_that_fails_fails_everybody(tmp_path: Path) -> None:
    driver = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    driver.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    driver.execute("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    driver.execute("PRAGMA foreign_keys=ON")

    async def run() -> list[Any]:
        writer = GroupWriter(driver)
        bad = writer.write(lambda: driver.execute("INSERT INTO child VALUES (1)").rowcount)
        results = await asyncio.gather(bad, return_exceptions=True)
        results.append(await writer.write(lambda: driver.execute("INSERT INTO parent VALUES (7)").rowcount))
        await asyncio.to_thread(writer.close)
        return results

    bad, good = asyncio.run(run())
    assert isinstance(bad, BadRequest)
    assert good == 1
    assert driver.execute("SELECT count(*) FROM child").fetchone() == (0,)


def test_the_file_is_safe_by_its_settings(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/things.db"

    def pragmas(unit: Unit) -> list[Any]:
        connection = unit.connection
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert using(url, lambda database: database.write(pragmas)) == ["wal", 2, 1, 5000]


@pytest.mark.parametrize(
    "url", ["postgresql+pg8000://localhost/x", "sqlite+aiosqlite:///x.db", "nonsense", "mysql://x"]
)
def test_what_is_not_supported_is_said(url: str) -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        Database(Base.metadata, url)


def test_ready(tmp_path: Path) -> None:
    assert using(f"sqlite:///{tmp_path}/x.db", lambda database: database.ready())
    (tmp_path / "file").write_text("")
    assert not using(f"sqlite:///{tmp_path}/file/x.db", lambda database: database.ready())


def test_large_integers_find_nothing_and_break_nothing(url: str) -> None:
    huge = 2**64

    async def work(database: Database) -> None:
        created = await database.write(add, rank=2**63 - 1, size=huge)
        assert created["size"] == huge
        for where in ({"thing_id": huge}, {"rank": -huge}, {"rank": [huge]}):
            assert await database.read(lambda unit, where=where: THINGS.list(unit, where=where, answer=FIELDS)) == []
            assert await database.read(lambda unit, where=where: THINGS.count(unit, where=where)) == 0
        found = await database.read(lambda unit: THINGS.list(unit, where={"size": huge}, answer=("size",)))
        assert found == [{"size": huge}]
        with pytest.raises(NotFound):
            await database.read(lambda unit: THINGS.read(unit, {"thing_id": huge}, answer=FIELDS))
        with pytest.raises(NotFound):
            await database.write(
                lambda unit: THINGS.update(unit, {"thing_id": huge}, {"rank": 1}, fields=SETTABLE, answer=())
            )
        with pytest.raises(BadRequest):
            await database.write(add, rank=huge)
        page = Page(limit=huge, offset=huge)
        assert await database.read(lambda unit: THINGS.list(unit, page=page, answer=FIELDS)) == []

    using(url, work)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\x00é", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(
    data=VALUES,
    size=st.integers(-(10**40), 10**40),
    price=st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False),
    flag=st.booleans(),
    name=st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
)
def test_what_is_stored_comes_back_exactly(data: Any, size: int, price: float, flag: bool, name: str) -> None:
    body = {"data": data, "size": size, "price": price, "flag": flag, "name": name}

    async def work(database: Database) -> Any:
        created = await database.write(add, **body)
        return created, await database.read(lambda unit: THINGS.read(unit, {"thing_id": 1}, answer=FIELDS))

    created, read = using("sqlite://", work)
    for found in (created, read):
        assert {key: value for key, value in found.items() if key != "thingId"} == body
        assert type(found["price"]) is type(price)
        assert found["flag"] is flag
        assert repr(found["data"]) == repr(data)


def test_absent_is_not_null(url: str) -> None:
    async def work(database: Database) -> None:
        await database.write(add, data=None)
        await database.write(add)
        rows = await database.read(lambda unit: THINGS.list(unit, answer=FIELDS, sort="thingId"))
        assert rows == [{"thingId": 1, "data": None}, {"thingId": 2}]

        def by_orm(session: Session) -> list[Any]:
            session.add(Thing(data=JSON.NULL))
            session.add(Thing(data={"a": 10**30}))
            session.flush()
            return [each.data for each in session.scalars(select(Thing).order_by(Thing.thing_id))]

        assert (await database.write(in_session, by_orm))[3] == {"a": 10**30}
        rows = await database.read(lambda unit: THINGS.list(unit, answer=("data",), sort="thingId"))
        assert rows == [{"data": None}, {}, {"data": None}, {"data": {"a": 10**30}}]

    using(url, work)


def test_pages_sorts_and_cursors(url: str) -> None:
    ranks = [5, None, 3, None, 1, 3, 4]

    def page(unit: Unit, cursor: str | None) -> tuple[list[Any], str | None]:
        wanted = Page.after(cursor, 2)
        rows = THINGS.list(unit, page=wanted, answer=("thingId", "rank"))
        return rows, THINGS.next_cursor(rows, wanted)

    async def work(database: Database) -> None:
        for rank in ranks:
            await database.write(add, **({} if rank is None else {"rank": rank}))

        async def listed(**options: Any) -> list[Any]:
            return await database.read(
                lambda unit: [each["thingId"] for each in THINGS.list(unit, answer=FIELDS, **options)]
            )

        everything = await listed()
        assert everything == [2, 4, 5, 3, 6, 7, 1]
        assert await listed(sort="-rank,thingId") == [1, 7, 3, 6, 5, 2, 4]
        assert await listed(sort=["rank:desc", "-thingId"]) == [1, 7, 6, 3, 5, 4, 2]
        assert await listed(sort="thingId", descending="desc") == [7, 6, 5, 4, 3, 2, 1]
        assert await listed(where={"rank": [3, 4]}) == [3, 6, 7]
        assert await listed(where={"rank": 3, "name": None}) == [3, 6]
        assert await listed(where={"rank": []}) == []
        assert await listed(page=Page(limit=2, offset=1)) == [4, 5]
        assert await listed(page=Page.numbered(2, 3)) == [3, 6, 7]
        assert await listed(page=Page(offset=5)) == [7, 1]
        for bad in ("password", "-", "rank:up", "rank; DROP TABLE things"):
            with pytest.raises(BadRequest):
                await listed(sort=bad)
        walked: list[Any] = []
        cursor = None
        while True:
            rows, cursor = await database.read(page, cursor)
            walked += [each["thingId"] for each in rows]
            if cursor is None:
                break
        assert walked == everything
        for bad in ("x", "bnVsbA", "W10", "WzFd", "W1tdLDFd", "é"):
            with pytest.raises(BadRequest):
                await database.read(page, bad)

    using(url, work)


def test_put_replace_update_and_patches(url: str) -> None:
    async def work(database: Database) -> None:
        where = {"thing_id": 1}

        async def do(method: str, *arguments: Any, **options: Any) -> Any:
            run = getattr(THINGS, method)
            return await database.write(lambda unit: run(unit, where, *arguments, answer=FIELDS, **options))

        body = {"name": "a", "rank": 1, "data": {"x": {"y": 1}}}
        assert await do("put", body, fields=SETTABLE) == ({"thingId": 1, **body}, True)
        assert await do("put", body, fields=SETTABLE) == ({"thingId": 1, **body}, False)
        assert await do("update", {"rank": 2}, fields=SETTABLE) == {"thingId": 1, **body, "rank": 2}
        assert await do("update", {}, fields=SETTABLE) == {"thingId": 1, **body, "rank": 2}
        assert await do("update", {"rank": 9, "name": "z"}, fields=("name",)) == {
            "thingId": 1,
            **body,
            "rank": 2,
            "name": "z",
        }
        merged = await do("merge_patch", {"name": None, "data": {"x": {"z": 2}}})
        assert merged == {"thingId": 1, "rank": 2, "data": {"x": {"y": 1, "z": 2}}}
        patched = await do(
            "json_patch", [{"op": "remove", "path": "/data/x/y"}, {"op": "add", "path": "/name", "value": "n"}]
        )
        assert patched == {"thingId": 1, "rank": 2, "name": "n", "data": {"x": {"z": 2}}}
        with pytest.raises(Conflict):
            await do("merge_patch", {"thingId": 2})
        with pytest.raises(Conflict):
            await do("merge_patch", {"rank": 3}, fields=("name",))
        with pytest.raises(Conflict):
            await do("json_patch", [{"op": "test", "path": "/rank", "value": 3}])
        with pytest.raises(BadRequest):
            await do("json_patch", [{"op": "replace", "path": "", "value": 3}])
        with pytest.raises(BadRequest):
            await do("update", {"thingId": 2}, fields=SETTABLE)
        assert await do("replace", {"name": "b"}, fields=SETTABLE) == {"thingId": 1, "name": "b"}
        assert await do("delete") == {"thingId": 1, "name": "b"}
        with pytest.raises(NotFound, match="thing 1 does not exist"):
            await do("update", {}, fields=SETTABLE)

    using(url, work)
