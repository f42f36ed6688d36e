"""What a hook is given as a body: one type where every media type gives it, else a union that can be told apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from fountaingen.model.service import Body, Encoding
from fountaingen.model.types import UPLOAD, AnyJson, Binary, ListOf, OneOf, PythonType, Scalar, View
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build import media
from fountaingen.stages.build.encodings import Follow, encodings
from fountaingen.stages.build.forms import is_listed, is_upload
from fountaingen.stages.build.objects import Member, Schemas

_JSON_PATCH = "application/json-patch+json"


class TypeOf(Protocol):
    """Gives the type of a schema; an object that is written in place gets a class called ``stem``."""

    def __call__(self, schema: Any, stem: str, pointer: str) -> PythonType: ...


@dataclass(frozen=True)
class Typing:
    """How the types of one body are found; ``pointer`` is the body's."""

    stem: str
    pointer: str
    type_of: TypeOf
    schemas: Schemas


def body_of(data: Mapping[str, Any], typing: Typing, follow: Follow) -> Body:
    """Return the body that a Request Body Object declares."""
    content: Mapping[str, Any] = data.get("content") or {}
    encoded = {media_type: encodings(each, typing.pointer, media_type, follow) for media_type, each in content.items()}
    schemas = {media_type: each.get("schema", True) for media_type, each in content.items()}
    return Body(
        required=bool(data.get("required")),
        content=schemas,
        type=_body_type(schemas, encoded, typing),
        pointer=typing.pointer,
        encodings={media_type: each for media_type, each in encoded.items() if each},
    )


def _body_type(content: Mapping[str, Any], encoded: Mapping[str, Mapping[str, Encoding]], typing: Typing) -> PythonType:
    kinds = {media.essence(media_type) for media_type in content}
    if not kinds or (_JSON_PATCH in kinds and len(kinds) > 1):
        # A list of operations or an object: no one type of Python.
        return AnyJson()
    found: list[tuple[Any, bool, tuple[PythonType, ...]]] = []
    for media_type, schema in sorted(content.items(), key=lambda each: not media.is_concrete_json(each[0])):
        apart = media.is_multipart(media_type)
        structured = apart or _is_structured(media_type)
        # One schema is one class, however many media types it is written in.
        known = next(
            (types for each, kind, types in found if each == schema and structured and not apart and kind), None
        )
        types = known or tuple(_types(media_type, schema, encoded[media_type], typing))
        found.append((schema, structured and not apart, types))
    return _united([type_ for _, _, types in found for type_ in types])


def _is_structured(media_type: str) -> bool:
    return media.is_concrete_json(media_type) or media.is_form(media_type) or media.is_xml(media_type)


def _types(media_type: str, schema: Any, encoded: Mapping[str, Encoding], typing: Typing) -> Iterator[PythonType]:
    """Yield the types that a body of ``media_type`` can have."""
    pointer = pointers.join(typing.pointer, "content", media_type, "schema")
    if media.is_multipart(media_type):
        yield _form_type(schema, pointer, encoded, typing)
    elif _is_structured(media_type):
        yield typing.type_of(schema, typing.stem, pointer)
    elif media.means_binary(parts := media.together(schema, typing.schemas)):
        yield Binary()
    elif media.is_text(media_type):
        yield Scalar("str") if media.says_nothing(parts) else typing.type_of(schema, typing.stem, pointer)
    elif media.reads_as_text(media_type):
        yield Scalar("str")
    else:
        takes_text = "string" in typing.schemas.types(schema)
        if media.is_range(media_type) or not takes_text:
            yield typing.type_of(schema, typing.stem, pointer)
        if takes_text:
            yield Binary()


def _form_type(schema: Any, pointer: str, encoded: Mapping[str, Encoding], typing: Typing) -> PythonType:
    """Return the class of a form in parts: one of its own where a member is binary, as in JSON it would be text."""
    found = typing.schemas.object(schema, pointer)
    plain = Encoding()
    uploads = {
        name: is_listed(member, typing.schemas)
        for name, member in (found.members.items() if found else ())
        if is_upload(member, encoded.get(name, plain), typing.schemas)
    }
    if found is None or not uploads:
        return typing.type_of(schema, typing.stem, pointer)
    marked = {
        name: _marked(uploads[name]) if name in uploads else _as_written(member, typing.schemas)
        for name, member in found.members.items()
    }
    required = [name for name, member in found.members.items() if member.required]
    return typing.type_of({"type": "object", "properties": marked, "required": required}, typing.stem, pointer)


def _as_written(member: Member, schemas: Schemas) -> Any:
    """Return the schema of a member with its references, whose classes it is made of."""
    return schemas.target(f"#{quote(member.pointer, safe='/~')}")


def _marked(listed: bool) -> dict[str, Any]:
    return {"type": "array", "items": {UPLOAD: True}} if listed else {UPLOAD: True}


def _united(types: list[PythonType]) -> PythonType:
    """Return one type for all of ``types``; of several views or lists, which look alike, none can be told."""
    distinct = list(dict.fromkeys(types))
    structures = [each for each in distinct if isinstance(each, View | ListOf | AnyJson)]
    if len(structures) > 1:
        distinct = [AnyJson(), *(each for each in distinct if each not in structures)]
    if AnyJson() in distinct:
        distinct = [each for each in distinct if not isinstance(each, Scalar)]
    return distinct[0] if len(distinct) == 1 else OneOf(tuple(distinct))
