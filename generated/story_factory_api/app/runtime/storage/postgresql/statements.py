"""Core statements as text on the driver's connection: a fifth of what SQLAlchemy's execution of them costs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Boolean, Executable, Text
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import await_only

from ...errors import ApiError
from ...escapes import ESCAPE, unescaped
from ..faults import translated, unavailable
from .driver import DIALECT, Driver, asyncpg

_AT_ONCE = 64
"""Rows that are fetched at once where it is not known how much they hold; few enough, if each is a large one."""
_Bind = tuple[str, Callable[[Any], Any] | None]


class Compiled:
    """A statement as the driver takes it."""

    __slots__ = ("_binds", "text")

    def __init__(self, core: Executable) -> None:
        compiled = core.compile(dialect=DIALECT) if isinstance(core, ClauseElement) else None
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("the statement is none that runs on rows")
        self.text = compiled.string
        self._binds: tuple[_Bind, ...] = tuple(
            (name, _taking(compiled.binds[name].type)) for name in compiled.positiontup or ()
        )

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values in their places."""
        return [
            value if process is None or value is None else process(value)
            for value, process in ((values[name], process) for name, process in self._binds)
        ]


class DriverRunner:
    """Runs statements on one connection of the driver."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def compiled(self, core: Executable) -> Compiled:
        """Return a statement in the words of this database."""
        return Compiled(core)

    def rows(self, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement and return its rows as SQLite would give them; raises ApiError where a constraint refuses."""
        with _telling():
            records = await_only(self._driver.fetch(statement.text, *statement.arguments(values)))
        return [_row(tuple(record.values())) for record in records]

    def some(self, statement: Compiled, values: Mapping[str, Any], most: int) -> Sequence[Sequence[Any]] | None:
        """Do what ``rows`` does; None where there are several rows that hold more than ``most`` bytes together."""
        with _telling():
            rows = await_only(self._some(statement, values, most))
        return None if rows is None else [_row(row) for row in rows]

    async def _some(self, statement: Compiled, values: Mapping[str, Any], most: int) -> list[tuple[Any, ...]] | None:
        rows: list[tuple[Any, ...]] = []
        left = most
        async for record in self._driver.cursor(statement.text, *statement.arguments(values), prefetch=_AT_ONCE):
            row = tuple(record.values())
            left -= sum(len(value) for value in row if type(value) is str)
            if left < 0 and rows:
                return None
            rows.append(row)
        return rows

    def attempted(self, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Do what ``rows`` does, and undo it alone where a constraint refuses."""
        await_only(self._driver.execute("SAVEPOINT attempt"))
        try:
            return self.rows(statement, values)
        except ApiError:
            await_only(self._driver.execute("ROLLBACK TO attempt"))
            raise
        finally:
            await_only(self._driver.execute("RELEASE attempt"))

    def tidied(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return rows that SQLAlchemy fetched as ``rows`` gives them."""
        return [_row(tuple(row)) for row in rows]


@contextmanager
def _telling() -> Iterator[None]:
    """Raise what a caller may be told of what the driver raises."""
    try:
        yield
    except TimeoutError as error:
        raise unavailable() from error
    except asyncpg.PostgresError as error:
        raise translated(error) from error


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    for value in row:
        if type(value) is str and ESCAPE in value:
            return tuple(unescaped(each) if type(each) is str else each for each in row)
    return row


def _taking(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return what makes a value of a column's type what the driver takes, which converts nothing by itself."""
    process = type_.dialect_impl(DIALECT).bind_processor(DIALECT)
    if isinstance(type_, BigInteger):
        return _integer
    if isinstance(type_, Boolean):
        return bool
    if isinstance(type_, Text):
        write = process or str
        return lambda value: write(value if isinstance(value, str) else str(value))
    return process


def _integer(value: Any) -> Any:
    return value if type(value) is int else int(value)
