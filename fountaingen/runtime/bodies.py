"""Request bodies: read within a bound, parsed by media type, judged."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pydantic_core
from starlette.types import Receive, Scope

from .coerce import Text, first_accepted
from .contract import Body, Media
from .errors import ApiError, Invalid, PayloadTooLarge, UnsupportedMediaType, Violation
from .parameters import parse_query
from .shapes import Shape
from .styles import percent_plus
from .values import JsonValue

# A reader takes the bytes, the charset of the request, and what the contract says of them; it raises ValueError.
Reader = Callable[[bytes, str, Media], Any]

_EXPONENT = re.compile(rb"[0-9][eE]\+?[0-9]{3}")
_LONGEST_FINITE = 308
_CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "utf-16"}


class ClientGone(Exception):
    """The caller left before the body had arrived; nobody waits for an answer."""


def read_json(raw: bytes, _charset: str, _media: Media) -> JsonValue:
    """Parse JSON (RFC 8259): exact integers, no NaN, no byte order mark, bounded depth; of twins the last counts."""
    value: JsonValue = pydantic_core.from_json(raw, allow_inf_nan=False)
    if (len(raw) > _LONGEST_FINITE or _EXPONENT.search(raw)) and not is_finite(value):
        raise ValueError("a number is too large")
    return value


def read_text(raw: bytes, charset: str, _media: Media) -> str:
    """Decode text by the charset of the request, UTF-8 where it names none."""
    return raw.decode(charset or "utf-8")


def read_form(raw: bytes, _charset: str, media: Media) -> JsonValue:
    """Parse application/x-www-form-urlencoded: a list where a name is repeated or the shape says so."""
    shape = media.shape or Shape(types=("object",))
    members: dict[str, Text] = {}
    for name, values in parse_query(raw).items():
        decoded = [percent_plus(value) for value in values]
        member = shape.properties.get(name)
        listed = len(decoded) > 1 or (member is not None and "array" in member.types)
        members[name] = [*decoded] if listed else decoded[0]
    return first_accepted(iter((members,)), shape, media.judge)[1]


def read_bytes(raw: bytes, _charset: str, _media: Media) -> bytes:
    """Hand the bytes over as they are."""
    return raw


# By exact type, by suffix, by range; the first that fits.
READERS: Mapping[str, Reader] = {
    "application/json": read_json,
    "text/json": read_json,
    "+json": read_json,
    "application/x-www-form-urlencoded": read_form,
    "text/*": read_text,
    "*/*": read_bytes,
}


def reader_of(media_type: str) -> Reader:
    """Return the reader of ``media_type`` (lower case, no parameters)."""
    kind, _, subtype = media_type.partition("/")
    for key in (media_type, "+json" if subtype.endswith("+json") else media_type, f"{kind}/*"):
        if key in READERS:
            return READERS[key]
    return READERS["*/*"]


def is_finite(value: Any) -> bool:
    """Whether no number in ``value`` is infinite or NaN."""
    written = pydantic_core.to_json(value)
    if b"Infinity" not in written and b"NaN" not in written:
        return True
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, float) and not math.isfinite(part):
            return False
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return True


class BodyReader:
    """Reads the body of one operation."""

    __slots__ = ("_accepts_json", "_body", "_limit")

    def __init__(self, body: Body, limit: int) -> None:
        self._body = body
        self._limit = limit
        media = body.content.get("application/json")
        self._accepts_json = media.judge.accepts if media is not None else None

    async def read(self, scope: Scope, receive: Receive) -> Any:
        """Return the body's value, None where an optional one is absent.

        Raises PayloadTooLarge, UnsupportedMediaType, Invalid, or ClientGone where the caller hung up.
        """
        declared = _content_type(scope)
        raw = await read_bounded(scope, receive, self._limit)
        if declared == b"application/json" and self._accepts_json is not None and raw:
            try:
                value = read_json(raw, "", self._body.content["application/json"])
            except ValueError as error:
                raise _malformed(_reason(error)) from None
            if self._accepts_json(value):
                return value
            raise Invalid(self._body.content["application/json"].judge.violations("body", value))
        return self._other(raw, declared.decode("latin-1"))

    def _other(self, raw: bytes, declared: str) -> Any:
        if not raw and not declared:
            return self._without()
        media_type, charset = _parse_content_type(declared)
        media = self._media(media_type)
        reader = reader_of(media_type or next(iter(self._body.content)))
        if not raw and reader is read_json:
            return self._without()
        if charset and charset not in _CHARSETS:
            raise UnsupportedMediaType(f"charset {charset!r} is not supported")
        try:
            value = reader(raw, charset, media)
        except ValueError as error:
            raise _malformed(_reason(error)) from None
        # Bytes have no JSON form, so no schema can judge them.
        if isinstance(value, bytes) or media.judge.accepts(value):
            return value
        raise Invalid(media.judge.violations("body", value))

    def _without(self) -> None:
        if self._body.required:
            raise _malformed("a body is required")

    def _media(self, media_type: str) -> Media:
        content = self._body.content
        if not media_type and len(content) == 1:
            return next(iter(content.values()))
        kind, _, subtype = media_type.partition("/")
        # "application/*+json" is no range of RFC 9110, but .NET writes it into every document.
        for key in (media_type, f"{kind}/*+{subtype.rpartition('+')[2]}", f"{kind}/*", "*/*"):
            if key in content:
                return content[key]
        for key, media in content.items():
            if key.partition(";")[0].strip() == media_type:
                return media
        raise UnsupportedMediaType(f"the body must be {' or '.join(content) or 'absent'}")


async def read_bounded(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the whole body; raises PayloadTooLarge as soon as more than ``limit`` bytes are announced or have come."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
            raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        return body
    chunks: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()
    raise ClientGone


def _too_large(limit: int) -> ApiError:
    return PayloadTooLarge(f"the body is larger than {limit} bytes")


def _content_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return bytes(value)
    return b""


def _parse_content_type(header: str) -> tuple[str, str]:
    media_type, *parameters = header.split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.strip().lower(), charset


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "the body is not in its charset"
    return f"the body cannot be read: {error}"


def _malformed(message: str) -> Invalid:
    return Invalid((Violation("body", (), message, "syntax"),), malformed=True)
