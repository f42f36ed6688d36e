"""Request bodies: the declared media type that fits, and the way to read it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.types import Receive, Scope

from ..contract import Body
from ..errors import ApiError, Invalid, UnsupportedMediaType
from ..media_types import MediaType, best, parsed
from ..settings import Settings
from .incoming import NOTHING, Budget, Described, described, malformed, peeked, read_bounded
from .json_text import read_json
from .kinds import OPEN, Arrival, BinaryBody, Kind, Make, MultipartBody, kind_of

_PLAIN = "application/json"


class BodyReader:
    """Reads the body of one operation."""

    __slots__ = ("_accepts", "_body", "_budget", "_kinds", "_limit", "_method", "_settings", "_types")

    def __init__(self, body: Body, settings: Settings, method: str = "POST", budget: Budget | None = None) -> None:
        if body.limit is not None:
            settings = replace(settings, max_body_bytes=body.limit, max_upload_bytes=body.limit)
        self._body = body
        self._budget = budget or Budget(settings.max_upload_bytes)
        self._settings = settings
        self._limit = settings.max_body_bytes
        self._method = method
        self._kinds: dict[tuple[str, Make], Kind] = {}
        self._types: Mapping[str, MediaType] = {key: found for key in body.content if (found := parsed(key))}
        media = body.content.get(_PLAIN)
        # What has defaults is read as any other type is, so that nothing else pays for them.
        self._accepts = media.judge.accepts if media is not None and media.fill is None else None

    async def read(self, scope: Scope, receive: Receive) -> Any:
        """Return the body's value, None where an optional one is absent.

        Raises PayloadTooLarge, UnsupportedMediaType, Invalid, or ClientGone where the caller hung up.
        """
        headers = described(scope)
        if (
            self._accepts is not None
            and headers.get(b"content-type") == b"application/json"
            and b"content-encoding" not in headers
        ):
            # The usual body, read without a detour.
            raw = await read_bounded(headers, receive, self._limit, self._budget)
            if not raw:
                return self._without()
            try:
                value = read_json(raw)
            except ValueError as error:
                raise malformed(f"the body cannot be read: {error}") from None
            if self._accepts(value):
                return value
            raise Invalid(self._body.content[_PLAIN].judge.violations("body", value))
        return await self._other(scope, receive, headers)

    async def _other(self, scope: Scope, receive: Receive, headers: Described) -> Any:
        coding = headers.get(b"content-encoding", b"").strip().lower()
        if coding not in (b"", b"identity"):
            raise UnsupportedMediaType("the body must not be encoded", headers={"Accept-Encoding": "identity"})
        text = headers.get(b"content-type", b"").decode("latin-1").strip()
        if not text:
            some, receive = await peeked(receive)
            if not some:
                return self._without()
        key, media_type = self._declared(text)
        value = await self._kind(key, media_type).read(Arrival(scope, receive, headers, media_type, self._budget))
        if value is NOTHING:
            return self._without()
        fill = self._body.content[key].fill
        return value if fill is None else fill(value)

    def _declared(self, text: str) -> tuple[str, MediaType]:
        """Return the key of ``content`` that a Content-Type falls under, and the type that the body has."""
        media_type = parsed(text) if text else None
        if not text and len(self._types) == 1:
            return next(iter(self._types.items()))
        key = best(self._types, media_type) if media_type is not None else None
        if key is None or media_type is None:
            raise self._unsupported(f"the body must be {' or '.join(self._types) or 'absent'}")
        return key, media_type

    def _unsupported(self, message: str) -> ApiError:
        """Return the error that names what would be taken (RFC 9110 section 15.5.16, RFC 5789 section 2.2)."""
        taken = ", ".join(map(str, self._types.values()))
        names = ["Accept", *(f"Accept-{method.title()}" for method in ("POST", "PATCH") if method == self._method)]
        return UnsupportedMediaType(message, headers=dict.fromkeys(names, taken) if taken else {})

    def _kind(self, key: str, media_type: MediaType) -> Kind:
        media = self._body.content[key]
        make = kind_of(media_type, self._types[key], media)
        if (key, make) not in self._kinds:
            self._kinds[key, make] = make(media, self._settings)
        return self._kinds[key, make]

    def _without(self) -> None:
        if self._body.required:
            raise malformed("a body is required")


def takes_uploads(body: Body) -> bool:
    """Whether a body may hold what has to be closed when the request has been answered."""
    types = ((declared, body.content[key]) for key in body.content if (declared := parsed(key)) is not None)
    return any(
        declared.is_range or kind_of(declared, declared, media) in (MultipartBody, BinaryBody)
        for declared, media in types
    )


def close_open(scope: Scope) -> None:
    """Close the uploads of a request that has been answered."""
    for each in scope.pop(OPEN, ()):
        each.close()
