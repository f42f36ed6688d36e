"""Rows of one database, copied to another in one transaction, then counted and compared."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, bindparam, insert, inspect, select, type_coerce

from .sides import NotCopied, side_of
from .verbatim import verbatim

_BATCH = 500


@dataclass(frozen=True)
class Holding:
    """What a table holds; ``digest`` is the same whatever order the rows come in."""

    name: str
    rows: int
    digest: str


class _Digest:
    """Counts rows and adds up their hashes."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._rows = 0
        self._sum = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """Count one row."""
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest())

    def holding(self) -> Holding:
        """Return what was counted."""
        return Holding(self._name, self._rows, f"{self._sum % 2**256:064x}")


def copy(source: Engine, target: Engine, metadata: MetaData) -> list[Holding]:
    """Copy every row of ``source`` to ``target``, where the tables exist, and return what both hold now.

    Raises NotCopied where a table of the source is missing, one of the target has rows, or the two differ afterwards.
    """
    tables = metadata.sorted_tables
    with target.connect() as connection:
        side = side_of(connection)
        with side.transaction(side.writing):
            _refuse_rows(connection, tables)
            side.relax(tables)
            wanted = _moved(source, connection, tables)
            side.check(tables)
            found = [_held(connection, table) for table in tables]
            if differing := [one.name for one, other in zip(wanted, found, strict=True) if one != other]:
                raise NotCopied(f"the rows differ after they were copied: {', '.join(differing)}")
    return found


def _moved(source: Engine, target: Connection, tables: Sequence[Table]) -> list[Holding]:
    """Copy the rows and the counters of every table, and return what there was."""
    there = side_of(target)
    with source.connect() as connection:
        here = side_of(connection)
        with here.transaction(here.reading):
            _refuse_missing(connection, tables)
            moved = [_rows_moved(connection, target, table) for table in tables]
            for table in tables:
                if table.autoincrement_column is not None:
                    there.move_on(table, here.last(table))
    return moved


def _refuse_rows(connection: Connection, tables: Sequence[Table]) -> None:
    full = [table.name for table in tables if connection.execute(select(table).limit(1)).first() is not None]
    if full:
        raise NotCopied(f"the target has rows already: {', '.join(full)}")


def _refuse_missing(connection: Connection, tables: Sequence[Table]) -> None:
    if missing := sorted({table.name for table in tables} - set(inspect(connection).get_table_names())):
        raise NotCopied(f"the source has no such tables: {', '.join(missing)}")


def _rows_moved(source: Connection, target: Connection, table: Table) -> Holding:
    """Copy the rows of one table and return what they are."""
    names = {column: f"value_{number}" for number, column in enumerate(table.columns)}
    statement = insert(table).values(
        {column.name: bindparam(name, type_=verbatim(column.type)) for column, name in names.items()}
    )
    digest = _Digest(table)
    for rows in _batches(source, table):
        for row in rows:
            digest.add(row)
        target.execute(statement, [dict(zip(names.values(), row, strict=True)) for row in rows])
    return digest.holding()


def _held(connection: Connection, table: Table) -> Holding:
    digest = _Digest(table)
    for rows in _batches(connection, table):
        for row in rows:
            digest.add(row)
    return digest.holding()


def _batches(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    columns = [type_coerce(column, verbatim(column.type)) for column in table.columns]
    found = connection.execute(select(*columns).execution_options(yield_per=_BATCH))
    for rows in found.partitions(_BATCH):
        yield [tuple(row) for row in rows]
