"""How much the rows of a list may hold together, whatever their number: no more of them is read than that."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fountaingen.runtime.call import Unit
from fountaingen.runtime.columns import ExactJSON, Key, Text
from fountaingen.runtime.database import Database
from fountaingen.runtime.errors import ApiError
from fountaingen.runtime.resource import Resource
from fountaingen.runtime.storage import paging
from fountaingen.runtime.storage.paging import Page, Whole

MOST = 10_000
FIELDS = ("id", "text", "data")
SIZES = (10, 4000, 3900, 5000, 10, 20_000, 10)
"""Of the texts of the rows."""


class Base(DeclarativeBase):
    """The tables of these tests."""


class Sheet(Base):
    """A row that may be large."""

    __tablename__ = "sheets"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    data: Mapped[Any] = mapped_column(ExactJSON, nullable=True)


SHEETS = Resource(Sheet, {name: name for name in FIELDS}, key="id", label="sheet")
ALL = {"id": [*range(1, 100)]}
ONE = {"id": 6}


def fill(unit: Unit) -> None:
    """Store rows, half of them in the one column and half in the other."""
    for number, size in enumerate(SIZES):
        row = {"text": "x" * size} if number % 2 else {"data": ["x" * size]}
        SHEETS.create(unit, {"id": number + 1, **row}, fields=FIELDS, answer=FIELDS)


def listed(unit: Unit, where: dict[str, Any], page: Page) -> Any:
    """Return how many rows there are, or the status of the error."""
    try:
        return len(SHEETS.list(unit, answer=FIELDS, where=where, page=page))
    except ApiError as error:
        return error.status


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The database."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path}/sheets.db"


@pytest.mark.refuses("operation/list/too-large")
def test_rows_are_read_up_to_a_bound(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_BYTES", MOST)
    asked: list[tuple[dict[str, Any], Page, int]] = [
        ({}, Page(limit=3), 3),
        ({}, Page(limit=4), 400),
        ({}, Page(limit=2, offset=3), 2),
        ({}, Page.after(None, 4), 400),
        ({}, Page.numbered(2, 2), 2),
        ({}, Page(), 400),
        ({}, Whole(), 507),
        # One row is shown, however large: it could not be seen otherwise.
        (ONE, Whole(), 1),
        ({}, Page(limit=1, offset=5), 1),
        ({}, Page(limit=2, offset=4), 400),
        (ALL, Page(limit=3), 3),
        (ALL, Page(limit=4), 400),
    ]

    async def work() -> list[Any]:
        database = Database(Base.metadata, url)
        try:
            await database.write(fill)
            found = [await database.read(listed, where, page) for where, page, _ in asked]
            # Where reading stopped half-way, others go on.
            assert await database.write(SHEETS.count) == len(SIZES)
            return found
        finally:
            await database.close()

    assert asyncio.run(work()) == [expected for _, _, expected in asked]


def test_no_more_rows_are_read_than_may_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_BYTES", MOST)
    read: list[int] = []

    async def work() -> None:
        database = Database(Base.metadata, f"sqlite:///{tmp_path}/sheets.db")

        def watched(unit: Unit) -> Any:
            driver = unit.connection.connection.driver_connection
            assert driver is not None

            def decoded(raw: bytes) -> str:
                read.append(len(raw))
                return raw.decode()

            driver.text_factory = decoded
            return listed(unit, {}, Whole())

        try:
            await database.write(fill)
            assert await database.read(watched) == 507
        finally:
            await database.close()

    asyncio.run(work())
    assert sum(read) < MOST + max(SIZES[:4])
