"""A resource's table as statements: every one built once for the names it is about, then reused."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    inspect,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from ..columns import (
    LARGEST,
    SMALLEST,
    ExactJSON,
    Nullable,
    NullMark,
    is_bounded_integer,
    keeps_null,
    reader,
)
from ..values import JsonObject
from .statements import Statement


class _Absent:
    """Stands for a member that is not there, where None would be the JSON value null."""


ABSENT = _Absent()
Order = tuple[tuple[str, bool], ...]
_STATEMENTS = 256


class Condition(NamedTuple):
    """Which rows: attributes that equal a value, and those that are in a list of so many values."""

    equal: tuple[str, ...]
    within: tuple[str, ...] = ()


class Listing(NamedTuple):
    """A list statement: condition, order (attribute, descending), and where a cursor stands (which values are NULL)."""

    condition: Condition
    order: Order
    cursor: tuple[bool, ...] = ()


class Table:
    """Statements on the table of one model; ``fields`` maps wire names to attributes."""

    def __init__(self, model: type[Any], fields: Mapping[str, str], nullable: Sequence[str]) -> None:
        self._columns: Mapping[str, Column[Any]] = {
            name: column for name, column in inspect(model).columns.items() if isinstance(column, Column)
        }
        self._table = inspect(model).local_table
        self._fields = dict(fields)
        self._nullable = frozenset(nullable)
        self._bounded = frozenset(name for name, column in self._columns.items() if is_bounded_integer(column.type))
        self._null = frozenset(name for name, column in self._columns.items() if keeps_null(column.type))
        # Bounded: which names a request sends is up to the caller.
        self.select = lru_cache(_STATEMENTS)(self._select)
        self.list = lru_cache(_STATEMENTS)(self._list)
        self.count = lru_cache(_STATEMENTS)(self._count)
        self.insert = lru_cache(_STATEMENTS)(self._insert)
        self.update = lru_cache(_STATEMENTS)(self._update)
        self.delete = lru_cache(_STATEMENTS)(self._delete)
        self.shower = lru_cache(_STATEMENTS)(self._shower)

    def value(self, attribute: str, value: Any) -> Any:
        """Return ``value`` as a statement takes it: the JSON value null is not the absence of one."""
        return JSON.NULL if value is None and attribute in self._null else value

    def fits(self, attribute: str, value: Any) -> bool:
        """Whether the column can hold ``value``; one of 64 bits holds no larger integer."""
        return attribute not in self._bounded or not isinstance(value, int) or SMALLEST <= value <= LARGEST

    def holds(self, attribute: str, value: Any) -> bool:
        """Whether the column is not without a value where ``value`` is stored in it."""
        return value is not ABSENT and (value is not None or attribute in self._null)

    def sorts(self, attribute: str) -> bool:
        """Whether rows can be ordered by the column: one of any JSON value has no order."""
        return not isinstance(self._columns[attribute].type, ExactJSON)

    def places(self, attribute: str, value: Any) -> bool:
        """Whether a cursor can stand at ``value`` of the column, as one that was forged cannot."""
        type_ = self._columns[attribute].type
        kind = type_.inner if isinstance(type_, Nullable) else type_
        if value is None:
            return True
        if isinstance(kind, Boolean | Text):
            return isinstance(value, bool if isinstance(kind, Boolean) else str)
        wanted = int if attribute in self._bounded else int | float
        return isinstance(value, wanted) and not isinstance(value, bool) and self.fits(attribute, value)

    def takes(self, attribute: str, *, absent: bool, null: bool) -> bool:
        """Whether the column can be without a value, or hold the JSON value null."""
        return bool(self._columns[attribute].nullable) or not (absent or (null and attribute not in self._null))

    def shown(self, answer: tuple[str, ...], values: Mapping[str, Any]) -> JsonObject:
        """Return the wire object of a row that was just stored as ``values`` (JSON values by attribute)."""
        row = {}
        for name in answer:
            attribute = self._fields[name]
            value = values.get(attribute)
            if value is not None or name in self._nullable or (attribute in self._null and attribute in values):
                row[name] = value
        return row

    def _shower(self, answer: tuple[str, ...]) -> Callable[[Sequence[Sequence[Any]]], list[JsonObject]]:
        """Return what makes wire objects of rows that were selected for ``answer``."""
        nullable = self._nullable
        readers = [
            (name, read) for name in answer if (read := reader(self._columns[self._fields[name]].type)) is not None
        ]

        def show(rows: Sequence[Sequence[Any]]) -> list[JsonObject]:
            shown = [
                (
                    dict(zip(answer, row, strict=False))
                    if None not in row
                    else {
                        name: value
                        for name, value in zip(answer, row, strict=False)
                        if value is not None or name in nullable
                    }
                )
                for row in rows
            ]
            for name, read in readers:
                for each in shown:
                    if (value := each.get(name)) is not None:
                        each[name] = read(value)
            return shown

        return show

    def _select(self, answer: tuple[str, ...], condition: Condition) -> Statement:
        return _statement(select(*self._answer(answer)).where(self._where(condition)), condition)

    def _list(self, answer: tuple[str, ...], listing: Listing) -> Statement:
        core = select(*self._answer(answer)).where(self._where(listing.condition))
        if listing.cursor:
            core = core.where(self._after(listing.order, listing.cursor))
        return _statement(self._ordered(core, listing.order), listing.condition)

    def _count(self, condition: Condition) -> Statement:
        return _statement(select(func.count()).select_from(self._table).where(self._where(condition)), condition)

    def _insert(self, attributes: tuple[str, ...]) -> Statement:
        return Statement(
            insert(self._table).values({self._columns[name].name: self._bind(name) for name in attributes})
        )

    def _update(self, attributes: tuple[str, ...], condition: Condition, answer: tuple[str, ...]) -> Statement:
        values = {self._columns[name].name: self._bind(name, "set_") for name in attributes}
        core = update(self._table).where(self._where(condition)).values(values).returning(*self._answer(answer))
        return _statement(core, condition)

    def _delete(self, condition: Condition, answer: tuple[str, ...]) -> Statement:
        return _statement(delete(self._table).where(self._where(condition)).returning(*self._answer(answer)), condition)

    def _answer(self, answer: tuple[str, ...]) -> list[ColumnElement[Any]]:
        # NullType: rows come as the driver gives them, and the reader of the column does the rest.
        return [type_coerce(self._columns[self._fields[name]], NullType()) for name in answer] or [literal_column("1")]

    def _bind(self, attribute: str, prefix: str = "") -> Any:
        return bindparam(prefix + attribute, type_=self._columns[attribute].type)

    def _where(self, condition: Condition) -> ColumnElement[bool]:
        equal = [self._columns[name] == self._bind(name, "is_") for name in condition.equal]
        within = [
            self._columns[name].in_(bindparam("in_" + name, type_=self._columns[name].type, expanding=True))
            for name in condition.within
        ]
        return and_(true(), *equal, *within) if equal or within else true()

    def _ordered(self, core: Select[Any], order: Order) -> Select[Any]:
        core = core.order_by(*(self._direction(name, down) for name, down in order))
        return core.limit(bindparam("limit_", type_=BigInteger())).offset(bindparam("offset_", type_=BigInteger()))

    def _direction(self, name: str, down: bool) -> ColumnElement[Any]:
        column = self._rank(name)
        if not self._columns[name].nullable:
            # PostgreSQL has its own idea of where NULL stands, and uses an index only for that one.
            return column.desc() if down else column.asc()
        return column.desc().nulls_last() if down else column.asc().nulls_first()

    def _rank(self, name: str) -> ColumnElement[Any]:
        """Return what rows are ordered by: null comes where absent does."""
        column = self._columns[name]
        return func.nullif(column, NullMark(column.type)) if isinstance(column.type, Nullable) else column

    def _after(self, order: Order, nulls: tuple[bool, ...]) -> ColumnElement[bool]:
        """Rows behind the cursor's row in ``order``; NULL comes before every value."""
        (name, down), column, rest = order[0], self._rank(order[0][0]), order[1:]
        at = self._bind(name, "at_")
        same: ColumnElement[bool] = column.is_(None) if nulls[0] else column == at
        if nulls[0]:
            beyond: ColumnElement[bool] = false() if down else column.is_not(None)
        elif down:
            beyond = or_(column < at, column.is_(None))
        else:
            beyond = column > at
        return or_(beyond, and_(same, self._after(rest, nulls[1:]))) if rest else beyond


def _statement(core: Executable, condition: Condition) -> Statement:
    return Statement(core, expanding=bool(condition.within))
