"""Sequential media types (OAS 3.2 section 4.14.4): which of a media type's schemas describes one item of a stream."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.service import Items
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.objects import Schemas

EVENTS = "text/event-stream"
_LINES = frozenset(
    {
        "application/jsonl",
        "application/json-lines",
        "application/x-jsonlines",
        "application/x-jsonl",
        "application/ndjson",
        "application/x-ndjson",
        "application/json-seq",
    }
)


def is_events(media_type: str) -> bool:
    """Tell whether ``media_type`` is that of server-sent events."""
    return _essence(media_type) == EVENTS


def is_lines(media_type: str) -> bool:
    """Tell whether ``media_type`` is a sequence of JSON values: JSON lines or a JSON text sequence (RFC 7464)."""
    essence = _essence(media_type)
    return essence in _LINES or essence.endswith("+json-seq")


def items(media_type: str, media: Mapping[str, Any], pointer: str, schemas: Schemas) -> Items:
    """Return what describes the items of ``media``, a Media Type Object at ``pointer``.

    With ``itemSchema`` (OAS 3.2) that; for events it is about their fields, and ``contentSchema`` of its ``data`` about
    what the data say. Without, as contracts before 3.2 are written: ``schema`` where it is about an object, the items
    of its array where it is about a list, and nothing where it says that the stream is text.
    """
    if not (is_events(media_type) or is_lines(media_type)):
        return Items()
    if "itemSchema" in media:
        item = pointers.join(pointer, "itemSchema")
        return Items(item, _content(media["itemSchema"], item, schemas) if is_events(media_type) else None)
    described = _described(media.get("schema", True), pointers.join(pointer, "schema"), schemas)
    return Items(data=described) if is_events(media_type) else Items(item=described)


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _content(schema: Any, pointer: str, schemas: Schemas) -> str | None:
    resolved, where, _ = schemas.resolve(schema, pointer)
    properties = resolved.get("properties") if isinstance(resolved, dict) else None
    if not isinstance(properties, dict) or "data" not in properties:
        return None
    data, found, _ = schemas.resolve(properties["data"], pointers.join(where, "properties", "data"))
    return pointers.join(found, "contentSchema") if isinstance(data, dict) and "contentSchema" in data else None


def _described(schema: Any, pointer: str, schemas: Schemas) -> str | None:
    resolved, where, _ = schemas.resolve(schema, pointer)
    if not isinstance(resolved, dict) or not resolved:
        return None
    if (item := schemas.item(resolved, where)) is not None:
        return item[1]
    return None if schemas.types(resolved) - {"null"} == {"string"} else pointer
