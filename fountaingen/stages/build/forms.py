"""How the members of a form are written (OAS 3.1 section 4.8.15): as text in a style, as JSON, or as binary parts."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.service import Encoding
from fountaingen.stages.build.media import essence, is_json, is_xml, means_binary, says_nothing, together
from fountaingen.stages.build.objects import Member, Schemas
from fountaingen.stages.shape import shape

_PLAIN = Encoding()
_COMPOSED = ("allOf", "anyOf", "oneOf")
_DEFINITION = "#/$defs/"
_DEEPEST = 16


def form_members(
    schema: Any, pointer: str, encodings: Mapping[str, Encoding], schemas: Schemas, *, in_parts: bool
) -> dict[str, Any] | None:
    """Return the ``members`` of a form for the runtime, by name; None where the body is not plainly an object.

    Without an ``encoding`` objects are JSON, arrays come once for each item, binary members are parts of their own,
    and all others are text.
    """
    found = schemas.object(schema, pointer)
    if found is None:
        return None
    return {
        name: _member(member, encodings.get(name, _PLAIN), schemas, in_parts) for name, member in found.members.items()
    }


def is_upload(member: Member, encoding: Encoding, schemas: Schemas) -> bool:
    """Tell whether a member of a multipart body is binary content, or a list of it."""
    subject = _subject(member, schemas)
    if encoding.style is not None or _is_structured(schemas.types(subject)):
        return False
    parts = together(subject, schemas)
    if means_binary(parts) or not encoding.content_types:
        return means_binary(parts) or says_nothing(parts)
    return not any(is_json(each) or essence(each).startswith("text/") for each in encoding.content_types)


def is_listed(member: Member, schemas: Schemas) -> bool:
    """Tell whether a member comes once for each of its items."""
    return schemas.item(member.schema, member.pointer) is not None


def _member(member: Member, encoding: Encoding, schemas: Schemas, in_parts: bool) -> dict[str, Any]:
    subject = _subject(member, schemas)
    listed = {"listed": True} if is_listed(member, schemas) else {}
    if in_parts and is_upload(member, encoding, schemas):
        lengths = {key: subject[key] for key in ("minLength", "maxLength") if key in subject}
        return {"kind": "binary", **listed, **_envelope(encoding, in_parts), **lengths}
    kinds = schemas.types(subject)
    as_json = any(map(is_json, encoding.content_types)) or _is_structured(kinds)
    if encoding.style is None and as_json:
        plain = {"plain": True} if kinds & {"string"} else {}
        xml = {"xml": _place(member, schemas)} if in_parts and any(map(is_xml, encoding.content_types)) else {}
        return {"kind": "json", **listed, **plain, **_envelope(encoding, in_parts), **xml}
    data = {"kind": "text", "shape": shape(member.schema, schemas.target), **_envelope(encoding, in_parts)}
    if encoding.style is not None:
        data |= {"style": encoding.style, "explode": encoding.explode}
    return data


def _place(member: Member, schemas: Schemas) -> str:
    """Return the pointer of what comes at a time, for whoever makes its XML."""
    item = schemas.item(member.schema, member.pointer)
    return item[1] if item else member.pointer


def _subject(member: Member, schemas: Schemas) -> Any:
    """Return the schema of what comes at a time: the member's, or that of its items."""
    item = schemas.item(member.schema, member.pointer)
    schema, _, _ = schemas.resolve(*item) if item else (member.schema, "", None)
    return schema if isinstance(schema, dict) else {}


def _is_structured(kinds: frozenset[str]) -> bool:
    return bool(kinds & {"object", "array"})


def _envelope(encoding: Encoding, in_parts: bool) -> dict[str, Any]:
    if not in_parts:
        return {}
    return {"contentType": list(encoding.content_types)} if encoding.content_types else {}


def with_stand_ins(lowered: Any, definitions: Mapping[str, Any], uploads: Mapping[str, bool], depth: int = 0) -> Any:
    """Return ``lowered`` with a string in the place of each member of ``uploads``, whose values no judge can see.

    ``uploads`` says of each name whether it comes in a list, of which the number of items still counts.
    """
    if not isinstance(lowered, dict) or depth > _DEEPEST:
        return lowered
    schema = dict(lowered)
    reference = schema.pop("$ref", None)
    if isinstance(reference, str) and reference.removeprefix(_DEFINITION) in definitions:
        target = definitions[reference.removeprefix(_DEFINITION)]
        schema["allOf"] = [*schema.get("allOf", ()), with_stand_ins(target, definitions, uploads, depth + 1)]
    elif reference is not None:
        schema["$ref"] = reference
    for keyword in _COMPOSED:
        if keyword in lowered:
            parts = [with_stand_ins(part, definitions, uploads, depth + 1) for part in lowered[keyword]]
            schema[keyword] = [*parts, *schema[keyword][len(parts) :]]
    if isinstance(schema.get("properties"), dict):
        schema["properties"] = {
            name: _stand_in(each, definitions, uploads[name]) if name in uploads else each
            for name, each in schema["properties"].items()
        }
    return schema


def _stand_in(lowered: Any, definitions: Mapping[str, Any], listed: bool) -> Any:
    if not listed:
        return {"type": "string"}
    for _ in range(_DEEPEST):
        reference = lowered.get("$ref") if isinstance(lowered, dict) else None
        if not isinstance(reference, str):
            break
        lowered = definitions.get(reference.removeprefix(_DEFINITION), True)
    counts = {key: lowered[key] for key in ("minItems", "maxItems") if isinstance(lowered, dict) and key in lowered}
    return {"type": "array", "items": {"type": "string"}, **counts}
