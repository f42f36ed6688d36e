"""Pages of a list: by limit and offset, by number, or by an opaque cursor."""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pydantic_core

from ..columns import LARGEST
from ..errors import ApiError, BadRequest, InsufficientStorage
from ..settings import count, size

MOST_ROWS = count(os.environ, "MAX_PAGE_ROWS", 10_000)
"""How many rows a page holds at most, whatever is asked for."""
MOST_BYTES = size(os.environ, "MAX_PAGE_BYTES", 32 * 1024 * 1024)
"""How much text the rows of a list hold at most, however many they are; one row is shown whatever it holds."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list: ``limit`` of them (None: a page) after the first ``offset``, or after a cursor's row.

    ``strict`` tells whether a cursor that fits no order of the rows is refused, or has no rows after it.
    """

    limit: int | None = None
    offset: int | None = None
    position: tuple[Any, ...] = field(default=())
    cursors: bool = False
    strict: bool = True

    @staticmethod
    def numbered(page: int | None, size: int | None, *, first: int = 1) -> "Page":
        """Return the page with the number ``page``, counted from ``first``, of ``size`` rows."""
        size = MOST_ROWS if size is None else min(size, MOST_ROWS)
        return Page(limit=size, offset=(max(first if page is None else page, first) - first) * size)

    @staticmethod
    def after(cursor: str | None, limit: int | None) -> "Page":
        """Return ``limit`` rows after the one that ``cursor`` names; raises BadRequest where it is none of ours."""
        return Page(limit=limit, position=decode_cursor(cursor) if cursor else (), cursors=True)

    @staticmethod
    def behind(cursor: str | None, limit: int | None) -> "Page":
        """Return what ``after`` does; no rows where the cursor is none of ours, as nothing stands behind it.

        For contracts that take any text for a cursor and declare no status to refuse one with.
        """
        try:
            return replace(Page.after(cursor, limit), strict=False)
        except BadRequest:
            return Page(limit=0, cursors=True, strict=False)

    @property
    def rows(self) -> int:
        """How many rows it holds at most."""
        return MOST_ROWS if self.limit is None else min(max(self.limit, 0), MOST_ROWS)

    @property
    def bounds(self) -> tuple[int, int]:
        """How many rows it holds at most and the offset, as any database takes them."""
        return self.rows, min(max(self.offset or 0, 0), LARGEST)

    def refusal(self) -> ApiError:
        """Return the error for rows that hold too much."""
        return BadRequest(f"the rows of this page hold more than {MOST_BYTES} bytes: ask for fewer of them")


class Whole(Page):
    """All rows: of a list whose contract has no pages."""

    def refusal(self) -> ApiError:
        """Return the error for rows that hold too much."""
        return InsufficientStorage(f"the rows of this list hold more than {MOST_BYTES} bytes")

    @property
    def rows(self) -> int:
        """The largest number that there is."""
        return LARGEST


def encode_cursor(values: Sequence[Any]) -> str:
    """Return an opaque text for the order values of a row."""
    return base64.urlsafe_b64encode(pydantic_core.to_json(list(values))).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    """Return the order values that ``cursor`` was made of; raises BadRequest."""
    try:
        values = pydantic_core.from_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise BadRequest("the cursor is not one that this service gave out") from None
    if (
        not isinstance(values, list)
        or not values
        or not all(isinstance(each, str | int | float | None) for each in values)
    ):
        raise BadRequest("the cursor is not one that this service gave out")
    return tuple(values)
