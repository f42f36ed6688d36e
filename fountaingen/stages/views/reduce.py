"""From schemas to types: each schema is reduced to a type that accepts all it accepts, and says as much as it can.

Constraints go, and so does every keyword that a library could obey. What Python's types cannot say becomes ``Any``.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.names import cap_words
from fountaingen.stages.views.conjunction import Part, Schemas
from fountaingen.stages.views.types import (
    ANYTHING,
    NULL,
    TEXT,
    Anything,
    Fields,
    ListOf,
    MapOf,
    Member,
    Named,
    Nested,
    OneOfTexts,
    Scalar,
    Type,
    Union,
    union,
)

JSON_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_MOST_TEXTS = 30
_MOST_MEMBERS = 8
_CONTENT = frozenset(["properties", "patternProperties", "additionalProperties", "items", "prefixItems", "enum", "const"])


@dataclass
class Reduction:
    """The classes to print: those asked for (``classes``, by name) and those made for inner objects (by place).

    ``wanted`` maps the places of inner objects to the class names that they would like.
    """

    schemas: Schemas
    optional: Mapping[str, frozenset[str]]
    classes: dict[str, Fields | Type] = field(default_factory=dict)
    nested: dict[str, Fields] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def add(self, name: str) -> Fields | Type:
        """Reduce the schema of the class ``name`` and return what it is."""
        if name not in self.classes:
            self._open.add(name)
            parts = self.schemas.parts(name, self.schemas.by_name[name], name)
            self.classes[name] = self._fields(parts, name) if self._is_fields(parts) else self._type(parts, name)
            self._open.discard(name)
        return self.classes[name]
