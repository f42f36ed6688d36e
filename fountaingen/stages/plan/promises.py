"""Promises: what answers say of every row, so that no row is stored of which it is not true."""

from collections.abc import Iterable

from fountaingen.model.behaviour import ListRows, Read
from fountaingen.model.entity import Column, Entity, Keeper
from fountaingen.model.service import Operation


def promised(entity: Entity, operations: Iterable[Operation]) -> tuple[str, ...]:
    """Return the columns that a client may leave out and that ``operations`` have to show which read ``entity``.

    One row without such a member would keep a list from being answered at all.
    """
    readers = (each.behaviour for each in operations if isinstance(each.behaviour, Read | ListRows))
    required = {name for each in readers if each.entity == entity.name for name in each.answer.required}
    return tuple(
        column.name for column in entity.columns if not required.isdisjoint(column.spellings) and _may_be_absent(column)
    )


def _may_be_absent(column: Column) -> bool:
    of_client = column.keeper is Keeper.CLIENT and column.references != "parent"
    return of_client and column.nullable and not column.shows_null
