"""Dialects: a schema whose ``$schema`` is in the contract itself means what that one's ``$vocabulary`` lists.

JSON Schema 2020-12, section 8.1.2: a keyword of a vocabulary that is not listed is no keyword.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.stages.lower.keywords import ASSERTIONS, SUBSCHEMAS

_VOCABULARIES = "https://json-schema.org/draft/2020-12/vocab/"
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
_KEYWORDS = {
    "validation": ASSERTIONS | {"required", "dependentRequired"},
    "applicator": frozenset(SUBSCHEMAS) - _UNEVALUATED,
    "unevaluated": _UNEVALUATED,
}
"""The asserting keywords of each vocabulary but ``core``, which always counts, and formats, which always assert."""


@dataclass(frozen=True)
class Dialects:
    """What resources leave out: ``silent`` maps pointers of resources to the keywords without a meaning in them."""

    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.silent)

    def meant(self, resource: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Return ``schema``, which belongs to ``resource``, without keywords that mean nothing there."""
        silent = self.silent.get(resource)
        return {key: item for key, item in schema.items() if key not in silent} if silent else schema

    @staticmethod
    def of(schemas: Mapping[str, Any], bases: Mapping[str, str], owners: Mapping[str, str]) -> "Dialects":
        """Return the dialects of ``schemas`` (by pointer), given the URIs of resources and the resource of each."""
        listed = {
            uri: schemas[place]["$vocabulary"]
            for place, uri in bases.items()
            if isinstance(schemas[place].get("$vocabulary"), dict)
        }
        silent: dict[str, frozenset[str]] = {}
        for place, owner in owners.items():
            dialect = schemas[place].get("$schema") if place == owner else None
            if isinstance(dialect, str) and dialect in listed:
                known = {name for name in _KEYWORDS if f"{_VOCABULARIES}{name}" in listed[dialect]}
                silent[place] = frozenset().union(*(_KEYWORDS[name] for name in _KEYWORDS.keys() - known))
        return Dialects({place: keywords for place, keywords in silent.items() if keywords})
