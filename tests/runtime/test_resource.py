"""Rows in wire form: null apart from absent, members that no schema names, keys that are taken, PUT that creates."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import ExactInteger, ExactJSON, ExactNumber, Key, Nullable
from fountaingen.runtime.errors import BadRequest, Conflict, NotFound
from fountaingen.runtime.resource import Kept, Resource, Stored
from fountaingen.runtime.storage.clocks import full_date, rfc2822, rfc3339, unix_time
from fountaingen.runtime.storage.faults import Unshowable
from fountaingen.runtime.storage.open_resource import OpenResource
from fountaingen.runtime.storage.paging import Page, encode_cursor
from fountaingen.runtime.storage.row_keys import spelled

_KEYS = itertools.cycle(("a", "a", "b"))


class Base(DeclarativeBase):
    """The tables of these tests."""


class Thing(Base):
    """A thing whose members may be absent and may be null."""

    __tablename__ = "things"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str | None] = mapped_column(Nullable(Text))
    flag: Mapped[bool | None] = mapped_column(Nullable(Boolean))
    rank: Mapped[int | None] = mapped_column(Nullable(BigInteger))
    size: Mapped[int | None] = mapped_column(Nullable(ExactInteger))
    price: Mapped[float | None] = mapped_column(Nullable(ExactNumber))
    count: Mapped[int | None] = mapped_column(BigInteger)
    extra: Mapped[Any] = mapped_column(ExactJSON, nullable=True)


class Coin(Base):
    """A coin whose key is one of two letters."""

    __tablename__ = "coins"

    key: Mapped[str] = mapped_column(Text, primary_key=True, default=lambda: next(_KEYS))
    side: Mapped[str | None] = mapped_column(Text, unique=True)
    kind: Mapped[str | None] = mapped_column(Text)
    born: Mapped[int | None] = mapped_column(BigInteger)


MEMBERS = ("name", "flag", "rank", "size", "price")
FIELDS = ("id", *MEMBERS)
THINGS = Resource(Thing, {name: name for name in FIELDS}, key="id", label="thing")
OPEN = OpenResource(Thing, {name: name for name in FIELDS}, key="id", label="thing")
LOOSE = Resource(
    Thing,
    {**dict.fromkeys(("name", "Name"), "name"), "rank": "rank", "id": "id", "extra": "extra"},
    key="id",
    label="thing",
)
PROMISING = Resource(
    Thing, {"id": "id", "name": "name", "born": "count"}, key="id", label="thing", kept=Kept(promised=("name", "count"))
)
COINS = Resource(
    Coin,
    {name: name for name in ("key", "side", "kind", "born")},
    key="key",
    label="coin",
    kept=Kept(created={"born": unix_time}, constants={"kind": "coin"}),
)

_VALUES = {
    "name": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "flag": st.none() | st.booleans(),
    "rank": st.none() | st.integers(-(2**63), 2**63 - 1),
    "size": st.none() | st.integers(),
    "price": st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
}
_BODIES = st.fixed_dictionaries({}, optional=_VALUES)
_OTHERS = st.dictionaries(
    st.text(max_size=3).filter(lambda name: name not in FIELDS), st.none() | st.booleans() | st.integers(), max_size=3
)


@contextmanager
def _connected() -> Iterator[Unit]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        yield Unit(connection)


@pytest.fixture
def unit() -> Iterator[Unit]:
    """A unit of work on an empty database."""
    with _connected() as unit:
        yield unit


def _exact(found: Any, wanted: Any) -> bool:
    return bool(found == wanted) and all(type(found[name]) is type(wanted[name]) for name in wanted)


@pytest.mark.supports("schema/nullable/absent-is-not-null")
@given(_BODIES, _BODIES)
@settings(max_examples=60, deadline=None)
def test_null_and_absent_come_back_as_they_were_sent(first: dict[str, Any], second: dict[str, Any]) -> None:
    with _connected() as unit:
        made = THINGS.create(unit, first, fields=MEMBERS, answer=FIELDS)
        where = {"id": made["id"]}
        assert _exact(made, first | where)
        assert _exact(THINGS.read(unit, where, answer=FIELDS), first | where)
        assert _exact(THINGS.update(unit, where, second, fields=MEMBERS, answer=FIELDS), first | second | where)
        assert _exact(THINGS.replace(unit, where, second, fields=MEMBERS, answer=FIELDS), second | where)
        assert THINGS.list(unit, answer=FIELDS) == [second | where]


@given(_BODIES, _OTHERS, _OTHERS)
@settings(max_examples=40, deadline=None)
def test_members_that_no_schema_names_come_back(body: dict[str, Any], others: Any, more: Any) -> None:
    with _connected() as unit:
        made = OPEN.create(unit, body | others, fields=MEMBERS, answer=FIELDS)
        where = {"id": made["id"]}
        assert made == body | others | where == OPEN.read(unit, where, answer=FIELDS)
        assert OPEN.update(unit, where, more, fields=MEMBERS, answer=FIELDS) == body | others | more | where
        assert OPEN.list(unit, answer=FIELDS) == [body | others | more | where]
        assert OPEN.replace(unit, where, more, fields=MEMBERS, answer=FIELDS) == more | where
        assert OPEN.delete(unit, where, answer=FIELDS) == more | where


def test_a_patch_reaches_members_that_no_schema_names(unit: Unit) -> None:
    OPEN.create(unit, {"name": "n", "x": {"a": 1}, "y": 2}, fields=MEMBERS, answer=FIELDS)
    where = {"id": 1}
    patched = OPEN.merge_patch(unit, where, {"x": {"b": 2}, "y": None}, answer=FIELDS)
    assert patched == {"id": 1, "name": "n", "x": {"a": 1, "b": 2}}
    assert OPEN.json_patch(unit, where, [{"op": "remove", "path": "/x"}], answer=FIELDS) == {"id": 1, "name": "n"}


_POSITIONS = st.none() | st.booleans() | st.text(max_size=2) | st.integers(-(10**30), 10**30) | st.floats()


@given(st.sampled_from([None, *MEMBERS]), st.lists(_POSITIONS, max_size=3))
@settings(max_examples=100, deadline=None)
def test_a_cursor_that_somebody_made_up_is_refused_or_has_nothing_behind_it(sort: str | None, made_up: Any) -> None:
    cursor = encode_cursor(made_up)
    with _connected() as unit:
        THINGS.create(unit, {}, fields=MEMBERS, answer=FIELDS)
        assert len(THINGS.list(unit, answer=FIELDS, sort=sort, page=Page.behind(cursor, 2))) <= 1
        with suppress(BadRequest):
            THINGS.list(unit, answer=FIELDS, sort=sort, page=Page.after(cursor, 2))


@pytest.mark.parametrize("cursor", ["x", "e30", encode_cursor([1, 2, 3]), encode_cursor(["x"])])
def test_a_cursor_of_no_order_is_refused_unless_nothing_can_refuse_it(unit: Unit, cursor: str) -> None:
    THINGS.create(unit, {}, fields=MEMBERS, answer=FIELDS)
    page = Page.behind(cursor, 2)
    rows = THINGS.list(unit, answer=FIELDS, page=page)
    assert (rows, THINGS.next_cursor(rows, page)) == ([], None)
    assert len(THINGS.list(unit, answer=FIELDS, page=Page.behind(None, 2))) == 1
    with pytest.raises(BadRequest):
        THINGS.list(unit, answer=FIELDS, page=Page.after(cursor, 2))


def test_an_order_that_rows_do_not_have(unit: Unit) -> None:
    for sort in ("nobody", "name,nobody", "extra", "name:up", ["name", ""]):
        assert LOOSE.sortable(sort) is None
        with pytest.raises(BadRequest):
            LOOSE.list(unit, answer=("id",), sort=sort)
    for sort in (None, "", "name", "-name,rank:desc", ["+rank"]):
        assert LOOSE.sortable(sort) == sort
        assert LOOSE.list(unit, answer=("id",), sort=sort) == []
    # Where a page ends can only be told by what its rows show.
    assert LOOSE.sortable("name", among=("id",)) is None
    with pytest.raises(BadRequest):
        LOOSE.list(unit, answer=("id",), sort="name", page=Page.after(None, 2))


def test_a_cursor_is_made_of_whatever_spelling_rows_show(unit: Unit) -> None:
    for name in "abc":
        LOOSE.create(unit, {"name": name}, fields=("name",), answer=())
    page = Page.after(None, 2)
    rows = LOOSE.list(unit, answer=("id", "name"), sort="name", page=page)
    cursor = LOOSE.next_cursor(rows, page, sort="name")
    assert LOOSE.list(unit, answer=("name",), sort="Name,name", page=Page(2)) == [{"name": "a"}, {"name": "b"}]
    assert [
        each["name"] for each in LOOSE.list(unit, answer=("id", "name"), sort="name", page=Page.after(cursor, 2))
    ] == ["c"]


def test_null_sorts_with_absent_and_pages_to_the_end(unit: Unit) -> None:
    for body in ({"name": "b"}, {"name": None}, {}, {"name": "a"}, {"name": None}):
        THINGS.create(unit, body, fields=MEMBERS, answer=())
    for sort, order in (("name", [2, 3, 5, 4, 1]), ("-name", [1, 4, 2, 3, 5])):
        found: list[Any] = []
        page = Page.after(None, 2)
        while len(found) < 9:
            rows = THINGS.list(unit, answer=FIELDS, page=page, sort=sort)
            found += [row["id"] for row in rows]
            cursor = THINGS.next_cursor(rows, page, sort=sort)
            if cursor is None:
                break
            page = Page.after(cursor, 2)
        assert found == order


def test_an_orm_sees_none_for_either(unit: Unit) -> None:
    THINGS.create(unit, {"name": None, "size": 10**30, "flag": True}, fields=MEMBERS, answer=())
    with Session(unit.connection) as session:
        (thing,) = session.scalars(select(Thing))
        assert (thing.name, thing.rank, thing.size, thing.flag) == (None, None, 10**30, True)


def test_a_key_that_is_taken_is_made_again(unit: Unit) -> None:
    first = COINS.create(unit, {"side": "heads"}, fields=("side",), answer=("key", "kind", "born"))
    second = COINS.create(unit, {"side": "tails"}, fields=("side",), answer=("key",))
    assert {first["key"], second["key"]} == {"a", "b"}
    assert first["kind"] == "coin"
    assert abs(first["born"] - datetime.now(UTC).timestamp()) < 60
    with pytest.raises(Conflict):
        COINS.create(unit, {"side": "third"}, fields=("side",), answer=("key",))


def test_a_conflict_of_other_members_is_one(unit: Unit) -> None:
    COINS.create(unit, {"side": "heads"}, fields=("side",), answer=("key",))
    with pytest.raises(Conflict):
        COINS.create(unit, {"side": "heads", "key": "z"}, fields=("side", "key"), answer=("key",))


def test_a_put_tells_what_it_did(unit: Unit) -> None:
    def put(body: Any) -> Stored:
        return THINGS.put(unit, {"id": 7}, body, fields=MEMBERS, answer=FIELDS, given={"rank": 3})

    assert put({"name": "a"}) == ({"id": 7, "name": "a", "rank": 3}, True)
    assert put({"name": "b"}) == ({"id": 7, "name": "b"}, False)
    assert put({}).within("thing") == ({"thing": {"id": 7}}, False)
    with pytest.raises(NotFound):
        THINGS.read(unit, {"id": 8}, answer=FIELDS)


def test_texts_are_spelled_of_their_parts() -> None:
    assert {spelled("a", ("bc", 2))() for _ in range(200)} == {"abb", "abc", "acb", "acc"}


def test_times_are_written_as_their_formats_say() -> None:
    now = datetime(2025, 1, 31, 23, 59, 58, 7000, UTC)
    written = [clock(now) for clock in (rfc3339, full_date, rfc2822, unix_time)]
    assert written == ["2025-01-31T23:59:58.007Z", "2025-01-31", "Fri, 31 Jan 2025 23:59:58 +0000", 1738367998]


def test_no_row_is_kept_that_answers_could_not_show(unit: Unit) -> None:
    where = {"id": 1}
    for body in ({}, {"name": "a"}, {"name": "a", "extra": None}):
        with pytest.raises(Unshowable), unit.connection.begin_nested():
            PROMISING.create(unit, body, fields=("name",), answer=())
    with pytest.raises(Unshowable), unit.connection.begin_nested():
        PROMISING.create(unit, {"name": "a", "born": None}, fields=("name", "born"), answer=())
    assert PROMISING.list(unit, answer=("id",)) == []
    full = {"name": None, "born": 1}
    PROMISING.create(unit, full, fields=("name", "born"), answer=())
    for cleared in (PROMISING.replace, PROMISING.update):
        assert cleared(unit, where, full, fields=("name", "born"), answer=("born",)) == {"born": 1}
    assert PROMISING.update(unit, where, {}, fields=("name", "born"), answer=("born",)) == {"born": 1}
    for body in ({"name": "b"}, {"born": 2}):
        with pytest.raises(Unshowable), unit.connection.begin_nested():
            PROMISING.replace(unit, where, body, fields=("name", "born"), answer=())
    with pytest.raises(Unshowable), unit.connection.begin_nested():
        PROMISING.merge_patch(unit, where, {"born": None}, answer=())
    assert PROMISING.create(unit, {}, fields=(), given={"name": "x", "count": 2}, answer=("born",)) == {"born": 2}
