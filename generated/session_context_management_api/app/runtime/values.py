"""The names of JSON values in signatures."""

from typing import Any, TypeAlias

# The members are Any because lists and dictionaries are invariant: a list[JsonObject] must pass as a JsonValue.
JsonObject: TypeAlias = dict[str, Any]
JsonValue: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
