"""Column types that keep JSON values exactly, on databases whose own types do not.

On PostgreSQL texts sort by code point, as they do on SQLite (COLLATE "C").
"""

from collections.abc import Callable
from decimal import Decimal
from math import copysign
from typing import Any, NamedTuple

import pydantic_core
import sqlalchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    TypeDecorator,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine, to_instance

from .escapes import ESCAPE, NULL, escaped, unescaped
from .values import JsonValue

SMALLEST = -(2**63)
LARGEST = 2**63 - 1

# SQLite makes a rowid alias only of a column whose type is INTEGER, to the letter.
Key = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


class _PostgresText(TypeDecorator[str]):
    """Any text, on PostgreSQL."""

    impl = sqlalchemy.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write U+0000 as something that can be kept."""
        return escaped(value) if isinstance(value, str) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Turn what was kept into the text that it was."""
        return str(unescaped(value)) if value is not None and ESCAPE in value else value


Text = sqlalchemy.Text().with_variant(_PostgresText(collation="C"), "postgresql")


class ExactInteger(TypeDecorator[Any]):
    """An integer of any size. SQLite: INTEGER, and a BLOB of its digits beyond 64 bits; elsewhere NUMERIC."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column."""
        return dialect.type_descriptor(sqlite.INTEGER() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn a number into what the driver takes."""
        return _narrow(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Turn what the driver gives into a number."""
        return widen(value)


class ExactNumber(TypeDecorator[Any]):
    """A number as it was written: an integer stays one (of any size), a float stays one."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column."""
        # A BLOB column is the one kind in which SQLite converts nothing (sqlite.org/datatype3.html section 3.1).
        return dialect.type_descriptor(LargeBinary() if dialect.name == "sqlite" else Numeric())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Skip the binary conversion of the BLOB type: numbers go in as numbers."""
        return _narrow if dialect.name == "sqlite" else _decimal

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Skip the binary conversion of the BLOB type."""
        return widen if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Turn what the driver gives into a number."""
        return widen(value)


class ExactJSON(TypeDecorator[Any]):
    """Any JSON value as text: SQL NULL is an absent member; ``sqlalchemy.JSON.NULL`` writes the JSON value null."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Turn a JSON value into text."""
        if value is None:
            return None
        return "null" if value is JSON.NULL else pydantic_core.to_json(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> JsonValue:
        """Turn text into a JSON value."""
        return None if value is None else read_json(value)


class Nullable(TypeDecorator[Any]):
    """A column of ``inner`` whose SQL NULL is an absent member; ``sqlalchemy.JSON.NULL`` writes the JSON value null.

    SQLite keeps that as an empty BLOB, which no value of another type equals. PostgreSQL keeps it as a value that the
    column has besides: NaN of numbers, which are NUMERIC all, the escape of texts, 2 of booleans, which are SMALLINT.
    Read by an ORM null and absent both are None.
    """

    impl = sqlalchemy.Text
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Any]):
        """Compares with true and false as with any value: SQL's own are of another type."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Make values of them."""
            values = (sqlalchemy.literal(each, self.type) if isinstance(each, bool) else each for each in other)
            return super().operate(op, *values, **kwargs)

    comparator_factory = Comparator

    def __init__(self, inner: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.inner = to_instance(inner)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column: the one that ``inner`` has, on PostgreSQL one that has null besides."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(roomy(self.inner).type)
        inner = self.inner
        return inner.load_dialect_impl(dialect) if isinstance(inner, TypeDecorator) else dialect.type_descriptor(inner)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Turn a value into what the driver takes."""
        null: Any = NULL
        process: Callable[[Any], Any] | None
        if dialect.name == "postgresql":
            null, process = roomy(self.inner).null, roomy(self.inner).write
        else:
            process = self.inner.dialect_impl(dialect).bind_processor(dialect)

        def bind(value: Any) -> Any:
            if value is JSON.NULL:
                return null
            return value if process is None or value is None else process(value)

        return bind

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Turn what the driver gives into a value."""
        if dialect.name == "postgresql":
            read = reader(self)
            return lambda value: None if value is None or value == ESCAPE or read is None else read(value)
        process = self.inner.dialect_impl(dialect).result_processor(dialect, coltype)

        def result(value: Any) -> Any:
            if value is None or value == NULL:
                return None
            return value if process is None else process(value)

        return result


class NullMark(ColumnElement[Any]):
    """How a Nullable column keeps the JSON value null, in SQL."""

    inherit_cache = True

    def __init__(self, type_: TypeEngine[Any]) -> None:
        self.type = type_


@compiles(NullMark)
def _null_mark(mark: NullMark, compiler: SQLCompiler, **_: Any) -> str:
    if compiler.dialect.name != "postgresql" or not isinstance(mark.type, Nullable):
        return f"x'{NULL.hex()}'"
    null = roomy(mark.type.inner).null
    return f"'{null}'::numeric" if isinstance(null, Decimal) else repr(null) if isinstance(null, int) else f"'{null}'"


def keeps_null(type_: TypeEngine[Any]) -> bool:
    """Whether a column tells the JSON value null from an absent member."""
    return isinstance(type_, ExactJSON | Nullable)


def reader(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return what turns a driver's value (never NULL) of a column into its JSON value, None where they are the same."""
    if isinstance(type_, Nullable):
        return _nullable_reader(type_.inner)
    if isinstance(type_, ExactJSON):
        return read_json
    if isinstance(type_, ExactInteger | ExactNumber):
        return widen
    if isinstance(type_, Boolean):
        return bool
    return None


def is_bounded_integer(type_: TypeEngine[Any]) -> bool:
    """Whether a column holds integers of 64 bits at most."""
    return isinstance(type_.inner if isinstance(type_, Nullable) else type_, Integer)


def read_json(text: str) -> JsonValue:
    """Parse the text of an ExactJSON column."""
    value: JsonValue = pydantic_core.from_json(text)
    return value


def widen(value: Any) -> Any:
    """Turn a driver's number into an int or a float: digits of a BLOB, an exact decimal, or a number already."""
    if isinstance(value, bytes):
        return int(value)
    if not isinstance(value, Decimal):
        return value
    exponent = value.as_tuple().exponent
    # The driver writes a thousand as 1E+3: what has no digits behind the point was an integer.
    if isinstance(exponent, int) and exponent >= 0:
        return int(value)
    return -0.0 if not value and exponent == _MINUS_ZERO.as_tuple().exponent else float(value)


# NUMERIC has no zero below zero, but keeps how many digits one was written with; no float needs that many.
_MINUS_ZERO = Decimal("0E-2000")


def _nullable_reader(inner: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(inner, Boolean):
        return lambda value: None if value in (NULL, 2) else bool(value)
    if isinstance(inner, Integer | ExactInteger | ExactNumber):
        return _number_or_null
    return lambda value: None if value == NULL else value


def _number_or_null(value: Any) -> Any:
    if isinstance(value, int):
        return value
    if value == NULL or (isinstance(value, Decimal) and value.is_nan()):
        return None
    return widen(value)


class Roomy(NamedTuple):
    """What PostgreSQL keeps a Nullable column in, how it keeps null there, and what writes other values."""

    type: TypeEngine[Any]
    null: Any
    write: Callable[[Any], Any]


def roomy(inner: TypeEngine[Any]) -> Roomy:
    """Return how a Nullable column of ``inner`` is kept by PostgreSQL."""
    if isinstance(inner, Boolean):
        return Roomy(SmallInteger(), 2, int)
    if isinstance(inner, Integer | ExactInteger | ExactNumber):
        return Roomy(Numeric(), Decimal("NaN"), _decimal)
    return Roomy(sqlalchemy.Text(collation="C"), ESCAPE, escaped)


def _decimal(value: Any) -> Any:
    """Return a decimal that tells a float from an integer: it has digits behind the point."""
    if not isinstance(value, float):
        return value
    if not value and copysign(1, value) < 0:
        return _MINUS_ZERO
    text = format(Decimal(repr(value)), "f")
    return Decimal(text if "." in text else text + ".0")


def _narrow(value: Any) -> Any:
    return str(value).encode() if isinstance(value, int) and not SMALLEST <= value <= LARGEST else value
