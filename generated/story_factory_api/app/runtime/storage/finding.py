"""Rows of one kind as they are read: one, a list, a count, in wire form."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from ..call import Unit
from ..errors import BadRequest, NotFound
from ..values import JsonObject
from . import paging
from .paging import Page, Whole, encode_cursor
from .sorting import order_of
from .table import Condition, Listing, Order, Table

Where = Mapping[str, Any]
NOWHERE: Where = MappingProxyType({})
_ALL = Condition(())
_EVERYTHING = Whole()

Sort = TypeVar("Sort", str | None, Sequence[str] | None)


class Rows:
    """Rows of ``model``, for reading; what the arguments mean is said of ``Resource``."""

    def __init__(
        self, table: Table, fields: Mapping[str, str], *, key: str, label: str, order: Sequence[str] = ()
    ) -> None:
        self._table = table
        self._fields = dict(fields)
        self._names = {attribute: name for name, attribute in fields.items()}
        self._sorted = {name: attribute for name, attribute in fields.items() if table.sorts(attribute)}
        self._key = key
        self._label = label
        self._order: Order = tuple((name, False) for name in dict.fromkeys((*order, key)))

    def require(self, unit: Unit, where: Where) -> None:
        """Raise NotFound unless a row is ``where``."""
        self._first(unit, where, ())

    def read(self, unit: Unit, where: Where, *, answer: tuple[str, ...]) -> JsonObject:
        """Return the row that is ``where``; raises NotFound."""
        return self._table.shower(answer)((self._first(unit, where, answer),))[0]

    def list(
        self,
        unit: Unit,
        *,
        answer: tuple[str, ...],
        where: Where = NOWHERE,
        page: Page = _EVERYTHING,
        sort: str | Sequence[str] | None = None,
        descending: bool | str | None = None,
    ) -> list[JsonObject]:
        """Return the rows that are ``where``, in order: a filter of None is none, a list is any of its values.

        Raises BadRequest where ``sort`` names no field that the rows can be sorted by, which by cursors is one that
        they show, the cursor does not fit, or the rows hold too much; InsufficientStorage where all of a list do.
        """
        order = self._ordered(sort, descending)
        if sort and page.cursors and not self._tell(answer, order):
            raise BadRequest("the list cannot be sorted by that, page by page")
        bound = self._bound(where)
        if bound is None:
            return []
        condition, values = bound
        values["limit_"], values["offset_"] = page.bounds
        if page.position:
            if not self._stands(page.position, order):
                if page.strict:
                    raise BadRequest("the cursor belongs to another order")
                return []
            values |= {"at_" + name: value for (name, _), value in zip(order, page.position, strict=True)}
        listing = Listing(condition, order, tuple(value is None for value in page.position))
        rows = self._table.list(answer, listing).some(unit.connection, values, paging.MOST_BYTES)
        if rows is None:
            raise page.refusal()
        return self._table.shower(answer)(rows)

    def count(self, unit: Unit, *, where: Where = NOWHERE) -> int:
        """Return how many rows are ``where``."""
        bound = self._bound(where)
        if bound is None:
            return 0
        row = self._table.count(bound[0]).first(unit.connection, bound[1])
        return int(row[0]) if row else 0

    def next_cursor(
        self,
        rows: Sequence[JsonObject],
        page: Page,
        *,
        sort: str | Sequence[str] | None = None,
        descending: bool | str | None = None,
    ) -> str | None:
        """Return the cursor of the page after ``rows``, listed in this order; None where they are the last."""
        if not rows or len(rows) < page.rows:
            return None
        last = {self._fields[name]: value for name, value in rows[-1].items() if name in self._fields}
        return encode_cursor([last.get(name) for name, _ in self._ordered(sort, descending)])

    def sortable(self, sort: Sort, *, among: tuple[str, ...] = ()) -> Sort | None:
        """Return ``sort`` where rows can be sorted by all that it names, else None: then they keep their own order.

        ``among`` are the members that it may name, none given are all. For contracts that take any text and declare
        no status to refuse one with.
        """
        try:
            order = order_of(sort, None, self._sorted)
        except BadRequest:
            return None
        return sort if not among or self._tell(among, order) else None

    def _tell(self, answer: tuple[str, ...], order: Order) -> bool:
        """Whether rows that show ``answer`` tell where they stand in ``order``."""
        shown = {self._fields[name] for name in answer}
        return all(name in shown for name, _ in order)

    def _stands(self, position: Sequence[Any], order: Order) -> bool:
        """Whether a cursor's ``position`` is one in ``order``."""
        fitting = (self._table.places(name, value) for (name, _), value in zip(order, position, strict=False))
        return len(position) == len(order) and all(fitting)

    def _ordered(self, sort: str | Sequence[str] | None, descending: bool | str | None) -> Order:
        chosen = order_of(sort, descending, self._sorted)
        return (*chosen, *(each for each in self._order if each[0] not in dict(chosen))) if chosen else self._order

    def _first(self, unit: Unit, where: Where, answer: tuple[str, ...]) -> Sequence[Any]:
        bound = self._bound(where)
        row = bound and self._table.select(answer, bound[0]).first(unit.connection, bound[1])
        if not row:
            raise self._missing(where)
        return row

    def _exists(self, unit: Unit, where: Where) -> bool:
        bound = self._bound(where)
        return bound is not None and self._table.select((), bound[0]).first(unit.connection, bound[1]) is not None

    def _bound(self, where: Where) -> tuple[Condition, dict[str, Any]] | None:
        """Return the condition and its values; None where no row can be that."""
        if not where:
            return _ALL, {}
        equal: list[str] = []
        within: list[str] = []
        values: dict[str, Any] = {}
        for name, value in where.items():
            if isinstance(value, list):
                values["in_" + name] = found = [each for each in value if self._table.fits(name, each)]
                within.append(name)
                if not found:
                    return None
            elif value is not None:
                if not self._table.fits(name, value):
                    return None
                values["is_" + name] = value
                equal.append(name)
        return Condition(tuple(equal), tuple(within)), values

    def _called(self, where: Where) -> str:
        value = where.get(self._key, next(iter(where.values()), ""))
        return f"{self._label} {value}"

    def _missing(self, where: Where) -> NotFound:
        return NotFound(f"{self._called(where)} does not exist")
