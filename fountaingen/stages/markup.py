"""How values are written as XML (OAS 3.1 section 4.8.26): the ``xml`` objects of a schema as the runtime reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.objects import Schemas

_ORDER = ("null", "boolean", "integer", "number", "string", "array", "object")
_COMPOSED = ("allOf", "anyOf", "oneOf")
_DEEPEST = 32


def markup(schema: Any, pointer: str, schemas: Schemas) -> dict[str, Any]:
    """Return the XML of ``schema``: its ``root``, and by key the ``nodes`` that slots refer to, recursive ones too.

    The root is called as its ``xml`` says, else as its component.
    """
    walk = _Walk(schemas)
    root = walk.slot(schema, pointer)
    _, _, component = schemas.resolve(schema, pointer)
    if "name" not in root and component is not None:
        root["name"] = component
    while walk.waiting:
        key, target = walk.waiting.popitem()
        walk.nodes[key] = walk.node(target, key)
    return {"root": root, "nodes": dict(sorted(walk.nodes.items()))}


@dataclass
class _Walk:
    schemas: Schemas
    nodes: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, Any] = field(default_factory=dict)

    def slot(self, schema: Any, pointer: str) -> dict[str, Any]:
        """Return the name, the place and the node of a value; its node waits to be looked at."""
        resolved, where, _ = self.schemas.resolve(schema, pointer)
        if where not in self.nodes:
            self.waiting[where] = resolved
        xml: dict[str, Any] = {}
        for each in (*self._xml_below(resolved), *self._xml_on_the_way(schema)):
            xml |= each
        slot = {key: str(xml[key]) for key in ("name", "namespace", "prefix") if isinstance(xml.get(key), str)}
        return {**slot, **self._place(xml, self.schemas.types(resolved)), "node": where}

    def node(self, schema: Any, pointer: str) -> dict[str, Any]:
        """Return what stands inside: types, members, items."""
        kinds = self.schemas.types(schema)
        properties: dict[str, Any] = {}
        required: dict[str, None] = {}
        node: dict[str, Any] = {"types": [kind for kind in _ORDER if kind in kinds]}
        for part, where in self._parts(schema, pointer, 0):
            for name, member in _mapping(part.get("properties")).items():
                properties.setdefault(name, self.slot(member, pointers.join(where, "properties", name)))
            required |= dict.fromkeys(name for name in part.get("required") or () if isinstance(name, str))
            for keyword, key in (("items", "items"), ("additionalProperties", "additional")):
                if isinstance(part.get(keyword), dict) and key not in node:
                    node[key] = self.slot(part[keyword], pointers.join(where, keyword))
        if properties:
            node |= {"properties": properties, "required": sorted(required.keys() & properties.keys())}
        return node

    def _place(self, xml: Mapping[str, Any], kinds: frozenset[str]) -> dict[str, Any]:
        """Read ``attribute`` and ``wrapped``, and the ``nodeType`` that says both since OAS 3.2 section 4.26."""
        kind = xml.get("nodeType")
        found: dict[str, Any] = {}
        if xml.get("attribute") is True or kind == "attribute":
            found["place"] = "attribute"
        elif kind in ("text", "cdata"):
            found["place"] = kind
        if xml.get("wrapped") is True or (kind == "element" and "array" in kinds):
            found["wrapped"] = True
        return found

    def _xml_on_the_way(self, schema: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the ``xml`` of each schema from the end of a chain of references to its beginning."""
        chain: list[Mapping[str, Any]] = []
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict):
                break
            chain.append(_mapping(schema.get("xml")))
            if not isinstance(reference := schema.get("$ref"), str):
                break
            try:
                schema = self.schemas.target(reference)
            except LookupError:
                break
        yield from reversed(chain)

    def _xml_below(self, schema: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the ``xml`` of the parts of an ``allOf``, as is written around a reference."""
        for part in (schema.get("allOf") or ()) if isinstance(schema, dict) else ():
            yield from self._xml_on_the_way(part)

    def _parts(self, schema: Any, pointer: str, depth: int) -> Iterator[tuple[Mapping[str, Any], str]]:
        resolved, where, _ = self.schemas.resolve(schema, pointer)
        if not isinstance(resolved, dict) or depth > _DEEPEST:
            return
        yield resolved, where
        for keyword in _COMPOSED:
            branches = resolved.get(keyword)
            for index, part in enumerate(branches if isinstance(branches, list) else ()):
                yield from self._parts(part, pointers.join(where, keyword, index), depth + 1)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
