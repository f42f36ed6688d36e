"""Column types that give a value as it is kept, so that it can be kept elsewhere: nothing of it is parsed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from ..columns import ExactJSON, Nullable, roomy
from ..escapes import NULL


class _Told(Nullable):
    """A Nullable column that is read as it is written: null is ``sqlalchemy.JSON.NULL``, an absent member None."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Turn what the driver gives into a value or JSON.NULL."""
        read = super().result_processor(dialect, coltype)
        null = roomy(self.inner).null if dialect.name == "postgresql" else NULL

        def result(value: Any) -> Any:
            if value is not None and (value == null or (isinstance(value, Decimal) and value.is_nan())):
                return JSON.NULL
            return value if read is None else read(value)

        return result


def verbatim(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type by which the values of a column are copied."""
    if isinstance(type_, ExactJSON):
        return Text()
    if isinstance(type_, Nullable):
        return _Told(type_.inner)
    return type_
