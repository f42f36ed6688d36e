"""What never leaves: members that the schema of an answer does not allow at all, as ``writeOnly`` ones.

A default behaviour answers what is stored; parts of it that a caller may write but not read are taken out.
"""

from copy import deepcopy
from typing import Any

from ..judge import Judges

_LOCAL = "#/$defs/"
_DEEPEST = 200


class Withheld:
    """Takes out of values of one schema what it never allows."""

    __slots__ = ("_judges", "_schema")

    def __init__(self, judges: Judges, schema: Any) -> None:
        self._judges = judges
        self._schema = schema

    def __call__(self, value: Any) -> bool:
        """Change ``value`` in place; return whether there was anything to take out."""
        return self._withhold(self._schema, value, 0)

    def _withhold(self, schema: Any, value: Any, depth: int) -> bool:
        if not isinstance(schema, dict) or not isinstance(value, dict | list) or depth > _DEEPEST:
            return False
        parts = [*schema.get("allOf", ()), *self._chosen(schema, value, depth)]
        if isinstance(reference := schema.get("$ref"), str):
            parts.append(self._judges.named.get(reference.removeprefix(_LOCAL)))
        changed = [self._withhold(part, value, depth + 1) for part in parts]
        if isinstance(value, dict):
            return any([*changed, self._members(schema, value, depth + 1)])
        return any([*changed, self._items(schema, value, depth + 1)])

    def _members(self, schema: dict[str, Any], value: dict[str, Any], depth: int) -> bool:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        never = [name for name in value if properties.get(name) is False]
        for name in never:
            del value[name]
        return any([bool(never), *(self._withhold(properties.get(name, others), value[name], depth) for name in value)])

    def _items(self, schema: dict[str, Any], value: list[Any], depth: int) -> bool:
        first = schema.get("prefixItems", ())
        schemas = [*first, *[schema.get("items")] * (len(value) - len(first))]
        return any([self._withhold(part, item, depth) for part, item in zip(schemas, value, strict=False)])

    def _chosen(self, schema: dict[str, Any], value: Any, depth: int) -> list[Any]:
        """Return the branches that accept ``value`` when what they never allow has been taken out."""
        found = []
        for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            copy = deepcopy(value)
            self._withhold(part, copy, depth + 1)
            if self._judges.judge(part).accepts(copy):
                found.append(part)
        if "if" in schema:
            found.append(schema.get("then" if self._judges.judge(schema["if"]).accepts(value) else "else"))
        return found
