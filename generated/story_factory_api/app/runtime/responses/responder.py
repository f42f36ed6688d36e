"""Answers on their way out: negotiated, judged, then written; what the contract does not allow never leaves."""

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from ..call import Reply
from ..contract import Operation, Response
from ..errors import NotAcceptable
from ..judge import Judge
from ..media_types import best, parsed
from ..views import wire
from .headers import HeaderWriter
from .judging import judge, violation
from .negotiation import Accept
from .outcomes import Outcome, RawHeaders, ResponseViolation, Unwritable, write_json
from .protection import unless_given
from .streams import Leaving, Stream, Streamed
from .writers import Form, JsonWriter, Kept, RangeWriter, Writer, form_of, writer_of

if TYPE_CHECKING:
    from ..call import Call

_BODILESS = frozenset({204, 205, 304})
_VARY = (b"vary", b"accept")
_MOST_KNOWN = 256
_LONGEST_KNOWN = 1024

Groups = tuple[tuple[Writer, ...], ...]


class Preference(NamedTuple):
    """What a caller's Accept header means to one operation.

    ``groups`` holds the writers that it accepts, by the key of the response, the most welcome ones first; ``usual``
    says that the usual answer is among those.
    """

    groups: Mapping[str, Groups]
    usual: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class _Declared:
    """What may leave under one status."""

    writers: tuple[Writer, ...]
    by_name: Mapping[str, Writer]
    headers: HeaderWriter

    @staticmethod
    def of(response: Response, kept: Kept) -> "_Declared":
        by_name = {name: writer_of(name, media, kept) for name, media in response.content.items()}
        return _Declared(tuple(by_name.values()), by_name, HeaderWriter(response.headers))

    def named(self, wanted: str, kept: Kept) -> Writer:
        """Return the writer of a type that a hook names; raises ResponseViolation where it is not declared."""
        media_type = parsed(wanted)
        key = best(self.by_name, media_type) if media_type is not None else None
        if key is None or media_type is None or media_type.is_range:
            raise ResponseViolation(f"the media type {wanted!r} is not declared")
        writer = self.by_name[key]
        if isinstance(writer, RangeWriter) or media_type.parameters:
            return writer_of(str(media_type), writer.media, kept)
        return writer

    def sent_with(self, writer: Writer) -> RawHeaders:
        """Return the headers that go with what ``writer`` writes."""
        return [*writer.headers, _VARY] if len(self.writers) > 1 else writer.headers


class Responder:
    """The answers of one operation."""

    __slots__ = (
        "_accepts",
        "_certain",
        "_declared",
        "_headers",
        "_judge",
        "_kept",
        "_known",
        "_operation",
        "_success",
        "_usual",
    )

    def __init__(self, operation: Operation, kept: Kept) -> None:
        self._operation = operation
        self._kept = kept
        self._success = operation.success
        self._declared = {key: _Declared.of(response, kept) for key, response in operation.responses.items()}
        self._known: dict[bytes, Preference] = {}
        successes = [self._declared[key] for key in self._success_keys()]
        # Nothing can be refused beforehand where the answer may turn out to have no body.
        self._certain = bool(successes) and all(declared.writers for declared in successes)
        usual = self._declared.get(operation.response_key(operation.success) or "")
        # The usual answer: an object or a list as the one JSON type there is, no headers to look after.
        json = [each for each in usual.writers if isinstance(each, JsonWriter)] if usual else []
        self._usual: Writer | None = None
        self._headers: RawHeaders = []
        self._judge = Judge(True, None)
        quiet = usual is not None and usual.headers.quiet and not operation.location
        if usual and quiet and len(json) == 1 and self._success not in _BODILESS:
            self._usual, self._headers, self._judge = json[0], usual.sent_with(json[0]), json[0].media.judge
        self._accepts = self._judge.accepts

    def preference(self, headers: Iterable[tuple[bytes, bytes]]) -> Preference | None:
        """Return what the Accept header among ``headers`` says, None where it leaves all open.

        Raises NotAcceptable where the operation has nothing that the caller takes, whatever it will answer.
        """
        raw = b""
        for name, value in headers:
            if name == b"accept":
                raw = raw + b"," + value if raw else value
        if not raw or raw == b"*/*":
            return None
        found = self._known.get(raw)
        if found is None:
            found = self._preferred(raw)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            if len(raw) <= _LONGEST_KNOWN:
                self._known[raw] = found
        if found.refused:
            raise self._not_acceptable()
        return found

    def allows(self, header: str, value: str) -> bool:
        """Whether the contract takes ``value`` for a header (lower case) of the success."""
        key = self._operation.response_key(self._success)
        return key is not None and self._declared[key].headers.accepts(header, value)

    def favourite(self, preference: Preference | None) -> str:
        """Return the name of the most welcome type of the success, the first declared of equals; empty without any."""
        key = self._operation.response_key(self._success)
        if key is None:
            return ""
        groups = preference.groups[key] if preference is not None else ()
        return next((writer.name for group in (*groups, self._declared[key].writers) for writer in group), "")

    def refusal(self, answer: Any, call: "Call") -> ResponseViolation | None:
        """Return why what a default behaviour answers cannot leave, None where it can.

        Raises NotAcceptable where it can be written, but not as the caller takes it.
        """
        kind = type(answer)
        if (kind is dict or kind is list) and self._is_usual(call):
            return None if self._accepts(answer) else violation(self._judge, answer)
        try:
            call.written = self._encode(answer if isinstance(answer, Reply) else Reply(answer), call, strict=True)
        except ResponseViolation as found:
            return found
        return None

    def withhold(self, answer: Any) -> bool:
        """Take out of what a default behaviour answers what never leaves; return whether there was any."""
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        key = self._operation.response_key(reply.status or self._success)
        content = self._operation.responses[key].content if key is not None else {}
        return any([media.withheld(reply.body) for media in content.values() if media.withheld is not None])

    def outcome(self, answer: Any, call: "Call") -> Leaving:
        """Return what to send for ``answer``, not judged again where ``call`` has; raises ResponseViolation."""
        kind = type(answer)
        if (kind is dict or kind is list or isinstance(answer, BaseModel)) and self._is_usual(call):
            if answer is not call.judged:
                answer = wire(answer)
                if not self._accepts(answer):
                    judge(self._judge, answer)
            return Outcome(self._success, self._headers, write_json(answer))
        if call.written is not None and answer is call.judged:
            return call.written
        return self._encode(answer if isinstance(answer, Reply) else Reply(answer), call, strict=False)

    def _is_usual(self, call: "Call") -> bool:
        preference = call.preference
        return self._usual is not None and (preference is None or preference.usual)

    def _success_keys(self) -> set[str]:
        key = self._operation.response_key(self._success)
        return {each for each in self._declared if each.startswith("2")} | ({key} if key else set())

    def _preferred(self, raw: bytes) -> Preference:
        accept = Accept.parse(raw.decode("latin-1"))
        groups = {key: _grouped(declared.writers, accept) for key, declared in self._declared.items()}
        key = self._operation.response_key(self._success)
        usual = bool(key and groups[key]) and self._usual in groups[key or ""][0]
        refused = self._certain and not any(groups[each] for each in self._success_keys())
        return Preference(groups, usual, refused)

    def _not_acceptable(self) -> NotAcceptable:
        names = dict.fromkeys(each.name for key in self._success_keys() for each in self._declared[key].writers)
        return NotAcceptable(f"the answer can be {' or '.join(sorted(names))}")

    def _encode(self, reply: Reply, call: "Call", *, strict: bool) -> Leaving:
        status = reply.status or self._success
        key = self._operation.response_key(status)
        if key is None:
            raise ResponseViolation(f"the status {status} is not declared")
        declared = self._declared[key]
        given = {name.lower(): value for name, value in reply.headers.items() if name.lower() != "content-type"}
        if call.headers and 200 <= status < 300:
            given = {**call.headers, **given}
        headers = declared.headers.write(given, call.request_id)
        body = reply.body if isinstance(reply.body, bytes | AsyncIterable | Path) else wire(reply.body)
        if not declared.writers or status in _BODILESS:
            if body is not None:
                raise ResponseViolation(f"the status {status} has no body")
            return Outcome(status, headers, b"")
        wanted = reply.media_type or _content_type(reply.headers)
        if wanted is not None:
            writer = declared.named(wanted, self._kept)
            written = _written((writer,), body)
        else:
            written = self._negotiated(declared, call.preference.groups[key] if call.preference else None, body, strict)
        if written is None:
            raise ResponseViolation(f"{type(body).__name__} cannot be written as {' or '.join(declared.by_name)}")
        writer, content = written
        headers += unless_given(declared.sent_with(writer), given) if given else declared.sent_with(writer)
        return Streamed(status, headers, content) if isinstance(content, Stream) else Outcome(status, headers, content)

    def _negotiated(
        self, declared: _Declared, accepted: Groups | None, body: Any, strict: bool
    ) -> tuple[Writer, bytes | Stream] | None:
        unable: Unwritable | None = None
        for group in accepted if accepted is not None else (declared.writers,):
            try:
                if (written := _written(group, body)) is not None:
                    return written
            except Unwritable as found:
                unable = unable or found
        # What has been done cannot be undone any more: an answer that was not asked for is better than none
        # (RFC 9110 section 12.4.1).
        written = _written(declared.writers, body) if accepted is not None else None
        if written is None and unable is not None:
            raise unable
        if strict and written is not None:
            raise self._not_acceptable()
        return written


def _grouped(writers: tuple[Writer, ...], accept: Accept) -> Groups:
    qualities = [(accept.quality(writer.media_type), writer) for writer in writers]
    levels = sorted({quality for quality, _ in qualities if quality > 0}, reverse=True)
    return tuple(tuple(writer for quality, writer in qualities if quality == level) for level in levels)


def _written(writers: tuple[Writer, ...], body: Any) -> tuple[Writer, bytes | Stream] | None:
    """Return the first writer, the most natural first, whose schema takes ``body``; None where none can carry it.

    Raises what the most natural one says where every schema refuses it.
    """
    form = form_of(body)
    first: ResponseViolation | None = None
    for writer in _able(writers, form):
        try:
            chosen = writer.concrete(form) if isinstance(writer, RangeWriter) else writer
            return chosen, chosen.write(body)
        except ResponseViolation as found:
            first = first or found
    if first is not None:
        raise first
    return None


def _able(writers: tuple[Writer, ...], form: Form) -> Iterator[Writer]:
    ranked = [(rank, writer) for writer in writers if (rank := writer.rank(form)) is not None]
    yield from (writer for _, writer in sorted(ranked, key=lambda each: each[0]))


def _content_type(headers: Mapping[str, Any]) -> str | None:
    return next((str(value) for name, value in headers.items() if name.lower() == "content-type"), None)
