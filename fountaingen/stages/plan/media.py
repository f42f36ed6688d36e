"""The media types of a request body, as ``operations.json`` tells the runtime of them."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from fountaingen.model.service import Body, Encoding, Header
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.forms import form_members, with_stand_ins
from fountaingen.stages.build.media import (
    essence,
    is_concrete_json,
    is_form,
    is_multipart,
    is_xml,
    means_binary,
    together,
)
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.lower import Lowered
from fountaingen.stages.markup import markup
from fountaingen.stages.shape import shape

_LENGTHS = ("minLength", "maxLength")
_MAYBE_XML = ("*/*", "application/*", "text/*")


def uses_of(body: Body) -> Iterator[str]:
    """Yield the pointers of the schemas that a body is judged by."""
    for media_type in body.content:
        yield pointers.join(body.pointer, "content", media_type, "schema")
    for encodings in body.encodings.values():
        for encoding in encodings.values():
            yield from (header.pointer for header in encoding.headers)


def media_of(body: Body, media_type: str, lowered: Lowered, schemas: Schemas) -> dict[str, Any]:
    """Return what the runtime is told of one media type: the schema, and what its kind needs beside."""
    schema = body.content[media_type]
    pointer = pointers.join(body.pointer, "content", media_type, "schema")
    data: dict[str, Any] = {"schema": lowered.schemas[pointer]}
    if is_concrete_json(media_type):
        return data
    if is_form(media_type) or is_multipart(media_type):
        encodings = body.encodings.get(media_type, {})
        members = form_members(schema, pointer, encodings, schemas, in_parts=is_multipart(media_type))
        _add_members(data, members, lowered)
        _add_headers(data, encodings, lowered, schemas)
        for member in (members or {}).values():
            if "xml" in member:
                target = schemas.target(f"#{quote(member['xml'], safe='/~')}")
                member["xml"] = markup(target, member["xml"], schemas)
        data["shape"] = _rest(shape(schema, schemas.target), members)
    elif not is_xml(media_type):
        data["shape"] = shape(schema, schemas.target)
    if is_xml(media_type) or essence(media_type) in _MAYBE_XML:
        data["xml"] = markup(schema, pointer, schemas)
    if means_binary(together(schema, schemas)):
        data["binary"] = True
    resolved, _, _ = schemas.resolve(schema, pointer)
    return data | {key: resolved[key] for key in _LENGTHS if isinstance(resolved, dict) and key in resolved}


def _rest(whole: dict[str, Any], members: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the shape of a form without what its members say themselves."""
    return whole if members is None else {key: value for key, value in whole.items() if key != "properties"}


def _add_members(data: dict[str, Any], members: dict[str, Any] | None, lowered: Lowered) -> None:
    if members is None:
        return
    data["members"] = members
    uploads = {name: each.get("listed", False) for name, each in members.items() if each["kind"] == "binary"}
    if uploads:
        data["schema"] = with_stand_ins(data["schema"], lowered.definitions, uploads)


def _add_headers(
    data: Mapping[str, Any], encodings: Mapping[str, Encoding], lowered: Lowered, schemas: Schemas
) -> None:
    for name, member in data.get("members", {}).items():
        if headers := encodings.get(name, Encoding()).headers:
            member["headers"] = {header.name: _header(header, lowered, schemas) for header in headers}


def _header(header: Header, lowered: Lowered, schemas: Schemas) -> dict[str, Any]:
    return {
        "required": header.required,
        "schema": lowered.schemas[header.pointer],
        "shape": shape(header.schema, schemas.target),
    }
