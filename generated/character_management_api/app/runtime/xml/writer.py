"""JSON values as XML, by the ``xml`` objects of schemas (OAS 3.1 section 4.8.26)."""

import re
from typing import Any

import pydantic_core

from ..values import JsonValue
from .schema import ANYTHING, Document, Slot

SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
NIL = "nil"

_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NULL = f' xmlns:xsi="{SCHEMA_INSTANCE}" xsi:{NIL}="true"'
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
)
_START += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME = re.compile(f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*")
# What XML 1.0 cannot hold, not even as a reference (section 2.2).
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def write_xml(value: JsonValue, document: Document) -> bytes:
    """Return ``value`` as an XML document in UTF-8; raises ValueError for what XML cannot hold.

    Null is an element with ``xsi:nil``; a null that would be an attribute is left out.
    """
    writer = _Writer(document)
    writer.element(value, document.root, document.root.name or "root")
    return (_HEADER + "".join(writer.pieces)).encode()


class _Writer:
    def __init__(self, document: Document) -> None:
        self.pieces: list[str] = []
        self._document = document

    def element(self, value: Any, slot: Slot, name: str) -> None:
        """Write an element called ``name`` with ``value`` inside."""
        tag = f"{_name(slot.prefix)}:{_name(name)}" if slot.prefix else _name(name)
        start = f"{tag}{_declared(slot)}"
        if value is None:
            self.pieces.append(f"<{start}{_NULL}/>")
            return
        attributes = "".join(self._attributes(value, slot)) if isinstance(value, dict) else ""
        self.pieces.append(f"<{start}{attributes}>")
        self._content(value, slot, name)
        self.pieces.append(f"</{tag}>")

    def _content(self, value: Any, slot: Slot, name: str) -> None:
        node = self._document.node(slot)
        if isinstance(value, dict):
            for wire, each in value.items():
                self._member(each, wire, node.properties.get(wire, node.additional))
        elif isinstance(value, list):
            for item in value:
                self.element(item, node.items, node.items.name or (name if slot.wrapped else "item"))
        else:
            self.pieces.append(_text(value).translate(_ESCAPES))

    def _member(self, value: Any, wire: str, slot: Slot) -> None:
        if slot.place == "attribute":
            return
        if slot.place in ("text", "cdata"):
            self.pieces.append("" if value is None else _text(value).translate(_ESCAPES))
        elif isinstance(value, list) and not slot.wrapped:
            items = self._document.node(slot).items if slot.node is not None else ANYTHING
            for item in value:
                self.element(item, items, items.name or wire)
        else:
            self.element(value, slot, slot.name or wire)

    def _attributes(self, value: dict[str, Any], slot: Slot) -> list[str]:
        written = []
        for wire, inner in self._document.node(slot).properties.items():
            if inner.place == "attribute" and value.get(wire) is not None:
                name = _name(inner.name or wire)
                name = f"{_name(inner.prefix)}:{name}" if inner.prefix else name
                declared = _declared(inner) if inner.prefix and inner.prefix != slot.prefix else ""
                written.append(f'{declared} {name}="{_text(value[wire]).translate(_IN_ATTRIBUTES)}"')
        return written


def _declared(slot: Slot) -> str:
    if not slot.namespace:
        return ""
    prefix = f":{_name(slot.prefix)}" if slot.prefix else ""
    return f' xmlns{prefix}="{_text(slot.namespace).translate(_IN_ATTRIBUTES)}"'


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of XML")
    return name


def _text(value: Any) -> str:
    if not isinstance(value, str):
        if isinstance(value, list | dict):
            raise ValueError("a list or an object cannot be text")
        return pydantic_core.to_json(value, inf_nan_mode="null").decode()
    if _IMPOSSIBLE.search(value):
        raise ValueError("a text holds a character that XML does not have")
    return value
