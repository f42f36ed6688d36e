"""XML as JSON values, by the ``xml`` objects of schemas (OAS 3.1 section 4.8.26); safe against entity attacks."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ..judge import Judge
from ..parameters.coerce import scalars
from ..values import JsonValue
from .schema import ANYTHING, UNKNOWN, Document, Node, Slot
from .writer import NIL, SCHEMA_INSTANCE, write_xml

__all__ = ["read_xml", "write_xml"]

_DEEPEST = 200
_MOST_PARTS = 100_000
"""How many elements and attributes are read: small ones take far longer to read than to send."""
_MOST_READ = 200_000
"""How many of them are read in all turns together, where there are more than two."""
_NIL = f"{{{SCHEMA_INSTANCE}}}{NIL}"
# The members of an object by the local name of their elements.
_Members = dict[str, list[tuple[str, Slot, Slot]]]


class _Bounded(TreeBuilder):
    """Builds a tree that is neither deeper nor larger than what reads it can take."""

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._depth = 0
        self._parts = 0
        self._most = most

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("elements are nested too deep")
        self._parts += 1 + len(attrs)
        if self._most is not None and self._parts > self._most:
            raise ValueError(f"it has more than {self._most} elements and attributes")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read_xml(
    raw: bytes, charset: str, document: Document, judge: Judge, *, most: int | None = _MOST_PARTS
) -> tuple[bool, JsonValue]:
    """Return whether ``judge`` accepts a reading of the document, and that reading, else the likeliest one.

    Raises ValueError where it is no XML, has a document type or entities, another root than the schema names, or more
    than ``most`` elements and attributes.
    """
    root = _parsed(raw, charset, most)
    if not _is(root, document.root, document.root.name):
        raise ValueError(f"the root element must be {document.root.name}")
    first: JsonValue = None
    for turn in range(_turns(document, root)):
        reading = _Reading(document, turn)
        value = reading.content(root, document.node(document.root))
        if judge.accepts(value):
            return True, value
        first = value if turn == 0 else first
        if not reading.has_others:
            break
    return False, first


def _turns(document: Document, root: Element) -> int:
    """Return how often a document is read, the fewer times the larger it is; two times are always worth it."""
    turns = document.turns
    if turns > 2:
        turns = min(turns, max(2, _MOST_READ // sum(1 + len(element.attrib) for element in root.iter())))
    return turns


def _parsed(raw: bytes, charset: str, most: int | None) -> Element:
    try:
        # A charset of the transport goes before what the document says of itself (RFC 7303 section 3.2).
        parser = DefusedXMLParser(target=_Bounded(most), encoding=charset or None, forbid_dtd=True)
        parser.feed(raw)
        root: Element = parser.close()
    except ParseError as error:
        raise ValueError(f"it is no XML: {error}") from None
    except DefusedXmlException:
        raise ValueError("document types and entities are refused") from None
    except LookupError:
        raise ValueError("its encoding is not known") from None
    return root


class _Reading:
    """One reading of a document: texts are read as the type that comes ``turn`` places after the first that fits.

    ``has_others`` says whether some text can be read as yet another type.
    """

    def __init__(self, document: Document, turn: int) -> None:
        self._document = document
        self._turn = turn
        self.has_others = False
        self._members: dict[int, _Members] = {}

    def content(self, element: Element, node: Node) -> JsonValue:
        """Return what is inside an element."""
        if element.get(_NIL) in ("true", "1"):
            return None
        structured = len(element) > 0 or any(not name.startswith("{") for name in element.attrib)
        if "object" in node.types and (structured or not node.scalars or _holds_text(node)):
            return self._object(element, node)
        if "array" in node.types and (structured or not node.scalars):
            return self._items(element, node)
        if structured:
            return self._object(element, UNKNOWN)
        return self._scalar(element.text or "", node)

    def _scalar(self, text: str, node: Node) -> JsonValue:
        found = scalars(text, node.scalars or ("string",))
        if len(found) <= self._turn + 1:
            return found[-1]
        self.has_others = True
        return found[self._turn]

    def _items(self, element: Element, node: Node) -> list[JsonValue]:
        return [self.content(child, self._document.node(node.items)) for child in element]

    def _object(self, element: Element, node: Node) -> dict[str, JsonValue]:
        value: dict[str, Any] = {}
        for name, text in element.attrib.items():
            if not name.startswith(f"{{{SCHEMA_INSTANCE}}}"):
                wire, slot = self._attribute(name, node)
                value[wire] = self._scalar(text, self._document.node(slot))
        for child in element:
            self._add(value, child, node)
        for wire, slot in node.properties.items():
            inner = self._document.node(slot)
            if slot.place in ("text", "cdata"):
                value[wire] = self._scalar(element.text or "", inner)
            elif wire in node.required and wire not in value and "array" in inner.types and not slot.wrapped:
                # Without an element around them, no items leave no trace.
                value[wire] = []
        return value

    def _attribute(self, name: str, node: Node) -> tuple[str, Slot]:
        local = _local(name)
        for wire, slot in node.properties.items():
            if slot.place == "attribute" and (slot.name or wire) == local and slot.namespace == _namespace(name):
                return wire, slot
        return local, ANYTHING

    def _add(self, value: dict[str, Any], child: Element, node: Node) -> None:
        """Put a child element where it belongs among the members of ``value``."""
        for wire, slot, named in self._elements(node).get(_local(child.tag), ()):
            if not _is(child, named, named.name):
                continue
            inner = self._document.node(slot)
            if "array" not in inner.types:
                _put(value, wire, self.content(child, inner))
            elif slot.wrapped:
                nil = child.get(_NIL) in ("true", "1")
                value[wire] = None if nil else self._items(child, inner)
            else:
                value.setdefault(wire, []).append(self.content(child, self._document.node(inner.items)))
            return
        _put(value, _local(child.tag), self.content(child, self._document.node(node.additional)))

    def _elements(self, node: Node) -> _Members:
        """Return the members that stand in elements, each with its slot and the slot that names the element."""
        found = self._members.get(id(node))
        if found is None:
            found = self._members[id(node)] = {}
            for wire, slot in node.properties.items():
                if slot.place == "element":
                    named = element_slot(wire, slot, self._document)
                    found.setdefault(named.name or wire, []).append((wire, slot, named))
        return found


def element_slot(wire: str, slot: Slot, document: Document) -> Slot:
    """Return the slot of the elements of a member: its own, or that of its items where nothing is around them."""
    node = document.node(slot)
    if "array" not in node.types or slot.wrapped:
        return _named(slot, slot.name or wire)
    return _named(node.items, node.items.name or wire)


def _named(slot: Slot, name: str) -> Slot:
    return Slot(name, slot.namespace, slot.prefix)


def _put(value: dict[str, Any], wire: str, found: JsonValue) -> None:
    if wire not in value:
        value[wire] = found
    elif isinstance(value[wire], list):
        value[wire].append(found)
    else:
        value[wire] = [value[wire], found]


def _holds_text(node: Node) -> bool:
    return any(slot.place in ("text", "cdata") for slot in node.properties.values())


def _is(element: Element, slot: Slot, name: str | None) -> bool:
    """Whether an element has this name, and this namespace where one is declared: children inherit a default one."""
    if name is not None and _local(element.tag) != name:
        return False
    return not slot.namespace or _namespace(element.tag) == slot.namespace


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
