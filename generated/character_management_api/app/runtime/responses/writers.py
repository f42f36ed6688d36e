"""How values are written: one class a kind of media type, each saying how naturally it carries a value."""

import enum
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable, Mapping
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from ..contract import Media
from ..events import KEEP_ALIVE, EventWriter, LineWriter, each_of
from ..judge import Judges
from ..media_types import MediaType, is_json, is_text, is_xml, parsed
from ..parameters.coerce import first_accepted
from ..parameters.shapes import Shape
from ..values import JsonValue
from ..xml.reader import read_xml
from ..xml.writer import write_xml
from .judging import judge, judge_written
from .outcomes import RawHeaders, ResponseViolation, Unwritable, write_json
from .protection import protection
from .streams import Stream, bounded, check_size, mapped, stream_of

_ANY = Shape(types=("null", "boolean", "integer", "number", "string"))
_FIRST_ITEM_SECONDS = 1.0
_UNSENDABLE = re.compile(r"[^\x20-\x7e]+")
_FORM = "application/x-www-form-urlencoded"
_LINES = ("json-lines", "x-jsonlines", "jsonl", "x-jsonl", "ndjson", "x-ndjson")


class Form(enum.Enum):
    """What form a value has, seen from who writes it."""

    TREE = enum.auto()
    SCALAR = enum.auto()
    TEXT = enum.auto()
    BYTES = enum.auto()
    STREAM = enum.auto()


Ranks = Mapping[Form, int]


def form_of(value: Any) -> Form:
    """Return the form of ``value``, which is a JSON value, bytes, an async iterable or a path."""
    if isinstance(value, str):
        return Form.TEXT
    if isinstance(value, bool | int | float):
        return Form.SCALAR
    if value is None or isinstance(value, dict | list):
        return Form.TREE
    return Form.BYTES if isinstance(value, bytes) else Form.STREAM


class Kept(NamedTuple):
    """What writers share: the judges of answers, and for how many seconds an event stream may be silent."""

    judges: Judges
    silence: float | None = None


class Writer(ABC):
    """Writes values of one media type; ``headers`` are those that go with it."""

    # How naturally each form is carried, the least number first; a form that is missing cannot be.
    ranks: ClassVar[Ranks] = {}

    def __init__(self, name: str, media: Media, kept: Kept) -> None:
        self.name = name
        self.media_type = parsed(name) or MediaType("*", "*")
        self.media = media
        self.kept = kept
        # A contract may name a type in letters that no header has.
        sent = _UNSENDABLE.sub(" ", self._content_type()).strip()
        self.headers: RawHeaders = [(b"content-type", sent.encode("ascii")), *protection(self.media_type)]

    def rank(self, form: Form) -> int | None:
        """Return how naturally a value of ``form`` is carried, None where it cannot be."""
        return self.ranks.get(form)

    @abstractmethod
    def write(self, value: Any) -> bytes | Stream:
        """Return the body for ``value``; raises ResponseViolation where the schema refuses it."""

    def _content_type(self) -> str:
        return self.name


class JsonWriter(Writer):
    """JSON; bytes are taken for JSON that is written already."""

    ranks: ClassVar[Ranks] = {Form.TREE: 0, Form.SCALAR: 0, Form.TEXT: 1, Form.BYTES: 3}

    def write(self, value: Any) -> bytes | Stream:
        """Return the JSON of ``value``."""
        if isinstance(value, bytes):
            judge_written(self.media.judge, value)
            return value
        judge(self.media.judge, value)
        return write_json(value)


class XmlWriter(Writer):
    """XML as the schema's ``xml`` objects have it; bytes are taken for a document that is written already."""

    ranks: ClassVar[Ranks] = {Form.TREE: 1, Form.SCALAR: 2, Form.TEXT: 2, Form.BYTES: 1, Form.STREAM: 1}

    def write(self, value: Any) -> bytes | Stream:
        """Return the document."""
        if isinstance(value, bytes):
            return self._document(value)
        if form_of(value) is Form.STREAM:
            return stream_of(value)
        judge(self.media.judge, value)
        if self.media.xml is None:
            raise ResponseViolation(f"nothing says how a value is written as {self.name}")
        try:
            return write_xml(value, self.media.xml)
        except ValueError as error:
            raise Unwritable(f"the answer cannot be written as XML: {error}") from None

    def _document(self, written: bytes) -> bytes:
        schema = self.kept.judges.resolve(self.media.judge.schema)
        # A schema that speaks of text or bytes, as of a drawing, says nothing of elements.
        if self.media.xml is not None and isinstance(schema, dict) and schema.get("type") in ("object", "array"):
            try:
                accepted, value = read_xml(written, "", self.media.xml, self.media.judge, most=None)
            except ValueError as error:
                raise ResponseViolation(f"the answer is no document of the schema: {error}") from None
            if not accepted:
                judge(self.media.judge, value)
        return written


class TextWriter(Writer):
    """Text in the charset that the contract names, UTF-8 where it names none."""

    ranks: ClassVar[Ranks] = {Form.TEXT: 0, Form.SCALAR: 1, Form.BYTES: 1, Form.STREAM: 1}

    def write(self, value: Any) -> bytes | Stream:
        """Return the text of ``value``; a schema may be about the number that it says."""
        charset = self.media_type.parameter("charset") or "utf-8"
        if form_of(value) is Form.STREAM:
            return stream_of(value, charset)
        try:
            said = value.decode(charset) if isinstance(value, bytes) else value
            text = said if isinstance(said, str) else write_json(said).decode()
            written = value if isinstance(value, bytes) else text.encode(charset)
        except (UnicodeError, LookupError):
            raise Unwritable(f"the text cannot be written as {charset}") from None
        if not first_accepted(iter((text,)), _ANY, self.media.judge)[0]:
            judge(self.media.judge, said)
        return written

    def _content_type(self) -> str:
        return self.name if self.media_type.parameter("charset") else f"{self.name}; charset=utf-8"


class FormWriter(Writer):
    """A form: members by name, a list as a name more than once, anything nested deeper as JSON."""

    ranks: ClassVar[Ranks] = {Form.TREE: 2, Form.BYTES: 3}

    def write(self, value: Any) -> bytes | Stream:
        """Return the form of an object."""
        if isinstance(value, bytes):
            return value
        judge(self.media.judge, value)
        if not isinstance(value, dict):
            raise ResponseViolation("only an object can be written as a form")
        pairs = [(name, each) for name, member in value.items() for each in _listed(member)]
        return urlencode([(name, _plain(each)) for name, each in pairs]).encode()


class BinaryWriter(Writer):
    """Bytes of any other type: their schema can say how many there are, and no more."""

    ranks: ClassVar[Ranks] = {Form.BYTES: 0, Form.STREAM: 0, Form.TEXT: 2}

    def __init__(self, name: str, media: Media, kept: Kept) -> None:
        super().__init__(name, media, kept)
        schema = kept.judges.resolve(media.judge.schema)
        limits = schema if isinstance(schema, dict) else {}
        self._least: int = limits.get("minLength", 0)
        self._most: int | None = limits.get("maxLength")

    def write(self, value: Any) -> bytes | Stream:
        """Return the bytes, or the stream of them."""
        if isinstance(value, str):
            judge(self.media.judge, value)
            return value.encode()
        if isinstance(value, bytes):
            check_size(len(value), self._least, self._most)
            return value
        return bounded(stream_of(value), self._least, self._most)


class EventsWriter(Writer):
    """Server-sent events."""

    ranks: ClassVar[Ranks] = {Form.STREAM: 0, Form.TREE: 4}

    def __init__(self, name: str, media: Media, kept: Kept) -> None:
        super().__init__(name, media, kept)
        # A proxy that waits for more would hold events back.
        self.headers += [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        self._event = EventWriter(media)

    def write(self, value: Any) -> bytes | Stream:
        """Return the stream of events."""
        pieces = mapped(_items(value), self._event.write)
        return Stream(pieces, patience=_FIRST_ITEM_SECONDS, pulse=KEEP_ALIVE, pause=self.kept.silence)


class LinesWriter(Writer):
    """JSON values one after the other: JSON lines, or a JSON text sequence (RFC 7464)."""

    ranks: ClassVar[Ranks] = {Form.STREAM: 0, Form.TREE: 3}

    def __init__(self, name: str, media: Media, kept: Kept) -> None:
        super().__init__(name, media, kept)
        self._line = LineWriter(media, b"" if self.media_type.subtype in _LINES else b"\x1e")

    def write(self, value: Any) -> bytes | Stream:
        """Return the stream of values."""
        return Stream(mapped(_items(value), self._line.write), patience=_FIRST_ITEM_SECONDS)


class RangeWriter(Writer):
    """A range such as ``*/*`` or ``image/*``: what is sent is the natural type of the value, if it is in the range."""

    ranks: ClassVar[Ranks] = {Form.TREE: 0, Form.SCALAR: 0, Form.TEXT: 0, Form.BYTES: 0, Form.STREAM: 0}

    _NATURAL: ClassVar[Mapping[Form, str]] = {
        Form.TREE: "application/json",
        Form.SCALAR: "application/json",
        Form.TEXT: "text/plain",
        Form.BYTES: "application/octet-stream",
        Form.STREAM: "application/octet-stream",
    }

    def concrete(self, form: Form) -> Writer:
        """Return the writer for a value of ``form``; raises ResponseViolation where only the hook can know the type."""
        for name in dict.fromkeys((self._NATURAL[form], "application/json", "text/plain")):
            if self.media_type.covers(MediaType.parse(name)):
                writer = writer_of(name, self.media, self.kept)
                if writer.rank(form) is not None:
                    return writer
        raise ResponseViolation(f"which type of {self.name} is sent must be said: Reply(…, media_type=…)")

    def write(self, value: Any) -> bytes | Stream:
        """Return the body in the natural type."""
        return self.concrete(form_of(value)).write(value)


def writer_of(name: str, media: Media, kept: Kept) -> Writer:
    """Return the writer of the media type ``name``."""
    return _kind(parsed(name))(name, media, kept)


_EVENTS = "text/event-stream"
# The first that holds.
_KINDS: tuple[tuple[Callable[[MediaType], bool], type[Writer]], ...] = (
    (lambda media_type: media_type.is_range, RangeWriter),
    (is_json, JsonWriter),
    (lambda media_type: media_type.essence == _EVENTS, EventsWriter),
    (lambda media_type: media_type.subtype in _LINES or _is_sequence(media_type), LinesWriter),
    (is_xml, XmlWriter),
    (lambda media_type: media_type.essence == _FORM, FormWriter),
    (is_text, TextWriter),
)


def _kind(media_type: MediaType | None) -> type[Writer]:
    if media_type is None:
        return BinaryWriter
    return next((kind for holds, kind in _KINDS if holds(media_type)), BinaryWriter)


def _is_sequence(media_type: MediaType) -> bool:
    return media_type.subtype == "json-seq" or media_type.suffix == "json-seq"


def _items(value: Any) -> AsyncIterable[object]:
    if isinstance(value, AsyncIterable):
        return value
    if isinstance(value, list):
        return each_of(value)
    raise ResponseViolation(f"a stream of items is an async iterator of them, not {type(value).__name__}")


def _listed(value: JsonValue) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else "" if value is None else write_json(value).decode()
