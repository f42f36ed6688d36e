"""The ``encoding`` of media types: how the members of forms are written (OAS 3.1 section 4.8.15)."""

from collections.abc import Callable, Mapping
from typing import Any

from fountaingen.model.service import Encoding, Header
from fountaingen.primitives import pointer as pointers

Follow = Callable[[Any, str], tuple[Any, str]]


def encodings(media: Mapping[str, Any], pointer: str, media_type: str, follow: Follow) -> Mapping[str, Encoding]:
    """Return the encodings that the body at ``pointer`` declares for the members of ``media_type``.

    ``follow`` returns what a Reference Object leads to and its pointer.
    """
    place = pointers.join(pointer, "content", media_type, "encoding")
    declared = media.get("encoding")
    return {
        name: _encoding(data, pointers.join(place, name), follow)
        for name, data in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(data, Mapping)
    }


def _encoding(data: Mapping[str, Any], pointer: str, follow: Follow) -> Encoding:
    styled = any(key in data for key in ("style", "explode", "allowReserved"))
    style = str(data.get("style", "form")) if styled else None
    types = (
        () if styled else tuple(filter(None, (each.strip() for each in str(data.get("contentType", "")).split(","))))
    )
    return Encoding(
        content_types=types,
        style=style,
        explode=bool(data.get("explode", style in (None, "form"))),
        headers=tuple(
            _header(name, written, pointers.join(pointer, "headers", name), follow)
            for name, written in (data.get("headers") or {}).items()
            # The content type of a part has a place of its own.
            if name.lower() != "content-type"
        ),
    )


def _header(name: str, written: Any, pointer: str, follow: Follow) -> Header:
    data, where = follow(written, pointer)
    return Header(name, bool(data.get("required")), data.get("schema", True), pointers.join(where, "schema"))
