"""What never leaves: members that the schema of an answer does not allow at all, as ``writeOnly`` ones, or not as null.

A default behaviour answers what is stored; parts of it that a caller may write but not read are taken out.
"""

from copy import deepcopy
from typing import Any

from ..judge import Judges

_LOCAL = "#/$defs/"
_DEEPEST = 200


class Withheld:
    """Takes out of values of one schema what it never allows."""

    __slots__ = ("_judges", "_schema", "_takes")

    def __init__(self, judges: Judges, schema: Any) -> None:
        self._judges = judges
        self._schema = schema
        # Whether a schema takes null, by the identity of the schema, which the contract keeps.
        self._takes: dict[int, bool] = {}

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
        required = schema.get("required", ())
        never = [
            name
            for name in value
            if (part := properties.get(name)) is False
            or (value[name] is None and name not in required and not self._takes_null(part))
        ]
        for name in never:
            del value[name]
        return any([bool(never), *(self._withhold(properties.get(name, others), value[name], depth) for name in value)])

    def _takes_null(self, schema: Any) -> bool:
        if not isinstance(schema, dict):
            return True
        if id(schema) not in self._takes:
            self._takes[id(schema)] = self._judges.judge(schema).accepts(None)
        return self._takes[id(schema)]

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
