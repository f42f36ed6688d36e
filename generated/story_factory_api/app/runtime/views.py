"""Typed views of JSON values, for people who write hooks; the schemas have judged before."""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError

from .values import JsonValue

T = TypeVar("T")
_LARGE = 2**53


def view(type_: type[T], data: JsonValue) -> T:
    """Return ``data`` as ``type_``, a model or a list of them; raises pydantic.ValidationError."""
    adapter = _adapter(cast(Hashable, type_))
    try:
        # Strict, so that no alternative of a union takes a value by changing it; by wire name alone, so that a member
        # that only looks like a field stays what it is.
        return cast(T, adapter.validate_python(data, strict=True, by_alias=True, by_name=False))
    except ValidationError:
        return cast(T, adapter.validate_python(_whole(data), by_alias=True, by_name=False))


def wire(value: Any) -> Any:
    """Return ``value`` as a JSON value: models by alias and with what was set, times and the like as text."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(name): wire(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [wire(each) for each in value]
    return pydantic_core.to_jsonable_python(value, by_alias=True)


def _whole(value: Any) -> Any:
    """Return ``value`` with large whole numbers as integers: 1e300 is one to a schema, and to Pydantic none."""
    if isinstance(value, float):
        return int(value) if abs(value) >= _LARGE and value.is_integer() else value
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


@lru_cache(maxsize=1024)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)
