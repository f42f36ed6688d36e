"""Column types that keep JSON values exactly, on databases whose own types do not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pydantic_core
from sqlalchemy import JSON, BigInteger, Boolean, Integer, LargeBinary, Numeric, Text, TypeDecorator
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine, to_instance

from .values import JsonValue

SMALLEST = -(2**63)
LARGEST = 2**63 - 1
NULL = b""

# SQLite makes a rowid alias only of a column whose type is INTEGER, to the letter.
Key = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


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
        return _narrow if dialect.name == "sqlite" else super().bind_processor(dialect)

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

    SQLite keeps that as an empty BLOB, which no value of another type equals. Read by an ORM both are None.
    """

    impl = Text
    cache_ok = True

    def __init__(self, inner: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.inner = to_instance(inner)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column: the one that ``inner`` has."""
        inner = self.inner
        return inner.load_dialect_impl(dialect) if isinstance(inner, TypeDecorator) else dialect.type_descriptor(inner)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Turn a value into what the driver takes."""
        process = self.inner.dialect_impl(dialect).bind_processor(dialect)

        def bind(value: Any) -> Any:
            if value is JSON.NULL:
                return NULL
            return value if process is None or value is None else process(value)

        return bind

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Turn what the driver gives into a value."""
        process = self.inner.dialect_impl(dialect).result_processor(dialect, coltype)

        def result(value: Any) -> Any:
            if value is None or value == NULL:
                return None
            return value if process is None else process(value)

        return result


def keeps_null(type_: TypeEngine[Any]) -> bool:
    """Whether a column tells the JSON value null from an absent member."""
    return isinstance(type_, ExactJSON | Nullable)


def reader(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return what turns a driver's value (never NULL) of a column into its JSON value, None where they are the same."""
    if isinstance(type_, Nullable):
        inner = reader(type_.inner) or _same
        return lambda value: None if value == NULL else inner(value)
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
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    return value


def _same(value: Any) -> Any:
    return value


def _narrow(value: Any) -> Any:
    return str(value).encode() if isinstance(value, int) and not SMALLEST <= value <= LARGEST else value
