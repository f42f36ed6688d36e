"""Answers on their way out: judged, then written; what the contract does not allow never leaves."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pydantic_core

from .bodies import is_finite
from .call import Reply
from .coerce import first_accepted
from .contract import Header, Media, Operation, Response, Shape
from .values import JsonValue
from .views import wire

RawHeaders = list[tuple[bytes, bytes]]

_ANY = Shape(types=("null", "boolean", "integer", "number", "string"))
_BODILESS = frozenset({204, 205, 304})
_LONGEST_REASON = 500


class Outcome(NamedTuple):
    """What is sent: a status, headers without content-length, a body."""

    status: int
    headers: RawHeaders
    body: bytes


class ResponseViolation(Exception):
    """An answer breaks the contract; the text says how, for the log."""


class Responder:
    """The answers of one operation."""

    __slots__ = ("_accepts", "_headers", "_media", "_operation", "_plain", "_success")

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._success = operation.success
        key = operation.response_key(operation.success)
        response = operation.responses[key] if key else Response({}, {})
        media_type, media = _default_media(response)
        self._media = media
        # The usual answer: one JSON type, no headers to look after.
        self._plain = media is not None and is_json(media_type) and not _required(response) and "*" not in media_type
        self._accepts = media.judge.accepts if media is not None else None
        self._headers: RawHeaders = [(b"content-type", media_type.encode("latin-1"))]

    def refusal(self, answer: Any) -> ResponseViolation | None:
        """Return why ``answer`` (a plain value) cannot leave as the success of the operation, None where it can."""
        if self._plain and self._accepts is not None:
            if self._accepts(answer):
                return None
            return _violation(self._media, answer)
        try:
            self._encode(Reply(answer))
        except ResponseViolation as violation:
            return violation
        return None

    def outcome(self, answer: Any, judged: Any) -> Outcome:
        """Return what to send for ``answer``; raises ResponseViolation. ``judged`` is a value already found right."""
        if not self._plain or isinstance(answer, Reply | bytes):
            return self._encode(answer if isinstance(answer, Reply) else Reply(answer))
        if answer is not judged or answer is None:
            answer = wire(answer)
            if (violation := self.refusal(answer)) is not None:
                raise violation
        return Outcome(self._success, self._headers, write_json(answer))

    def _encode(self, reply: Reply) -> Outcome:
        status = reply.status or self._success
        key = self._operation.response_key(status)
        if key is None:
            raise ResponseViolation(f"the status {status} is not declared")
        response = self._operation.responses[key]
        headers = _headers(reply.headers, response.headers)
        body = reply.body if isinstance(reply.body, bytes) else wire(reply.body)
        if not response.content or status in _BODILESS:
            if body is not None:
                raise ResponseViolation(f"the status {status} has no body")
            return Outcome(status, headers, b"")
        media_type, media = _chosen(response, reply.media_type, body)
        if not isinstance(body, bytes) and (violation := _violation(media, body)) is not None:
            raise violation
        headers.append((b"content-type", media_type.encode("latin-1")))
        return Outcome(status, headers, _written(media_type, body))


def is_json(media_type: str) -> bool:
    """Whether values of ``media_type`` are written as JSON."""
    base = media_type.partition(";")[0].strip()
    return base in ("application/json", "text/json") or base.endswith("+json")


def write_json(value: JsonValue) -> bytes:
    """Write JSON; raises ResponseViolation for what JSON cannot say."""
    try:
        written = pydantic_core.to_json(value)
    except (ValueError, TypeError) as error:
        raise ResponseViolation(f"the answer cannot be written: {error}") from error
    if (b"NaN" in written or b"Infinity" in written) and not is_finite(value):
        raise ResponseViolation("the answer holds a number that JSON does not have")
    return written


def _violation(media: Media | None, value: Any) -> ResponseViolation | None:
    if media is None:
        return None
    try:
        if media.judge.accepts(value):
            return None
    except ValueError as error:
        return ResponseViolation(f"the answer is no JSON value: {error}")
    found = "; ".join(map(str, media.judge.violations("answer", value)))
    return ResponseViolation(found[:_LONGEST_REASON])


def _default_media(response: Response) -> tuple[str, Media | None]:
    for media_type, media in response.content.items():
        if is_json(media_type):
            return media_type, media
    return next(iter(response.content.items()), ("", None))


def _chosen(response: Response, wanted: str | None, body: Any) -> tuple[str, Media]:
    if wanted is None:
        media_type, media = _default_media(response)
    else:
        found = _declared(response, wanted)
        if found is None:
            raise ResponseViolation(f"the media type {wanted!r} is not declared")
        media_type, media = wanted, found
    if media is None:
        raise ResponseViolation("the answer has no media type")
    if "*" in media_type:
        media_type = _natural(body)
    return media_type, media


def _natural(body: Any) -> str:
    if isinstance(body, bytes):
        return "application/octet-stream"
    return "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"


def _declared(response: Response, wanted: str) -> Media | None:
    base = wanted.lower().partition(";")[0].strip()
    for key in (wanted.lower(), base, f"{base.partition('/')[0]}/*", "*/*"):
        if key in response.content:
            return response.content[key]
    return next((media for key, media in response.content.items() if key.partition(";")[0].strip() == base), None)


def _written(media_type: str, body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if is_json(media_type):
        return write_json(body)
    if isinstance(body, str):
        return body.encode()
    if media_type.startswith("text/") and isinstance(body, bool | int | float):
        return write_json(body)
    raise ResponseViolation(f"{type(body).__name__} cannot be written as {media_type}")


def _required(response: Response) -> bool:
    return any(header.required for header in response.headers.values())


def _headers(given: Mapping[str, Any], declared: Mapping[str, Header]) -> RawHeaders:
    by_name = {name.lower(): header for name, header in declared.items()}
    missing = [
        name for name, header in by_name.items() if header.required and name not in {each.lower() for each in given}
    ]
    missing = [name for name in missing if name != "content-type"]
    if missing:
        raise ResponseViolation(f"the header {missing[0]} is required")
    return [header(name, value, by_name.get(name.lower())) for name, value in given.items()]


def header(name: str, value: Any, declared: Header | None = None) -> tuple[bytes, bytes]:
    """Return a header as it is sent; raises ResponseViolation for what its schema or HTTP does not allow."""
    value = wire(value)
    if declared is not None and not declared.judge.accepts(value):
        accepted = isinstance(value, str) and first_accepted(iter((value,)), _ANY, declared.judge)[0]
        if not accepted:
            raise ResponseViolation(f"the header {name} does not fit its schema")
    text = (
        value if isinstance(value, str) else ",".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    )
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raise ResponseViolation(f"the header {name} holds a character that no header can") from None
    if any((byte < 32 and byte != 9) or byte == 127 for byte in raw) or not name.isascii():
        raise ResponseViolation(f"the header {name!r} holds a control character")
    return name.lower().encode("ascii"), raw


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
