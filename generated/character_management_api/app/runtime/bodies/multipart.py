"""Multipart bodies (RFC 7578, RFC 2046): parsed as they arrive, binary parts beside memory, the whole judged."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from ..errors import Invalid, UnsupportedMediaType, Violation
from ..judge import Judge
from ..media_types import MediaType, is_json
from ..parameters.coerce import first_accepted
from ..parameters.shapes import Shape
from ..uploads import Label, Spool, StoredUpload
from ..xml.reader import read_xml
from ..xml.schema import Document
from .charsets import charset_of, decoded
from .forms import Entry, Form, Parsed
from .incoming import Budget, malformed, refused, too_large
from .json_text import read_json
from .members import BinaryMember, Envelope, JsonMember, Member, TextMember
from .part_heads import PartHead, part_head

_TEXT = Shape()
_ANYTHING = Judge(True, None)
_MOST_PARTS = 1000
_MOST_HEADERS = 16
_LONGEST_HEADER = 8 * 1024


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins; its headers are complete."""

    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """A part ends."""


# Begin, the bytes between, End; over and over.
Event = Begin | bytes | End


class Events:
    """The events of a multipart body, piece by piece; raises Invalid where it is none."""

    def __init__(self, boundary: str) -> None:
        self._found: list[Event] = []
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary.encode("latin-1"),
                {
                    "on_header_field": self._on_name,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": lambda: self._found.append(End()),
                    "on_end": self._on_end,
                },
                max_header_count=_MOST_HEADERS,
                max_header_size=_LONGEST_HEADER,
            )
        except (FormParserError, UnicodeEncodeError) as error:
            raise malformed(f"the boundary cannot be used: {error}") from None

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield what ``piece`` completes."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise malformed(f"the body is not multipart: {error}") from None
        yield from self._found
        self._found.clear()

    def finish(self) -> None:
        """Raise Invalid where the body has not come to its end."""
        if not self._ended:
            raise malformed("the body ends before its last boundary")

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        # Names and file names are UTF-8 (RFC 7578 section 5.1); what is not is at least kept apart.
        self._headers.setdefault(self._name.decode("latin-1").lower(), self._value.decode("utf-8", "replace").strip())
        self._name = self._value = b""

    def _on_headers(self) -> None:
        self._found.append(Begin(self._headers))
        self._headers = {}

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(data[start:end])

    def _on_end(self) -> None:
        self._ended = True


@dataclass(slots=True)
class _Open:
    """The part that is arriving; ``start`` is where it begins in the spool."""

    name: str
    member: Member
    head: PartHead
    start: int
    raw: bytearray = field(default_factory=bytearray)


class Gathering:
    """The entries of one form, gathered from its events; ``limit`` bounds the bytes of all parts kept in memory.

    ``kept`` is how many bytes that are: they were taken from ``budget``, which wants them back.
    """

    def __init__(self, form: Form, spool: Callable[[], Spool], limit: int, budget: Budget) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.kept = 0
        self._form = form
        self._make_spool = spool
        self._spool: Spool | None = None
        self._limit = limit
        self._budget = budget
        self._parts = 0
        self._open: _Open | None = None

    async def take(self, event: Event) -> None:
        """Take one event; raises Invalid, PayloadTooLarge or UnsupportedMediaType."""
        if isinstance(event, Begin):
            self._begin(event.headers)
        elif self._open is not None:
            if isinstance(event, End):
                self._end(self._open)
            else:
                await self._add(self._open, event)

    def _begin(self, headers: dict[str, str]) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise malformed(f"the body has more than {_MOST_PARTS} parts")
        try:
            head = part_head(headers)
        except ValueError as error:
            raise malformed(str(error)) from None
        name = self._unnamed() if head.name is None else head.name
        member = self._form.members.get(name) or _undeclared(head)
        _check(name, head, member.envelope)
        self._open = _Open(name, member, head, self._spool.size if self._spool else 0)

    def _unnamed(self) -> str:
        """Return the member that a part without a name is: the next one declared, as in multipart/related."""
        name = next((name for name in self._form.members if name not in self.entries), None)
        if name is None:
            raise malformed("a part has no name")
        return name

    async def _add(self, part: _Open, piece: bytes) -> None:
        if isinstance(part.member, BinaryMember):
            if self._spool is None:
                self._spool = self._make_spool()
            await self._spool.append(piece)
            most = part.member.most
            if most is not None and self._spool.size - part.start > most:
                raise refused(f"has more than {most} bytes", "maxLength", (part.name,))
            return
        if self.kept + len(piece) > self._limit:
            raise too_large(self._limit)
        self._budget.take(len(piece))
        self.kept += len(piece)
        part.raw += piece

    def _end(self, part: _Open) -> None:
        self._open = None
        self.entries.setdefault(part.name, []).append(self._entry(part))

    def _entry(self, part: _Open) -> Entry:
        match part.member:
            case BinaryMember(least=least):
                self._spool = self._spool or self._make_spool()
                size = self._spool.size - part.start
                if size < least:
                    raise refused(f"has less than {least} bytes", "minLength", (part.name,))
                label = Label(part.head.filename, part.head.headers.get("content-type", ""), part.head.headers)
                return StoredUpload(label, self._spool, part.start, size)
            case JsonMember(xml=document) if document is not None and not is_json(part.head.meant):
                return _xml(part, document)
            case JsonMember(plain=plain):
                return _json(part, plain)
            case TextMember():
                return decoded(bytes(part.raw), part.head.meant, (part.name,))


async def read_multipart(pieces: AsyncIterator[bytes], media_type: MediaType, gathering: Gathering) -> None:
    """Gather the parts of a body as it arrives; raises as ``Gathering.take``."""
    if not (boundary := media_type.parameter("boundary")):
        raise malformed("the Content-Type names no boundary")
    events = Events(boundary)
    async for piece in pieces:
        for event in events.feed(piece):
            await gathering.take(event)
    events.finish()


def _json(part: _Open, plain: bool) -> Entry:
    try:
        return Parsed(read_json(bytes(part.raw)))
    except ValueError as error:
        if plain:
            return Parsed(decoded(bytes(part.raw), part.head.meant, (part.name,)))
        raise malformed(f"is no JSON: {error}", (part.name,)) from None


def _xml(part: _Open, document: Document) -> Entry:
    charset = charset_of(part.head.type) if part.head.type is not None else ""
    try:
        # The form is judged as a whole.
        return Parsed(read_xml(bytes(part.raw), charset, document, _ANYTHING)[1])
    except ValueError as error:
        raise malformed(str(error), (part.name,)) from None


def _undeclared(head: PartHead) -> Member:
    """Return what a part is of which the contract says nothing: what it says itself."""
    if head.filename is None and is_json(head.meant):
        return JsonMember()
    return BinaryMember() if head.filename is not None or head.meant.type != "text" else TextMember(_TEXT)


def _check(name: str, head: PartHead, envelope: Envelope) -> None:
    if head.type is not None and not envelope.takes(head.type):
        declared = " or ".join(map(str, envelope.types))
        raise UnsupportedMediaType(f"the part {name!r} must be {declared}")
    found: list[Violation] = []
    for each in envelope.headers:
        text = head.headers.get(each.name.lower())
        if text is None:
            if each.required:
                found.append(Violation("body", (name,), f"the header {each.name} of the part is required", "required"))
            continue
        accepted, value = first_accepted(iter((text,)), each.shape, each.judge)
        if not accepted:
            found.extend(each.judge.violations("body", value, (name, each.name)))
    if found:
        raise Invalid(tuple(found))
