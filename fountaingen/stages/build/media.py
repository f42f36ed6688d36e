"""Media types of contracts: what kind each is, and what its schema says of binary content."""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.stages.build.objects import Schemas

_DEEPEST = 16
_TEXTS = frozenset(
    f"application/{subtype}"
    for subtype in ("yaml", "x-yaml", "javascript", "ecmascript", "graphql", "sql", "toml", "jwt", "jose", "x-sh")
)
_FORM = "application/x-www-form-urlencoded"
_SAID = "title description default example examples deprecated readOnly writeOnly xml externalDocs maxLength minLength"
_ANNOTATIONS = frozenset(_SAID.split())
"""What a schema may say and still leave open what a value is; lengths of binary content are counted in bytes."""


def essence(media_type: str) -> str:
    """Return ``type/subtype`` in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Tell whether ``media_type`` is JSON: ``application/json``, any ``+json``, or a range that takes it."""
    kind = essence(media_type)
    return kind in ("application/json", "text/json", "*/*", "application/*") or kind.endswith("+json")


def is_form(media_type: str) -> bool:
    """Tell whether ``media_type`` is that of a form, whose members are text until their schemas say otherwise."""
    return essence(media_type) == _FORM


def is_multipart(media_type: str) -> bool:
    """Tell whether a body of ``media_type`` comes in parts."""
    return essence(media_type).startswith("multipart/")


def is_xml(media_type: str) -> bool:
    """Tell whether ``media_type`` is XML (RFC 7303), as it may be under a range."""
    kind = essence(media_type)
    return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


def is_text(media_type: str) -> bool:
    """Tell whether ``media_type`` is text and neither JSON nor XML."""
    return essence(media_type).startswith("text/") and not is_json(media_type) and not is_xml(media_type)


def reads_as_text(media_type: str) -> bool:
    """Tell whether ``media_type`` is text though its name does not say so."""
    return essence(media_type) in _TEXTS


def is_range(media_type: str) -> bool:
    """Tell whether more than one type is meant."""
    return "*" in essence(media_type)


def is_concrete_json(media_type: str) -> bool:
    """Tell whether a body of ``media_type`` is JSON and nothing else."""
    return is_json(media_type) and not is_range(media_type)


def together(schema: Any, schemas: Schemas, depth: int = 0) -> tuple[Any, ...]:
    """Return ``schema`` without its references, and every part of its ``allOf``: what holds together."""
    resolved, _, _ = schemas.resolve(schema, "")
    if not isinstance(resolved, Mapping) or depth > _DEEPEST:
        return (resolved,)
    own = {key: value for key, value in resolved.items() if key != "allOf"}
    parts = resolved.get("allOf")
    inner = (together(part, schemas, depth + 1) for part in (parts if isinstance(parts, list) else ()))
    return (own, *(each for found in inner for each in found))


def means_binary(schemas: Iterable[Any]) -> bool:
    """Tell whether schemas that hold together say that a value is binary outside JSON (OAS 3.1 section 4.8.14.2)."""
    return any(isinstance(schema, Mapping) and _is_binary(schema) for schema in schemas)


def says_nothing(schemas: Iterable[Any]) -> bool:
    """Tell whether schemas leave open what a value is, which outside JSON means any bytes."""
    return all(
        schema is True
        or (isinstance(schema, Mapping) and all(key in _ANNOTATIONS or key.startswith("x-") for key in schema))
        for schema in schemas
    )


def _is_binary(schema: Mapping[str, Any]) -> bool:
    if schema.get("format") == "binary" or "contentEncoding" in schema:
        return True
    inner = schema.get("contentMediaType")
    return isinstance(inner, str) and not is_json(inner) and not essence(inner).startswith("text/")
