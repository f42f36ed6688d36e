"""How values are written as XML, as ``operations.json`` says it after the ``xml`` objects of schemas (OAS 4.8.26)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

SCALARS = ("null", "boolean", "integer", "number", "string")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value stands: the name of its element or attribute, and the node that says what is inside.

    ``place`` is element, attribute, text or cdata. ``wrapped`` says that an array has an element around its items.
    ``node`` is a key of the document's nodes, None where anything may be inside.
    """

    name: str | None = None
    namespace: str = ""
    prefix: str = ""
    place: str = "element"
    wrapped: bool = False
    node: str | None = None


ANYTHING = Slot()


@dataclass(frozen=True, slots=True)
class Node:
    """What is inside: ``types`` in the order to try them, members by their names in JSON, items, other members."""

    types: tuple[str, ...] = SCALARS
    properties: Mapping[str, Slot] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Slot = ANYTHING
    additional: Slot = ANYTHING

    @property
    def scalars(self) -> tuple[str, ...]:
        """The types that text can be read as."""
        return _scalars(self.types)


@cache
def _scalars(types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in types if each in SCALARS)


UNKNOWN = Node()


@dataclass(frozen=True, slots=True)
class Document:
    """The XML of one schema: its root, and all nodes below by key."""

    root: Slot
    nodes: Mapping[str, Node]

    def node(self, slot: Slot) -> Node:
        """Return what is inside ``slot``."""
        return UNKNOWN if slot.node is None else self.nodes[slot.node]

    @property
    def turns(self) -> int:
        """How often the document can be read in another way: as often as some text has another type."""
        return max([1, *(len(node.scalars) for node in self.nodes.values())])


def xml_document(data: Mapping[str, Any] | None) -> Document | None:
    """Read the ``xml`` of a media type of ``operations.json``."""
    if data is None:
        return None
    return Document(_slot(data["root"]), {key: _node(value) for key, value in data["nodes"].items()})


def _slot(data: Mapping[str, Any]) -> Slot:
    return Slot(
        data.get("name"),
        data.get("namespace", ""),
        data.get("prefix", ""),
        data.get("place", "element"),
        data.get("wrapped", False),
        data.get("node"),
    )


def _node(data: Mapping[str, Any]) -> Node:
    return Node(
        types=tuple(data.get("types", SCALARS)),
        properties={name: _slot(value) for name, value in data.get("properties", {}).items()},
        required=frozenset(data.get("required", ())),
        items=_slot(data.get("items", {})),
        additional=_slot(data.get("additional", {})),
    )
