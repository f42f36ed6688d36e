"""What rows will look like: the answers of default behaviour to the samples, so far as they can be foretold."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.behaviour import (
    Answer,
    Behaviour,
    Constant,
    Create,
    Delete,
    ListRows,
    Missing,
    Read,
    Update,
)
from fountaingen.model.entity import Clock, Column, ColumnType, Entity, Keeper, Spelled, Ulid
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.plan.tests.subjects import Subject

Row = Mapping[str, Any]

_TIMES = {
    Clock.DATE_TIME: "2025-01-01T12:00:00.000Z",
    Clock.DATE: "2025-01-01",
    Clock.RFC_2822: "Wed, 01 Jan 2025 12:00:00 +0000",
    Clock.UNIX: 1735732800,
}
_UUID = "00000000-0000-4000-8000-000000000001"
_COMPUTED = {"total": 1, "count": 1, "limit": None, "offset": 0, "page": 1, "next": None, "next-or-empty": ""} | {
    "more": False
}


def created(subject: Subject, entity: Entity, body: Any) -> Row:
    """Return the row that ``body`` makes, by wire names; members that stay absent are missing."""
    behaviour = subject.operation.behaviour
    given = behaviour.given if isinstance(behaviour, Create | Update) else {}
    row = {column.wire: _value(column, subject, given) for column in entity.columns if column.wire is not None}
    kept = {wire: value for wire, value in row.items() if value is not None or entity.by_wire[wire].shows_null}
    return kept | {name: value for name, value in subject.stored(body).items() if name in entity.by_wire}


def _value(column: Column, subject: Subject, given: Mapping[str, str]) -> Any:
    if column.name in given:
        return next(
            (_sample(each.sample) for each in subject.inputs if each.parameter.argument == given[column.name]), 1
        )
    match column.keeper:
        case Keeper.KEY:
            return _key(column)
        case Keeper.CREATED | Keeper.UPDATED:
            return _TIMES[column.clock]
        case Keeper.CONSTANT:
            return column.constant
        case _:
            return None


def _key(column: Column) -> Any:
    match column.maker:
        case Spelled(parts=parts):
            return "".join(part if isinstance(part, str) else part[0][0] * part[1] for part in parts)
        case Ulid():
            return "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        case None:
            return _UUID if column.type is ColumnType.TEXT else 1


def _sample(written: Mapping[str, Any] | None) -> Any:
    return next(iter(written.values())) if written else 1


def storable(row: Row, subject: Subject, entity: Entity) -> bool:
    """Tell whether the database takes a new row: every column that must hold a value has one."""
    hidden = ties(subject.operation.behaviour)
    return all(
        column.nullable or column.wire is None or row.get(column.wire) is not None or column.name in hidden
        for column in entity.columns
        if column.keeper is Keeper.CLIENT
    )


def json_patch(subject: Subject, entity: Entity, row: Row) -> Any | None:
    """Return a patch (RFC 6902) that sets a member of ``row`` to what it is, None where the operation takes none."""
    for name, value in row.items():
        plain = entity.by_wire[name].keeper is Keeper.CLIENT and not entity.by_wire[name].references
        patch = [{"op": "add", "path": pointers.join("", name), "value": value}]
        if plain and subject.payload is not None and subject.payload.accepts(patch):
            return patch
    return None


def satisfies(subject: Subject, row: Row, sent: Any = None) -> bool:
    """Tell whether the default behaviour of ``subject`` can give an answer that its contract allows.

    ``row`` is the row that it works on, ``sent`` the body of the request.
    """
    if subject.hooked:
        return True
    if subject.needs_headers:
        return False
    if subject.answers is None:
        return True
    behaviour = subject.operation.behaviour
    if isinstance(behaviour, Missing):
        return False
    return subject.answers(_answer(behaviour, row, subject.stored(sent)))


def _answer(behaviour: Behaviour, row: Row, sent: Row) -> Any:
    match behaviour:
        case Constant(value=value):
            return dict(value)
        case Delete(acknowledgement=value, answer=answer) if value is not None:
            return {**_shown(answer, {**row, **sent}), **value} if answer.members else dict(value)
        case ListRows():
            return _listed(behaviour, row)
        case Create(answer=answer) | Read(answer=answer) | Update(answer=answer) | Delete(answer=answer):
            return _shown(answer, {**row, **sent})
        case Missing():
            return None


def _shown(answer: Answer, row: Row) -> Any:
    shown = {name: row[name] for name in answer.members if name in row}
    return shown if answer.wrap is None else {answer.wrap: shown}


def _listed(behaviour: ListRows, row: Row) -> Any:
    rows = [_shown(behaviour.answer, row)] if row else []
    if behaviour.envelope is None:
        return rows
    computed = {name: _COMPUTED[kind] for name, kind in behaviour.envelope.members.items() if kind in _COMPUTED}
    pages = {name: behaviour.paging.first for name, kind in behaviour.envelope.members.items() if kind == "page"}
    return {behaviour.envelope.rows: rows, **computed, **pages, **behaviour.envelope.constants}


def ties(behaviour: Behaviour) -> Mapping[str, str]:
    """Return the columns that the path decides, with its arguments."""
    match behaviour:
        case Create(given=given):
            return given
        case Update(where=where):
            return where
        case _:
            return {}
