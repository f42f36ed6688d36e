"""Core statements, each built once and run as compiled text on the driver's connection.

SQLAlchemy spends 15 to 25 µs on executing a cached Core statement on SQLite, the driver 3 µs on the same text; the
second is what a request pays. Another database has a runner, in the ``info`` of its connections. An expanding IN goes
through ``Connection.execute``.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from .faults import translated

_SQLITE = SQLiteDialect_pysqlite(paramstyle="qmark")
RUNNER = "runner"
"""Where the ``info`` of a connection that is not SQLite's holds its Runner."""

_Bind = tuple[str, Callable[[Any], Any] | None]


class Runner(Protocol):
    """Runs statements on one connection of another database."""

    def compiled(self, core: Executable) -> Any:
        """Return a statement in the words of this database."""
        ...

    def rows(self, statement: Any, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run what ``compiled`` returned and return its rows; raises ApiError where a constraint refuses."""
        ...

    def some(self, statement: Any, values: Mapping[str, Any], most: int) -> Sequence[Sequence[Any]] | None:
        """Do what ``rows`` does; None where there are several rows that hold more than ``most`` bytes together."""
        ...

    def attempted(self, statement: Any, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Do what ``rows`` does, for whoever goes on with the unit of work where a constraint refuses."""
        ...

    def tidied(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return rows that SQLAlchemy fetched as ``rows`` gives them."""
        ...


class Statement:
    """One Core statement, run with values by bind name."""

    __slots__ = ("_binds", "_compiled", "_core", "_text")

    def __init__(self, core: Executable, *, expanding: bool = False) -> None:
        self._core = core
        self._compiled: Any = None
        self._text = ""
        self._binds: tuple[_Bind, ...] = ()
        if not expanding and isinstance(core, ClauseElement):
            compiled = core.compile(dialect=_SQLITE)
            if isinstance(compiled, SQLCompiler):
                self._text = compiled.string
                self._binds = tuple(_bind(compiled, name) for name in compiled.positiontup or ())

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run it and return its rows; raises ApiError where a constraint refuses."""
        driver = self._driver(connection)
        if driver is None:
            return self._elsewhere(connection, values)
        try:
            return driver.execute(self._text, self._arguments(values)).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    def some(self, connection: Connection, values: Mapping[str, Any], most: int) -> Sequence[Sequence[Any]] | None:
        """Run it and return its rows, None where there are several that hold more than ``most`` bytes together.

        No more of them is read than that, and one row.
        """
        driver = self._driver(connection)
        if driver is None:
            return self._some_elsewhere(connection, values, most)
        try:
            return within(most, driver.execute(self._text, self._arguments(values)))
        except sqlite3.Error as error:
            raise translated(error) from error

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run it and return its first row."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def insert(self, connection: Connection, values: Mapping[str, Any], *, attempt: bool = False) -> Any:
        """Run an INSERT and return the key that the database gave; raises ApiError where a constraint refuses.

        After an ``attempt`` the unit of work may go on all the same.
        """
        driver = self._driver(connection)
        if driver is None:
            rows = self._elsewhere(connection, values, attempt=attempt)
            return rows[0][0] if rows else None
        try:
            return driver.execute(self._text, self._arguments(values)).lastrowid
        except sqlite3.Error as error:
            raise translated(error) from error

    def _elsewhere(
        self, connection: Connection, values: Mapping[str, Any], *, attempt: bool = False
    ) -> Sequence[Sequence[Any]]:
        runner: Runner | None = connection.info.get(RUNNER)
        if runner is None:
            return connection.execute(self._core, values).fetchall()
        if not self._text:
            return runner.tidied(connection.execute(self._core, values).fetchall())
        if self._compiled is None:
            self._compiled = runner.compiled(self._core)
        run = runner.attempted if attempt else runner.rows
        return run(self._compiled, values)

    def _some_elsewhere(
        self, connection: Connection, values: Mapping[str, Any], most: int
    ) -> Sequence[Sequence[Any]] | None:
        runner: Runner | None = connection.info.get(RUNNER)
        if runner is None or not self._text:
            found = within(most, connection.execute(self._core, values))
            return found if found is None or runner is None else runner.tidied(found)
        if self._compiled is None:
            self._compiled = runner.compiled(self._core)
        return runner.some(self._compiled, values, most)

    def _driver(self, connection: Connection) -> sqlite3.Connection | None:
        if not self._text:
            return None
        driver = connection.connection.driver_connection
        return driver if isinstance(driver, sqlite3.Connection) else None

    def _arguments(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[name] if process is None else process(values[name]) for name, process in self._binds]


def within(most: int, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]] | None:
    """Return ``rows``, None where there are several and their texts and bytes are more than ``most`` together."""
    found: list[Sequence[Any]] = []
    left = most
    for row in rows:
        for value in row:
            if type(value) is str or type(value) is bytes:
                left -= len(value)
        if left < 0 and found:
            return None
        found.append(row)
    return found


def _bind(compiled: SQLCompiler, name: str) -> _Bind:
    return name, compiled.binds[name].type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
