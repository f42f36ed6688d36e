"""Errors on their way out: which status, which body, in the words of the contract where it has any."""

import json
import logging
from collections.abc import Iterable, Iterator

from ..contract import Contract, Media, Operation
from ..errors import ApiError, InsufficientStorage, Invalid, NotFound, NotImplementedByHook
from ..media_types import is_json, parsed
from ..values import JsonValue
from .compose import Composer, Incident, problem
from .headers import HeaderWriter, header_lines
from .outcomes import Outcome, RawHeaders, ResponseViolation, write_json
from .writers import Form, JsonWriter, Kept, RangeWriter, TextWriter, Writer, writer_of

logger = logging.getLogger(__name__)

_OF_HTTP = frozenset({404, 405, 406, 408, 413, 414, 415, 431, 503, 504, 507})
_PROBLEM: RawHeaders = [(b"content-type", b"application/problem+json")]


class Failures:
    """The error answers of one operation."""

    __slots__ = ("_contract", "_known", "_operation", "_undeclared")

    def __init__(self, operation: Operation, contract: Contract, undeclared: "UndeclaredErrors") -> None:
        self._operation = operation
        self._contract = contract
        self._undeclared = undeclared
        self._known: dict[str, tuple[_Teller | None, HeaderWriter]] = {}

    def outcome(self, error: ApiError, request_id: str, path: str) -> Outcome:
        """Return what to send for ``error``."""
        status = self.status(error)
        shown = self._operation.shown(path)
        if shown is not path and isinstance(error, NotFound):
            # It tells the key that led to nothing, which here is the secret.
            error = NotFound(headers=error.headers)
        incident = Incident.of(error, status, request_id, shown)
        key = self._operation.response_key(status)
        if key is not None:
            if key not in self._known:
                self._known[key] = self._declared(key)
            told, headers = self._known[key]
            written = told.written(incident) if told is not None else None
            if told is not None and written is not None:
                return Outcome(status, [*told.headers, *_checked(error, headers, request_id)], written)
        return self._undeclared.outcome(incident)

    def status(self, error: ApiError) -> int:
        """Return the status for ``error``, as the operation declares it.

        Input that breaks the contract is 400 or 422, a disk that is full 507 or 503.
        """
        if isinstance(error, Invalid):
            declared = self._operation.responses
            return next((status for status in (400, 422) if str(status) in declared), error.status)
        if isinstance(error, InsufficientStorage) and self._operation.response_key(507) is None:
            # As good a word for it, where the contract knows that one only.
            return 503 if self._operation.response_key(503) is not None else 507
        return error.status

    def _declared(self, key: str) -> "tuple[_Teller | None, HeaderWriter]":
        response = self._operation.responses[key]
        told = next(_tellers(response.content.items(), self._contract), None)
        return told, HeaderWriter(response.headers)


class UndeclaredErrors:
    """The errors of which the contract says nothing: problem+json (RFC 9457).

    What HTTP itself refuses before there is an operation, or whatever the operation, is told as every error is that the
    contract declares, where all of those have one JSON schema.
    """

    def __init__(self, contract: Contract) -> None:
        self._told = _uniform(contract)

    def outcome(self, incident: Incident) -> Outcome:
        """Return what to send."""
        return self.refused(incident) if incident.status in _OF_HTTP else plain(incident)

    def refused(self, incident: Incident) -> Outcome:
        """Return what to send to what is no request, or none that is let in."""
        told = self._told
        written = told.written(incident) if told is not None else None
        if told is None or written is None:
            return plain(incident)
        return Outcome(incident.status, [*told.headers, *_safe(incident.error)], written)


class _Teller:
    """Tells of errors in one declared media type."""

    __slots__ = ("_composer", "_writer", "headers")

    def __init__(self, writer: Writer, contract: Contract) -> None:
        judge = writer.media.judge
        self._writer = writer
        self._composer = Composer(judge.schema, judge, contract.responses)
        self.headers = writer.headers

    def written(self, incident: Incident) -> bytes | None:
        """Return the body, None where the schema has no room for the error."""
        composed, body = self._composer.compose(incident)
        if not composed:
            return None
        try:
            written = self._write(body)
        except ResponseViolation:
            return None
        # A stub must not pass for a failure.
        tells = not isinstance(incident.error, NotImplementedByHook) or b"not implemented" in written
        return written if tells else None

    def _write(self, body: JsonValue) -> bytes:
        if isinstance(self._writer, JsonWriter):
            return write_json(body)
        written = self._writer.write(body)
        # Text that is declared as an object is the object's JSON, as far as anybody can tell.
        return written if isinstance(written, bytes) else write_json(body)


def plain(incident: Incident) -> Outcome:
    """Return the error as problem+json (RFC 9457)."""
    return Outcome(incident.status, [*_PROBLEM, *_safe(incident.error)], write_json(problem(incident)))


def _tellers(content: Iterable[tuple[str, Media]], contract: Contract) -> Iterator[_Teller]:
    """Yield what can tell of errors, JSON before text before what else can carry an object."""
    kept = Kept(contract.responses)
    writers = []
    for name, media in content:
        writer = writer_of(name, media, kept)
        try:
            writers.append(writer.concrete(Form.TREE) if isinstance(writer, RangeWriter) else writer)
        except ResponseViolation:
            continue
    writers.sort(key=lambda each: (not isinstance(each, JsonWriter), not isinstance(each, TextWriter)))
    for writer in writers:
        if isinstance(writer, TextWriter) or writer.rank(Form.TREE) in (0, 1):
            yield _Teller(writer, contract)


def _uniform(contract: Contract) -> _Teller | None:
    """Return what tells of every error that the contract declares a JSON body for, None where they differ."""
    found: dict[str, tuple[str, Media]] = {}
    for operation in contract.operations.values():
        for key, response in operation.responses.items():
            if key[0] not in "45" and key != "default":
                continue
            for name, media in response.content.items():
                media_type = parsed(name)
                if media_type is not None and is_json(media_type):
                    found.setdefault(json.dumps(media.judge.schema, sort_keys=True), (name, media))
    return next(_tellers(found.values(), contract), None) if len(found) == 1 else None


def _checked(error: ApiError, headers: HeaderWriter, request_id: str) -> RawHeaders:
    """Return the headers of an error; what the contract says of them cannot keep the error from being told."""
    try:
        return headers.write(error.headers, request_id)
    except ResponseViolation as violation:
        logger.error("a header of an error breaks the contract: %s", violation)
        return _safe(error)


def _safe(error: ApiError) -> RawHeaders:
    written: RawHeaders = []
    for name, value in error.headers.items():
        try:
            written += header_lines(name, value)
        except ResponseViolation as violation:
            logger.error("a header of an error is left out: %s", violation)
    return written
