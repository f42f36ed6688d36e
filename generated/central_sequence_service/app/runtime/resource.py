"""The default behaviour on one kind of row: create, read, list, update, delete, in wire form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, overload
from uuid import uuid4

from .call import Unit
from .errors import BadRequest, Conflict, NotFound
from .faults import ForeignKeyViolation
from .paging import Page, encode_cursor
from .patches import apply, merge, same
from .sorting import order_of
from .table import Condition, Listing, Order, Table
from .values import JsonObject, JsonValue

Where = Mapping[str, Any]
_NONE: Where = MappingProxyType({})
_ALL = Condition(())
_EVERYTHING = Page()


class Resource:
    """Rows of ``model``: ``fields`` maps wire names to attributes, ``key`` is the attribute of the primary key.

    ``order`` is the order of lists, ``created`` and ``updated`` are attributes that the server fills with the time,
    ``label`` names a row in messages, ``nullable`` are wire names that are shown as null where nothing is stored.
    """

    def __init__(
        self,
        model: type[Any],
        fields: Mapping[str, str],
        *,
        key: str,
        label: str,
        order: Sequence[str] = (),
        created: Sequence[str] = (),
        updated: Sequence[str] = (),
        nullable: Sequence[str] = (),
    ) -> None:
        self._table = Table(model, fields, nullable)
        self._fields = dict(fields)
        self._names = {attribute: name for name, attribute in fields.items()}
        self._key = key
        self._label = label
        self._order: Order = tuple((name, False) for name in dict.fromkeys((*order, key)))
        self._created = tuple(created)
        self._updated = tuple(updated)

    # Reading

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
        where: Where = _NONE,
        page: Page = _EVERYTHING,
        sort: str | Sequence[str] | None = None,
        descending: bool | str | None = None,
    ) -> list[JsonObject]:
        """Return the rows that are ``where``, in order: a filter of None is none, a list is any of its values.

        Raises BadRequest where ``sort`` names no field or the cursor does not fit.
        """
        order = self._ordered(sort, descending)
        bound = self._bound(where)
        if bound is None:
            return []
        condition, values = bound
        values["limit_"], values["offset_"] = page.bounds
        if page.position:
            if len(page.position) != len(order):
                raise BadRequest("the cursor belongs to another order")
            values |= {"at_" + name: value for (name, _), value in zip(order, page.position, strict=True)}
        listing = Listing(condition, order, tuple(value is None for value in page.position))
        return self._table.shower(answer)(self._table.list(answer, listing).rows(unit.connection, values))

    def count(self, unit: Unit, *, where: Where = _NONE) -> int:
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
        if page.limit is None or not rows or len(rows) < page.limit:
            return None
        return encode_cursor([rows[-1].get(self._names[name]) for name, _ in self._ordered(sort, descending)])

    # Writing

    def create(
        self, unit: Unit, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...], given: Where = _NONE
    ) -> JsonObject:
        """Store a row and return it: of ``body`` what is in ``fields``; ``given`` and the unit's columns win over it.

        Raises BadRequest where ``body`` contradicts ``given``, Conflict where the row exists.
        """
        self._agree(body, given)
        return self._store(unit, self._sent(body, fields) | dict(given) | dict(unit.columns), answer)

    def update(
        self, unit: Unit, where: Where, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...]
    ) -> JsonObject:
        """Store what ``body`` has of ``fields``, leave the others, and return the row; raises NotFound."""
        self._agree(body, where)
        return self._change(unit, where, self._sent(body, fields), answer)

    def replace(
        self, unit: Unit, where: Where, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...]
    ) -> JsonObject:
        """Store what ``body`` has, make the rest of ``fields`` absent, and return the row; raises NotFound."""
        self._agree(body, where)
        return self._change(unit, where, self._cleared(fields, where) | self._sent(body, fields), answer)

    def put(
        self, unit: Unit, where: Where, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...]
    ) -> JsonObject:
        """Replace the row that is ``where``, or create it there; returns it."""
        try:
            return self.replace(unit, where, body, fields=fields, answer=answer)
        except NotFound:
            return self.create(unit, body, fields=fields, answer=answer, given=where)

    def merge_patch(
        self, unit: Unit, where: Where, body: JsonObject, *, answer: tuple[str, ...], fields: tuple[str, ...] = ()
    ) -> JsonObject:
        """Merge ``body`` into the row (RFC 7396) and return it; raises NotFound.

        Raises BadRequest for a change outside ``fields``; none given are all but the key and what the server keeps.
        """
        return self._patch(unit, where, lambda row: merge(row, body), fields, answer)

    def patch(
        self,
        unit: Unit,
        where: Where,
        body: JsonObject | Sequence[JsonObject],
        *,
        answer: tuple[str, ...],
        fields: tuple[str, ...] = (),
    ) -> JsonObject:
        """Apply a patch of either kind: an array is a JSON Patch (RFC 6902), an object a merge patch (RFC 7396)."""
        if isinstance(body, dict):
            return self.merge_patch(unit, where, body, answer=answer, fields=fields)
        return self.json_patch(unit, where, body, answer=answer, fields=fields)

    def json_patch(
        self,
        unit: Unit,
        where: Where,
        operations: Sequence[JsonObject],
        *,
        answer: tuple[str, ...],
        fields: tuple[str, ...] = (),
    ) -> JsonObject:
        """Apply ``operations`` to the row (RFC 6902), as ``merge_patch`` does; raises Conflict where a test fails."""
        return self._patch(unit, where, lambda row: apply(row, operations), fields, answer)

    @overload
    def delete(self, unit: Unit, where: Where) -> None: ...

    @overload
    def delete(self, unit: Unit, where: Where, *, answer: tuple[str, ...]) -> JsonObject: ...

    def delete(self, unit: Unit, where: Where, *, answer: tuple[str, ...] | None = None) -> JsonObject | None:
        """Delete the row that is ``where``; returns it where ``answer`` says so. Raises NotFound, Conflict."""
        bound = self._bound(where)
        if bound is None:
            raise self._missing(where)
        try:
            row = self._table.delete(bound[0], answer or ()).first(unit.connection, bound[1])
        except ForeignKeyViolation:
            raise Conflict(f"{self._called(where)} is still in use") from None
        if row is None:
            raise self._missing(where)
        return None if answer is None else self._table.shower(answer)((row,))[0]

    # Steps

    def _ordered(self, sort: str | Sequence[str] | None, descending: bool | str | None) -> Order:
        chosen = order_of(sort, descending, self._fields)
        return (*chosen, *(each for each in self._order if each[0] not in dict(chosen))) if chosen else self._order

    def _first(self, unit: Unit, where: Where, answer: tuple[str, ...]) -> Sequence[Any]:
        bound = self._bound(where)
        row = bound and self._table.select(answer, bound[0]).first(unit.connection, bound[1])
        if not row:
            raise self._missing(where)
        return row

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

    def _sent(self, body: JsonObject, fields: tuple[str, ...]) -> dict[str, Any]:
        """Take of a body what a client may set, and nothing else that happens to be named like a column."""
        return {self._fields[name]: body[name] for name in fields if name in body}

    def _cleared(self, fields: tuple[str, ...], where: Where) -> dict[str, Any]:
        kept = {self._key, *where, *self._created, *self._updated}
        return {attribute: _ABSENT for name in fields if (attribute := self._fields[name]) not in kept}

    def _agree(self, body: JsonObject, given: Where) -> None:
        if not isinstance(body, dict):
            raise BadRequest("the body must be an object")
        for attribute, value in given.items():
            name = self._names.get(attribute)
            if name in body and not same(body[name], value):
                raise BadRequest(f"{name} differs from the one in the path")

    def _store(self, unit: Unit, values: dict[str, Any], answer: tuple[str, ...]) -> JsonObject:
        now = _now() if self._created or self._updated else ""
        values |= {name: now for name in (*self._created, *self._updated) if name not in unit.columns}
        if self._key not in values and self._table.is_text(self._key):
            values[self._key] = str(uuid4())
        key = self._table.insert(tuple(values)).insert(unit.connection, self._stored(values))
        if self._key not in values:
            values[self._key] = key
        return self._table.shown(answer, values)

    def _change(self, unit: Unit, where: Where, values: dict[str, Any], answer: tuple[str, ...]) -> JsonObject:
        values |= unit.columns
        if not values:
            return self.read(unit, where, answer=answer)
        values |= {name: _now() for name in self._updated if name not in unit.columns}
        bound = self._bound(where)
        if bound is None:
            raise self._missing(where)
        condition, known = bound
        known |= {"set_" + name: value for name, value in self._stored(values).items()}
        row = self._table.update(tuple(values), condition, answer).first(unit.connection, known)
        if row is None:
            raise self._missing(where)
        return self._table.shower(answer)((row,))[0]

    def _stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            if not self._table.fits(name, value):
                raise BadRequest(f"{self._names.get(name, name)} is too large to be stored")
        return {name: None if value is _ABSENT else self._table.value(name, value) for name, value in values.items()}

    def _patch(
        self,
        unit: Unit,
        where: Where,
        patch: Callable[[JsonObject], JsonValue],
        fields: tuple[str, ...],
        answer: tuple[str, ...],
    ) -> JsonObject:
        row = self.read(unit, where, answer=tuple(self._fields))
        patched = patch(row)
        if not isinstance(patched, dict):
            raise BadRequest("the patch leaves no object")
        kept = {*self._created, *self._updated}
        values: dict[str, Any] = {}
        for name, attribute in self._fields.items():
            if same(patched.get(name), row.get(name)) and (name in patched) == (name in row):
                continue
            if attribute == self._key or attribute in where or (fields and name not in fields):
                raise BadRequest(f"{name} cannot be changed")
            if attribute not in kept:
                values[attribute] = patched.get(name, _ABSENT)
        return self._change(unit, where, values, answer)

    def _called(self, where: Where) -> str:
        value = where.get(self._key, next(iter(where.values()), ""))
        return f"{self._label} {value}"

    def _missing(self, where: Where) -> NotFound:
        return NotFound(f"{self._called(where)} does not exist")


class _Absent:
    """Stands for a member that is not there, where None would be the JSON value null."""


_ABSENT = _Absent()


def _now() -> str:
    """The time as RFC 3339 writes it, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
