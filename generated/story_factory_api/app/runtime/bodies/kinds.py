"""The kinds of bodies: how each is read from the wire and becomes a value that its schema accepts."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import Receive, Scope

from ..contract import Media
from ..errors import Invalid
from ..media_types import MediaType, is_json, is_text, is_xml
from ..parameters.coerce import first_accepted
from ..parameters.shapes import Shape
from ..settings import Settings
from ..uploads import ArrivingUpload, Label, Spool
from ..xml.reader import read_xml
from ..xml.schema import UNKNOWN, Document, Slot
from .charsets import charset_of, decoded, require_utf8
from .forms import Form, form_of, read_form
from .incoming import NOTHING, Budget, Described, announced, malformed, pieces_of, read_bounded
from .json_text import read_json
from .multipart import Gathering, read_multipart

OPEN = "app.uploads"
"""The key of a request's scope that holds what is to be closed when it has been answered."""

# Text, though their names do not say so; of the others nobody knows, so they are binary.
_TEXTS = frozenset(
    f"application/{subtype}"
    for subtype in ("yaml", "x-yaml", "javascript", "ecmascript", "graphql", "sql", "toml", "jwt", "jose", "x-sh")
)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request whose body is to be read, and what its headers say of it."""

    scope: Scope
    receive: Receive
    headers: Described
    media_type: MediaType
    budget: Budget


class Kind(Protocol):
    """One way to read a body."""

    async def read(self, arrival: Arrival) -> Any:
        """Return the value, NOTHING where no body came; raises ApiError, or ClientGone."""


class JsonBody:
    """JSON, judged as it is."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._judge = media.judge
        self._limit = settings.max_body_bytes

    async def read(self, arrival: Arrival) -> Any:
        """Return the value."""
        require_utf8(arrival.media_type)
        raw = await read_bounded(arrival.headers, arrival.receive, self._limit, arrival.budget)
        if not raw:
            return NOTHING
        try:
            value = read_json(raw)
        except ValueError as error:
            raise malformed(f"the body cannot be read: {error}") from None
        if self._judge.accepts(value):
            return value
        raise Invalid(self._judge.violations("body", value))


class TextBody:
    """Text, read as what the schema takes: a number, say, where it takes no text."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._judge = media.judge
        self._shape = media.shape or Shape()
        self._limit = settings.max_body_bytes

    async def read(self, arrival: Arrival) -> Any:
        """Return the value."""
        charset_of(arrival.media_type)
        raw = await read_bounded(arrival.headers, arrival.receive, self._limit, arrival.budget)
        text = decoded(raw, arrival.media_type)
        accepted, value = first_accepted(iter((text,)), self._shape, self._judge)
        if accepted:
            return value
        raise Invalid(self._judge.violations("body", value))


class XmlBody:
    """XML, by the ``xml`` objects of the schema."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._judge = media.judge
        self._document = media.xml or Document(Slot(node=""), {"": UNKNOWN})
        self._limit = settings.max_body_bytes

    async def read(self, arrival: Arrival) -> Any:
        """Return the value."""
        charset = charset_of(arrival.media_type)
        raw = await read_bounded(arrival.headers, arrival.receive, self._limit, arrival.budget)
        if not raw:
            return NOTHING
        try:
            accepted, value = read_xml(raw, charset, self._document, self._judge)
        except ValueError as error:
            raise malformed(f"the body cannot be read: {error}") from None
        if accepted:
            return value
        raise Invalid(self._judge.violations("body", value))


class FormBody:
    """A form in one piece, percent-encoded."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._form = form_of(media.members, media.shape, media.judge, encoded=True)
        self._limit = settings.max_body_bytes

    async def read(self, arrival: Arrival) -> Any:
        """Return the value."""
        require_utf8(arrival.media_type)
        return read_form(await read_bounded(arrival.headers, arrival.receive, self._limit, arrival.budget), self._form)


class MultipartBody:
    """A form in parts: binary ones beside memory, all others within the bound of bodies."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._form: Form = form_of(media.members, media.shape, media.judge, encoded=False)
        self._settings = settings

    async def read(self, arrival: Arrival) -> Any:
        """Return the value; its uploads are closed with the request."""
        settings = self._settings

        def spool() -> Spool:
            made = Spool(settings.spool_bytes)
            arrival.scope.setdefault(OPEN, []).append(made)
            return made

        gathering = Gathering(self._form, spool, settings.max_body_bytes, arrival.budget)
        pieces = pieces_of(arrival.headers, arrival.receive, settings.max_upload_bytes)
        try:
            await read_multipart(pieces, arrival.media_type, gathering)
        finally:
            arrival.budget.give(gathering.kept)
        return self._form.value(gathering.entries)


class BinaryBody:
    """Binary content, handed over while it arrives."""

    def __init__(self, media: Media, settings: Settings) -> None:
        self._least = media.least
        self._limit = min(settings.max_upload_bytes, media.most or settings.max_upload_bytes)

    async def read(self, arrival: Arrival) -> Any:
        """Return an upload, of which nothing has been read yet."""
        size = announced(arrival.headers)
        pieces: AsyncIterator[bytes] = pieces_of(arrival.headers, arrival.receive, self._limit)
        label = Label(None, arrival.headers.get(b"content-type", b"").decode("latin-1"))
        upload = ArrivingUpload(label, pieces, size, self._least)
        arrival.scope.setdefault(OPEN, []).append(upload)
        return upload


Make = Callable[[Media, Settings], Kind]


def kind_of(media_type: MediaType, declared: MediaType, media: Media) -> Make:
    """Return how a body of ``media_type`` is read that falls under ``declared``, which may be a range."""
    found = _by_name(media_type, media)
    if media.binary and (found in (TextBody, BinaryBody) or declared.is_range):
        return BinaryBody
    if found is BinaryBody and media.shape is not None and "string" not in media.shape.types:
        # No string, so not binary either: what can be meant but JSON, under a name that does not say so?
        return JsonBody
    return found


def _by_name(media_type: MediaType, media: Media) -> Make:
    if is_json(media_type):
        return JsonBody
    if media_type.essence == _FORM:
        return FormBody
    if media_type.essence == "multipart/form-data" or (media_type.type == "multipart" and media.members is not None):
        return MultipartBody
    if is_xml(media_type):
        return XmlBody
    return TextBody if is_text(media_type) or media_type.essence in _TEXTS else BinaryBody
