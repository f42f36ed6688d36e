"""What a hook is given as a body: one type where every media type gives it, else a union that can be told apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from fountaingen.model.service import Body, Encoding
from fountaingen.model.types import UPLOAD, AnyJson, Binary, ListOf, OneOf, PythonType, Scalar, View
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build import media
from fountaingen.stages.build.encodings import encodings
from fountaingen.stages.build.forms import is_listed, is_upload
from fountaingen.stages.build.objects import Member, Schemas

LIMIT = "maxBodyBytes"
"""The member of an operation's extension that bounds its body."""

_JSON_PATCH = "application/json-patch+json"


class TypeOf(Protocol):
    """Gives the type of a schema; an object that is written in place gets a class called ``stem``."""

    def __call__(self, schema: Any, stem: str, pointer: str) -> PythonType: ...


class Reads(Protocol):
    """Reads the schemas of one contract, and follows its Reference Objects to what they lead to and its pointer."""

    schemas: Schemas

    def follow(self, value: Any, pointer: str) -> tuple[Any, str]: ...


@dataclass(frozen=True)
class Typing:
    """How the types of one body are found."""

    stem: str
    type_of: TypeOf
    reader: Reads

    @property
    def schemas(self) -> Schemas:
        return self.reader.schemas


def body_of(operation: Mapping[str, Any], pointer: str, typing: Typing) -> Body | None:
    """Return the body that the Operation Object at ``pointer`` declares, None where there is none."""
    if "requestBody" not in operation:
        return None
    data, place = typing.reader.follow(operation["requestBody"], pointers.join(pointer, "requestBody"))
    content: Mapping[str, Any] = data.get("content") or {}
    encoded = {
        media_type: encodings(each, place, media_type, typing.reader.follow) for media_type, each in content.items()
    }
    schemas = {media_type: each.get("schema", True) for media_type, each in content.items()}
    return Body(
        required=bool(data.get("required")),
        content=schemas,
        type=_body_type(schemas, encoded, place, typing),
        pointer=place,
        encodings={media_type: each for media_type, each in encoded.items() if each},
        limit=extension_of(operation).get(LIMIT),
    )


def extension_of(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the ``x-fountaingen-operation`` of an Operation Object."""
    return operation.get("x-fountaingen-operation") or {}


def _body_type(
    content: Mapping[str, Any], encoded: Mapping[str, Mapping[str, Encoding]], place: str, typing: Typing
) -> PythonType:
    kinds = {media.essence(media_type) for media_type in content}
    if not kinds or (_JSON_PATCH in kinds and len(kinds) > 1):
        # A list of operations or an object: no one type of Python.
        return AnyJson()
    found: list[PythonType] = []
    # One schema is one class, however many media types it is written in.
    known: list[tuple[Any, PythonType]] = []
    for media_type, schema in sorted(content.items(), key=lambda each: not media.is_concrete_json(each[0])):
        pointer = pointers.join(place, "content", media_type, "schema")
        if not _is_structured(media_type):
            found.extend(_types((media_type, schema), pointer, encoded[media_type], typing))
        elif all(each != schema for each, _ in known):
            known.append((schema, typing.type_of(schema, typing.stem, pointer)))
    return _united([*(type_ for _, type_ in known), *found])


def _is_structured(media_type: str) -> bool:
    return media.is_concrete_json(media_type) or media.is_form(media_type) or media.is_xml(media_type)


def _types(
    content: tuple[str, Any], pointer: str, encoded: Mapping[str, Encoding], typing: Typing
) -> Iterator[PythonType]:
    """Yield the types that a body of a media type that is no JSON, no XML and no plain form can have."""
    media_type, schema = content
    if media.is_multipart(media_type):
        yield _form_type(schema, pointer, encoded, typing)
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
    return distinct[0] if len(distinct) == 1 else OneOf(tuple(sorted(distinct, key=_rank)))


def _rank(type_: PythonType) -> tuple[bool, bool, str]:
    """Order types by kind, as the order of media types in a contract means nothing."""
    return isinstance(type_, Binary), isinstance(type_, Scalar), repr(type_)
