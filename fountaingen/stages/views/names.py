"""The names of fields and classes in a module of views."""

import keyword
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from fountaingen.primitives.names import allocate, snake
from fountaingen.stages.views.types import Fields

RESERVED_CLASSES = frozenset(
    ["Annotated", "Any", "BaseModel", "ConfigDict", "Field", "Literal", "RootModel", "RuntimeUpload"]
)
"""What a module of views imports: no class of it may be called so. Names are compared without case."""

BUILTIN_TYPES = frozenset(["bool", "dict", "float", "int", "list", "str"])
_ATTRIBUTES = frozenset(name for name in dir(BaseModel) if not name.startswith("_"))
_PROTECTED = ("model_dump", "model_validate")
"""Prefixes of fields that pydantic warns of."""


def field_names(fields: Fields) -> dict[str, str]:
    """Return the field of each wire name that can have one; the others stay extra members, where no name is lost.

    A wire name that Python source cannot hold (a lone surrogate) has none.
    """
    wanted = {member.wire: _field(member.wire) for member in fields.members if _can_be_written(member.wire)}
    return {wire: str(name) for wire, name in allocate(wanted).items()}


def nested_names(wanted: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """Return the class name of each inner object by its place, none like another class of the module."""
    return {place: str(name) for place, name in allocate(wanted, [*taken, *RESERVED_CLASSES]).items()}


def _field(wire: str) -> str:
    name = snake(wire, "field")
    if name.startswith(_PROTECTED):
        return f"field_{name}"
    return f"{name}_" if name in _ATTRIBUTES or name in BUILTIN_TYPES or keyword.iskeyword(name) else name


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
