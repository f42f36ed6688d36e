"""The two sides of a copy: transactions and key counters, in the words of each kind of database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, text

from .postgresql.lock import LOCK


class NotCopied(Exception):
    """The rows were not copied, and the target is as it was."""


class Side:
    """A connection of which every statement commits by itself; the words are SQLite's."""

    writing: Sequence[str] = ("BEGIN IMMEDIATE",)
    reading: Sequence[str] = ("BEGIN",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self, begin: Sequence[str]) -> Iterator[None]:
        """Run what is inside as one transaction that ``begin``, which is ``writing`` or ``reading``, begins."""
        for statement in begin:
            self._connection.exec_driver_sql(statement)
        try:
            yield
            self._connection.exec_driver_sql("COMMIT")
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK")
            raise

    def last(self, table: Table) -> int:
        """Return the last key that the table's counter gave, 0 where it gave none."""
        if not self._value("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return 0
        return int(self._value("SELECT seq FROM sqlite_sequence WHERE name = :name", name=table.name) or 0)

    def move_on(self, table: Table, last: int) -> None:
        """Let the table's counter give no key up to ``last``."""
        if last <= self.last(table):
            return
        self._connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        row = {"name": table.name, "last": last}
        self._connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), row)

    def relax(self, tables: Sequence[Table]) -> None:
        """Let rows of ``tables`` refer to rows that come later; SQLite checks nothing unless it is asked to."""

    def check(self, tables: Sequence[Table]) -> None:
        """Raise NotCopied, or what the database raises, where a row refers to one that is not there."""
        if broken := self._connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise NotCopied(f"a row of {broken[0]} refers to one that is not there")

    def _value(self, statement: str, **values: Any) -> Any:
        return self._connection.execute(text(statement), values).scalar()


class _Server(Side):
    """The same in the words of PostgreSQL."""

    writing = ("BEGIN ISOLATION LEVEL READ COMMITTED", LOCK)
    reading = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)

    def last(self, table: Table) -> int:
        """Return the last key that the table's sequence gave, 0 where it gave none."""
        return int(self._value(f"SELECT pg_sequence_last_value({_SEQUENCE}::regclass)", **self._named(table)) or 0)

    def move_on(self, table: Table, last: int) -> None:
        """Let the table's sequence give no key up to ``last``."""
        if last > self.last(table):
            self._value(f"SELECT setval({_SEQUENCE}, :last)", last=last, **self._named(table))

    def relax(self, tables: Sequence[Table]) -> None:
        """Let rows of ``tables`` refer to rows that come later."""
        self._constrain(tables, "DEFERRABLE INITIALLY DEFERRED")

    def check(self, tables: Sequence[Table]) -> None:
        """Have the references checked, and from now on with every statement again."""
        self._connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        self._constrain(tables, "NOT DEFERRABLE")

    def _constrain(self, tables: Sequence[Table], how: str) -> None:
        preparer = self._connection.dialect.identifier_preparer
        for table in tables:
            # The inspector would take long, and what it knows by then would be forgotten by the next of these.
            found = self._connection.execute(_CONSTRAINTS, {"table": preparer.format_table(table)}).scalars().all()
            for name in found:
                what = f"ALTER TABLE {preparer.format_table(table)} ALTER CONSTRAINT {preparer.quote(name)} {how}"
                self._connection.exec_driver_sql(what)

    def _named(self, table: Table) -> dict[str, str]:
        (key,) = table.primary_key.columns
        return {"table": self._connection.dialect.identifier_preparer.format_table(table), "column": key.name}


_SEQUENCE = "pg_get_serial_sequence(:table, :column)"
_CONSTRAINTS = text("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass(:table)")


def side_of(connection: Connection) -> Side:
    """Return what speaks the words of the connection's database."""
    return _Server(connection) if connection.dialect.name == "postgresql" else Side(connection)
