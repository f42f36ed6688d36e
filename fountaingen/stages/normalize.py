"""Normalize: OpenAPI 3.0 becomes 3.1, so that nothing later asks for the version; 3.1 and 3.2 pass through.

The rules are those of "Migrating from OpenAPI 3.0 to 3.1.0" and, for ``nullable``, of the clarification in OAS 3.0.3
(proposal 2019-10-31): it widens the ``type`` that stands beside it and nothing else, so an ``enum`` has to list null.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from fountaingen.model import grammar
from fountaingen.model.document import Document
from fountaingen.model.grammar import Kind, Slot
from fountaingen.model.version import Version, version_of
from fountaingen.primitives import pointer as pointers

_VERSION = "3.1.1"
_COMPOSED = ("allOf", "anyOf", "oneOf")
_ANNOTATIONS = frozenset({"title", "description", "default", "readOnly", "writeOnly", "deprecated", "examples"})
_EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_FLAGS = ("required", *_EXCLUSIVE.values())


def normalize(document: Document) -> Document:
    """Return the document as OpenAPI 3.1 (from 3.1 on as it is); the input is left unchanged.

    Members keep their pointers, but for a schema without ``type`` that is made nullable by ``nullable``: what it was
    stands one step down, at ``anyOf/0``.
    """
    if version_of(document.data) is not Version.V3_0:
        return _without_flags(document)
    targets = list(_targets(document.data))
    data = _object(document.data, grammar.ROOT)
    for pointer, slot in targets:
        if grammar.kind_at(pointer) is None:
            # Outside the grammar, as in an extension, but taken for an object all the same.
            tokens = pointers.split(pointer)
            data = _put(data, tokens, _object(pointers.follow(document.data, tokens), slot))
    data = _redirected(data, {pointer for pointer, _ in targets})
    return replace(document, data=data | {"openapi": _VERSION})


def _without_flags(document: Document) -> Document:
    """Return a later document, limits that it still flags as 3.0 did (as OpenAI's does) written as numbers."""
    data = document.data
    for node in grammar.walk(data):
        if node.kind is Kind.SCHEMA and any(isinstance(node.value.get(flag), bool) for flag in _FLAGS):
            tokens = pointers.split(node.pointer)
            data = _put(data, tokens, _unflagged(pointers.follow(data, tokens)))
    return document if data is document.data else replace(document, data=data)


def _object(value: Any, slot: Slot) -> Any:
    """Return what ``slot`` holds, changed wherever 3.1 says the same in other words."""
    if isinstance(value, dict) and isinstance(value.get("$ref"), str) and slot.kind is not Kind.PATH_ITEM:
        # A Reference Object of 3.0 is nothing but a reference (section "Reference Object").
        return {key: held for key, held in value.items() if key == "$ref" or key.startswith("x-")}
    below = {token: _object(item, child) for token, child, item in grammar.members(slot, value)}
    if isinstance(value, list):
        return list(below.values()) if below else value
    if not isinstance(value, dict):
        return value
    changed = value | below
    return _schema(changed) if slot == Slot(Kind.SCHEMA) else changed


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    schema = _unflagged(schema)
    if "example" in schema:
        others = schema.get("examples")
        examples = [schema["example"], *(others if isinstance(others, list) else [])]
        schema = {key: item for key, item in schema.items() if key != "example"} | {"examples": examples}
    return _nullable(schema)


def _unflagged(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without flags of older drafts: limits say how they exclude, ``required`` lists properties."""
    if isinstance(schema.get("required"), bool):
        schema = {key: item for key, item in schema.items() if key != "required"}
    for inclusive, exclusive in _EXCLUSIVE.items():
        schema = _bound(schema, inclusive, exclusive)
    return schema


def _bound(schema: dict[str, Any], inclusive: str, exclusive: str) -> dict[str, Any]:
    flag = schema.get(exclusive)
    if not isinstance(flag, bool):
        return schema
    limit = schema.get(inclusive)
    kept = {key: item for key, item in schema.items() if key != exclusive and not (flag and key == inclusive)}
    return kept | {exclusive: limit} if flag and limit is not None else kept


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    flag = schema.get("nullable")
    if not isinstance(flag, bool):
        return schema
    plain = {key: item for key, item in schema.items() if key != "nullable"}
    kind = plain.get("type")
    if not flag:
        return plain
    if isinstance(kind, str | list):
        return plain | {"type": [*dict.fromkeys([*([kind] if isinstance(kind, str) else kind), "null"])]}
    if kind is None and "enum" not in plain and any(keyword in plain for keyword in _COMPOSED):
        return _or_null(plain)
    return plain


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    # By the letter `nullable` says nothing here; everybody who writes it beside a composition means null, Stripe's
    # contract hundreds of times, and its examples hold null in these places.
    beside = {key: item for key, item in schema.items() if key in _ANNOTATIONS or key.startswith("x-")}
    inner = {key: item for key, item in schema.items() if key not in beside}
    return beside | {"anyOf": [inner, {"type": "null"}]}


def _targets(data: Any) -> Iterator[tuple[str, Slot]]:
    """Yield each place that a local reference leads to, those from places outside the grammar included."""
    seen: set[tuple[str, Slot]] = set()
    queue: list[tuple[str, Slot]] = [("", grammar.ROOT)]
    while queue:
        pointer, slot = queue.pop(0)
        value = pointers.follow(data, pointers.split(pointer))
        for reference in grammar.references(value, slot, pointer, siblings=False):
            target = (unquote(reference.text[1:]), reference.slot)
            if not reference.text.startswith("#/") or target in seen or not _exists(data, target[0]):
                continue
            seen.add(target)
            yield target
            if grammar.kind_at(target[0]) is None:
                queue.append(target)


def _redirected(data: Any, targets: set[str]) -> Any:
    """Return ``data`` with references into a schema that went one step down leading there."""
    moved = {target: pointers.join("", *_moved(data, target)) for target in targets if not _exists(data, target)}
    if moved:
        for reference in list(grammar.references(data, siblings=False)):
            there = moved.get(unquote(reference.text[1:]))
            if there is not None and reference.text.startswith("#/"):
                data = _put(data, pointers.split(reference.at), f"#{quote(there, safe='/~')}")
    return data


def _moved(data: Any, target: str) -> Iterator[str]:
    for token in pointers.split(target):
        if isinstance(data, dict) and token not in data and "anyOf" in data:
            data = data["anyOf"][0]
            yield from ("anyOf", "0")
        data = pointers.follow(data, [token])
        yield token


def _exists(data: Any, pointer: str) -> bool:
    try:
        pointers.follow(data, pointers.split(pointer))
    except LookupError:
        return False
    return True


def _put(data: Any, tokens: list[str], value: Any) -> Any:
    """Return ``data`` with ``value`` in one place, everything on the way to it copied."""
    if not tokens:
        return value
    if isinstance(data, list):
        index = int(tokens[0])
        return [*data[:index], _put(data[index], tokens[1:], value), *data[index + 1 :]]
    return data | {tokens[0]: _put(data[tokens[0]], tokens[1:], value)}
