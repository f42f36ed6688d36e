"""Rows that keep members which no schema names, beside those that have columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType

from ..call import Unit
from ..columns import read_json
from ..resource import Resource
from ..values import JsonObject
from .finding import Where
from .patches import same
from .table import ABSENT, Table

EXTRA = "extra"
"""The attribute of the column that holds those members as one JSON object, SQL NULL where there are none."""


class OpenTable(Table):
    """Statements whose rows end in the column of the other members."""

    def shown(self, answer: tuple[str, ...], values: Mapping[str, Any]) -> JsonObject:
        """Return the wire object of a row that was just stored."""
        row = super().shown(answer, values)
        extra = values.get(EXTRA)
        return {**extra, **row} if answer and isinstance(extra, dict) else row

    def _shower(self, answer: tuple[str, ...]) -> Callable[[Sequence[Sequence[Any]]], list[JsonObject]]:
        plain = super()._shower(answer)

        def show(rows: Sequence[Sequence[Any]]) -> list[JsonObject]:
            shown = plain([row[:-1] for row in rows])
            return [
                each if row[-1] is None else {**_object(row[-1]), **each} for each, row in zip(shown, rows, strict=True)
            ]

        return show

    def _answer(self, answer: tuple[str, ...]) -> list[ColumnElement[Any]]:
        return [*super()._answer(answer), type_coerce(self._columns[EXTRA], NullType())]


class OpenResource(Resource):
    """Rows of a model with a column ``extra``: what a request holds beside its members is stored and shown again."""

    def __init__(self, model: type[Any], fields: Mapping[str, str], **options: Any) -> None:
        super().__init__(model, fields, table=OpenTable, **options)

    def update(
        self, unit: Unit, where: Where, body: JsonObject, *, fields: tuple[str, ...], answer: tuple[str, ...]
    ) -> JsonObject:
        """Store what ``body`` has of ``fields`` and beside them, leave the others, and return the row."""
        self._agree(body, where)
        values = self._sent(body, fields)
        if EXTRA in values:
            values[EXTRA] = self._others(self.read(unit, where, answer=(self._names[self._key],))) | values[EXTRA]
        return self._change(unit, where, values, answer)

    def _others(self, row: JsonObject) -> JsonObject:
        return {name: value for name, value in row.items() if name not in self._fields}

    def _sent(self, body: JsonObject, fields: tuple[str, ...]) -> dict[str, Any]:
        others = self._others(body)
        return {**super()._sent(body, fields), EXTRA: others} if others else super()._sent(body, fields)

    def _cleared(self, fields: tuple[str, ...], where: Where) -> dict[str, Any]:
        return {**super()._cleared(fields, where), EXTRA: ABSENT}

    def _differences(
        self, row: JsonObject, patched: JsonObject, where: Where, fields: tuple[str, ...]
    ) -> dict[str, Any]:
        values = super()._differences(row, patched, where, fields)
        others = self._others(patched)
        return values if same(others, self._others(row)) else {**values, EXTRA: others or ABSENT}


def _object(text: str) -> JsonObject:
    value = read_json(text)
    return value if isinstance(value, dict) else {}
