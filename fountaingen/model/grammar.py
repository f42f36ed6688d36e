"""Which kind of object stands at which place of an OpenAPI document (3.0, 3.1 and 3.2 alike).

Everything that looks at a contract as a whole walks it by this table, so that a ``$ref`` inside an example, a default,
an enum or an extension is never taken for a reference.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from fountaingen.primitives import pointer as pointers


class Kind(Enum):
    """A kind of OpenAPI object; ``OTHER`` is metadata without references of its own (info, tags, servers…)."""

    OPENAPI = "OpenAPI document"
    COMPONENTS = "components object"
    PATHS = "paths object"
    PATH_ITEM = "path item"
    OPERATION = "operation"
    PARAMETER = "parameter"
    REQUEST_BODY = "request body"
    MEDIA_TYPE = "media type"
    ENCODING = "encoding"
    RESPONSES = "responses object"
    RESPONSE = "response"
    HEADER = "header"
    EXAMPLE = "example"
    LINK = "link"
    CALLBACK = "callback"
    SCHEMA = "schema"
    SECURITY_SCHEME = "security scheme"
    OTHER = "object"

    # By identity, as members are compared: the hash that Enum brings is a Python function, too slow for a walk.
    __hash__ = object.__hash__

    @property
    def phrase(self) -> str:
        """The kind with its article, as in ``an operation``."""
        return f"{'an' if self.value[0] in 'aeiouO' else 'a'} {self.value}"


class Shape(Enum):
    """Whether a place holds one object, a map of them by name, or a list of them."""

    ONE = "one"
    MAP = "map"
    LIST = "list"


class Slot(NamedTuple):
    """What a place holds."""

    kind: Kind
    shape: Shape = Shape.ONE


class Node(NamedTuple):
    """One object of a document: its kind, the pointer to it and its value (always a dict)."""

    kind: Kind
    pointer: str
    value: dict[str, Any]


class Reference(NamedTuple):
    """A reference: what its place holds, the pointer of the object that stands for another, and of the text itself.

    In a discriminator's mapping the text stands alone: both pointers are the same.
    """

    slot: Slot
    pointer: str
    at: str
    text: str


SECTIONS = {
    "schemas": Kind.SCHEMA,
    "responses": Kind.RESPONSE,
    "parameters": Kind.PARAMETER,
    "examples": Kind.EXAMPLE,
    "requestBodies": Kind.REQUEST_BODY,
    "headers": Kind.HEADER,
    "securitySchemes": Kind.SECURITY_SCHEME,
    "links": Kind.LINK,
    "callbacks": Kind.CALLBACK,
    "pathItems": Kind.PATH_ITEM,
    "mediaTypes": Kind.MEDIA_TYPE,
}
"""The sections of the Components Object (3.0 has no ``pathItems``, only 3.2 has ``mediaTypes``)."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""The fixed operations of a Path Item; ``query`` is of 3.2."""

UNFIXED_METHODS = frozenset(
    [
        "ACL",
        "BIND",
        "CHECKOUT",
        "COPY",
        "LINK",
        "LOCK",
        "M-SEARCH",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MOVE",
        "NOTIFY",
        "PROPFIND",
        "PROPPATCH",
        "PURGE",
        "REBIND",
        "REPORT",
        "SEARCH",
        "SOURCE",
        "SUBSCRIBE",
        "UNBIND",
        "UNLINK",
        "UNLOCK",
        "UNSUBSCRIBE",
    ]
)
"""The methods that ``additionalOperations`` can hold: those that the parser of the HTTP server (llhttp) knows."""

ROOT = Slot(Kind.OPENAPI)
_SCHEMA = Slot(Kind.SCHEMA)

_CONTENT = {"content": Slot(Kind.MEDIA_TYPE, Shape.MAP)}
_VALUE = {"schema": Slot(Kind.SCHEMA), "examples": Slot(Kind.EXAMPLE, Shape.MAP)} | _CONTENT
_PARAMETERS = {"parameters": Slot(Kind.PARAMETER, Shape.LIST)}
_ENCODINGS = {
    "encoding": Slot(Kind.ENCODING, Shape.MAP),
    "itemEncoding": Slot(Kind.ENCODING),
    "prefixEncoding": Slot(Kind.ENCODING, Shape.LIST),
}
_ONE_SCHEMA = (
    "additionalProperties contains contentSchema else if items not propertyNames then unevaluatedItems "
    "unevaluatedProperties"
)
_SCHEMAS_BY_NAME = "$defs definitions dependentSchemas patternProperties properties"

_FIELDS: dict[Kind, dict[str, Slot]] = {
    Kind.OPENAPI: {
        "info": Slot(Kind.OTHER),
        "servers": Slot(Kind.OTHER, Shape.LIST),
        "tags": Slot(Kind.OTHER, Shape.LIST),
        "externalDocs": Slot(Kind.OTHER),
        "paths": Slot(Kind.PATHS),
        "webhooks": Slot(Kind.PATH_ITEM, Shape.MAP),
        "components": Slot(Kind.COMPONENTS),
    },
    Kind.COMPONENTS: {section: Slot(kind, Shape.MAP) for section, kind in SECTIONS.items()},
    Kind.PATH_ITEM: _PARAMETERS
    | {"servers": Slot(Kind.OTHER, Shape.LIST), "additionalOperations": Slot(Kind.OPERATION, Shape.MAP)}
    | {method: Slot(Kind.OPERATION) for method in METHODS},
    Kind.OPERATION: _PARAMETERS
    | {
        "requestBody": Slot(Kind.REQUEST_BODY),
        "responses": Slot(Kind.RESPONSES),
        "callbacks": Slot(Kind.CALLBACK, Shape.MAP),
        "servers": Slot(Kind.OTHER, Shape.LIST),
    },
    Kind.PARAMETER: _VALUE,
    Kind.HEADER: _VALUE,
    Kind.REQUEST_BODY: _CONTENT,
    Kind.RESPONSE: {"headers": Slot(Kind.HEADER, Shape.MAP), "links": Slot(Kind.LINK, Shape.MAP)} | _CONTENT,
    Kind.MEDIA_TYPE: {
        "schema": Slot(Kind.SCHEMA),
        "itemSchema": Slot(Kind.SCHEMA),
        "examples": Slot(Kind.EXAMPLE, Shape.MAP),
    }
    | _ENCODINGS,
    Kind.ENCODING: {"headers": Slot(Kind.HEADER, Shape.MAP)} | _ENCODINGS,
    Kind.SCHEMA: {keyword: Slot(Kind.SCHEMA) for keyword in _ONE_SCHEMA.split()}
    | {keyword: Slot(Kind.SCHEMA, Shape.MAP) for keyword in _SCHEMAS_BY_NAME.split()}
    | {keyword: Slot(Kind.SCHEMA, Shape.LIST) for keyword in ("allOf", "anyOf", "oneOf", "prefixItems")},
}
_FIELDS |= {kind: {} for kind in Kind if kind not in _FIELDS}
_ONE = {kind: Slot(kind) for kind in Kind}
_MEMBERS = {
    Kind.PATHS: _ONE[Kind.PATH_ITEM],
    Kind.CALLBACK: _ONE[Kind.PATH_ITEM],
    Kind.RESPONSES: _ONE[Kind.RESPONSE],
    Kind.OTHER: _ONE[Kind.OTHER],
}
_TRANSPARENT = frozenset({Kind.SCHEMA, Kind.PATH_ITEM})
"""The kinds whose members count beside a ``$ref`` (a Schema Object's only from 3.1 on)."""


def step(slot: Slot, token: str) -> Slot | None:
    """Return what the member ``token`` of an object in ``slot`` holds, or None where its content is plain data."""
    if slot.shape is not Shape.ONE:
        return _ONE[slot.kind]
    found = _FIELDS[slot.kind].get(token)
    return _MEMBERS.get(slot.kind) if found is None and not token.startswith("x-") else found


def members(slot: Slot, value: Any) -> Iterator[tuple[str, Slot, Any]]:
    """Yield (token, slot, value) of each typed member of ``value``, which stands in ``slot``."""
    if slot.shape is Shape.LIST:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield str(index), _ONE[slot.kind], item
    elif isinstance(value, dict):
        if slot.shape is Shape.ONE and not _MEMBERS.get(slot.kind):
            fields = _FIELDS[slot.kind]
            yield from ((token, fields[token], item) for token, item in value.items() if token in fields)
            return
        for token, item in value.items():
            below = step(slot, token)
            if below is not None:
                yield token, below, item


def operations(item: dict[str, Any], pointer: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (method in lower case, pointer, value) of each operation of the Path Item at ``pointer``."""
    for method in METHODS:
        if method in item:
            yield method, pointers.join(pointer, method), item[method]
    more = item.get("additionalOperations")
    for method, value in more.items() if isinstance(more, dict) else ():
        yield method.lower(), pointers.join(pointer, "additionalOperations", method), value


def walk(data: Any, slot: Slot = ROOT, pointer: str = "", *, siblings: bool = True) -> Iterator[Node]:
    """Yield every object of ``data`` in document order, parents first; references are yielded, not followed.

    With ``siblings`` off (OpenAPI 3.0) nothing beside a schema's ``$ref`` is looked at.
    """
    stack: list[tuple[Slot, str, Any]] = [(slot, pointer, data)]
    while stack:
        place, here, value = stack.pop()
        if place.shape is Shape.ONE and isinstance(value, dict):
            yield Node(place.kind, here, value)
            if isinstance(value.get("$ref"), str) and not _looks_beside(place.kind, siblings):
                continue
        below = [(child, pointers.join(here, token), item) for token, child, item in members(place, value)]
        stack.extend(reversed(below))


def references(data: Any, slot: Slot = ROOT, pointer: str = "", *, siblings: bool = True) -> Iterator[Reference]:
    """Yield every reference of ``data`` in document order, those that the standard has no words for included."""
    stack: list[tuple[Slot, str, Any]] = [(slot, pointer, data)]
    while stack:
        place, here, value = stack.pop()
        if isinstance(value, dict):
            ref = value.get("$ref")
            if isinstance(ref, str):
                yield Reference(place, here, f"{here}/$ref", ref)
                if not _looks_beside(place.kind, siblings):
                    continue
            if place == _SCHEMA:
                yield from mappings(value, here)
        below = [(child, pointers.join(here, token), item) for token, child, item in members(place, value)]
        stack.extend(reversed(below))


def mappings(schema: dict[str, Any], pointer: str) -> Iterator[Reference]:
    """Yield what the discriminator of the Schema Object at ``pointer`` maps to: names of components or references."""
    discriminator = schema.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    if isinstance(mapping, dict):
        for value, target in mapping.items():
            if isinstance(target, str):
                place = pointers.join(pointer, "discriminator", "mapping", value)
                yield Reference(_SCHEMA, place, place, target)


def _looks_beside(kind: Kind, siblings: bool) -> bool:
    return kind in _TRANSPARENT and (siblings or kind is not Kind.SCHEMA)


def kind_at(pointer: str) -> Kind | None:
    """Return the kind of what stands at ``pointer`` of an OpenAPI document, None for plain data and for whole maps."""
    slot: Slot | None = ROOT
    for token in pointers.split(pointer):
        if slot is None:
            return None
        slot = step(slot, token)
    return slot.kind if slot is not None and slot.shape is Shape.ONE else None
