"""The default behaviour on one kind of row: create, read, list, update, delete, in wire form."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, overload

from .call import Unit
from .errors import BadRequest, Conflict, NotFound
from .storage.clocks import Clock
from .storage.faults import ForeignKeyViolation, Unshowable
from .storage.finding import NOWHERE, Rows, Where
from .storage.patches import apply, merge, same
from .storage.row_keys import Maker, maker_of, uuid
from .storage.table import ABSENT, Table
from .values import JsonObject, JsonValue

_ATTEMPTS = 8


class Stored(NamedTuple):
    """A row that a PUT made (``created``) or replaced."""

    row: JsonObject
    created: bool

    def within(self, name: str) -> "Stored":
        """Return it with the row as the member ``name`` of an object."""
        return Stored({name: self.row}, self.created)


@dataclass(frozen=True)
class Kept:
    """What the server sees to: attributes with their clocks, when a row is made or changed, and constants of new rows.

    ``promised`` are attributes that no row may be without, as answers have to show them.
    """

    created: Mapping[str, Clock] = field(default_factory=dict)
    updated: Mapping[str, Clock] = field(default_factory=dict)
    constants: Mapping[str, JsonValue] = field(default_factory=dict)
    promised: tuple[str, ...] = ()


_NOTHING = Kept()


class Resource(Rows):
    """Rows of ``model``: ``fields`` maps wire names to attributes, ``key`` is the attribute of the primary key.

    ``order`` is the order of lists, ``label`` names a row in messages, ``nullable`` are wire names that are shown as
    null where nothing is stored, ``kept`` is what the server sees to.
    """

    def __init__(
        self,
        model: type[Any],
        fields: Mapping[str, str],
        *,
        key: str,
        label: str,
        order: Sequence[str] = (),
        nullable: Sequence[str] = (),
        kept: Kept = _NOTHING,
        table: type[Table] = Table,
    ) -> None:
        super().__init__(table(model, fields, nullable), fields, key=key, label=label, order=order)
        self._make = maker_of(model, key)
        self._updated = dict(kept.updated)
        self._kept = {**kept.created, **kept.updated}
        self._constants = dict(kept.constants)
        self._promised = kept.promised

    def create(
        self, unit: Unit, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...], given: Where = NOWHERE
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
        self,
        unit: Unit,
        where: Where,
        body: JsonObject,
        *,
        fields: tuple[str, ...],
        answer: tuple[str, ...],
        given: Where = NOWHERE,
    ) -> Stored:
        """Replace the row that is ``where``, or create it there; ``given`` are what the path says of a new one."""
        try:
            return Stored(self.replace(unit, where, body, fields=fields, answer=answer), created=False)
        except NotFound:
            made = self.create(unit, body, fields=fields, answer=answer, given={**given, **where})
            return Stored(made, created=True)

    def merge_patch(
        self, unit: Unit, where: Where, body: JsonObject, *, answer: tuple[str, ...], fields: tuple[str, ...] = ()
    ) -> JsonObject:
        """Merge ``body`` into the row (RFC 7396) and return it; raises NotFound.

        Raises Conflict for a change outside ``fields``; none given are all but the key and what the server keeps.
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

    def _sent(self, body: JsonObject, fields: tuple[str, ...]) -> dict[str, Any]:
        """Take of a body what a client may set, and nothing else that happens to be named like a column."""
        return {self._fields[name]: body[name] for name in fields if name in body}

    def _cleared(self, fields: tuple[str, ...], where: Where) -> dict[str, Any]:
        kept = {self._key, *where, *self._kept}
        return {attribute: ABSENT for name in fields if (attribute := self._fields[name]) not in kept}

    def _agree(self, body: JsonObject, given: Where) -> None:
        if not isinstance(body, dict):
            raise BadRequest("the body must be an object")
        for attribute, value in given.items():
            name = self._names.get(attribute)
            if name in body and not same(body[name], value):
                raise BadRequest(f"{name} differs from the one in the path")

    def _store(self, unit: Unit, values: dict[str, Any], answer: tuple[str, ...]) -> JsonObject:
        if self._constants:
            values = {**self._constants, **values}
        if self._kept:
            now = datetime.now(UTC)
            values |= {name: clock(now) for name, clock in self._kept.items() if name not in unit.columns}
        if self._key in values or self._make is None:
            key = self._table.insert(tuple(values)).insert(unit.connection, self._stored(values))
            values.setdefault(self._key, key)
        else:
            self._store_under_new_key(unit, values, self._make)
        self._keep_promises(values, self._promised)
        return self._table.shown(answer, values)

    def _store_under_new_key(self, unit: Unit, values: dict[str, Any], make: Maker) -> None:
        """Store a row under a key that ``make`` gives; another one where it is taken, as a short one can be."""
        for last in (*(False,) * _ATTEMPTS, True):
            values[self._key] = key = make()
            try:
                statement = self._table.insert(tuple(values))
                statement.insert(unit.connection, self._stored(values), attempt=make is not uuid)
            except Conflict:
                if last or make is uuid or not self._exists(unit, {self._key: key}):
                    raise
            else:
                return

    def _change(self, unit: Unit, where: Where, values: dict[str, Any], answer: tuple[str, ...]) -> JsonObject:
        values |= unit.columns
        if not values:
            return self.read(unit, where, answer=answer)
        if self._updated:
            now = datetime.now(UTC)
            values |= {name: clock(now) for name, clock in self._updated.items() if name not in unit.columns}
        bound = self._bound(where)
        if bound is None:
            raise self._missing(where)
        condition, known = bound
        known |= {"set_" + name: value for name, value in self._stored(values).items()}
        row = self._table.update(tuple(values), condition, answer).first(unit.connection, known)
        if row is None:
            raise self._missing(where)
        self._keep_promises(values, values)
        return self._table.shower(answer)((row,))[0]

    def _keep_promises(self, values: Mapping[str, Any], stored: Container[str]) -> None:
        """Raise Unshowable, to undo it, where ``stored``, in which ``values`` are, lacks what answers have to show."""
        for name in self._promised:
            if name in stored and not self._table.holds(name, values.get(name, ABSENT)):
                raise Unshowable(self._label, self._names.get(name, name))

    def _stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            if not self._table.fits(name, value):
                raise BadRequest(f"{self._names.get(name, name)} is too large to be stored")
        return {name: None if value is ABSENT else self._table.value(name, value) for name, value in values.items()}

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
        return self._change(unit, where, self._differences(row, patched, where, fields), answer)

    def _differences(
        self, row: JsonObject, patched: JsonObject, where: Where, fields: tuple[str, ...]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, attribute in self._fields.items():
            if same(patched.get(name), row.get(name)) and (name in patched) == (name in row):
                continue
            if attribute == self._key or attribute in where or (fields and name not in fields):
                raise Conflict(f"{name} cannot be changed")
            if attribute in self._kept:
                continue
            values[attribute] = value = patched.get(name, ABSENT)
            if not self._table.takes(attribute, absent=value is ABSENT, null=value is None):
                raise Conflict(f"{name} cannot be removed")
        return values
