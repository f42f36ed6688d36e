"""Errors on their way out: which status, which body, in the words of the contract where it has any."""

import logging

from .compose import Composer, Incident, problem
from .contract import Contract, Operation
from .errors import ApiError, Invalid, NotImplementedByHook
from .responses import Outcome, RawHeaders, ResponseViolation, header, is_json, write_json

logger = logging.getLogger(__name__)

_PROBLEM = "application/problem+json"


class Failures:
    """The error answers of one operation."""

    __slots__ = ("_composers", "_contract", "_operation")

    def __init__(self, operation: Operation, contract: Contract) -> None:
        self._operation = operation
        self._contract = contract
        self._composers: dict[str, tuple[str, Composer] | None] = {}

    def outcome(self, error: ApiError, request_id: str, path: str) -> Outcome:
        """Return what to send for ``error``."""
        status = self.status(error)
        incident = Incident.of(error, status, request_id, path)
        key = self._operation.response_key(status)
        if key is not None:
            if key not in self._composers:
                self._composers[key] = self._composer(key)
            found = self._composers[key]
            if found is not None:
                media_type, composer = found
                composed, body = composer.compose(incident)
                if composed:
                    written = write_json(body) if is_json(media_type) else str(body).encode()
                    if _tells(error, written):
                        return Outcome(status, _headers(error, media_type), written)
        return plain(incident)

    def status(self, error: ApiError) -> int:
        """Return the status for ``error``: input that breaks the contract is 400 or 422, as the operation declares."""
        if isinstance(error, Invalid):
            declared = self._operation.responses
            return next((status for status in (400, 422) if str(status) in declared), error.status)
        return error.status

    def _composer(self, key: str) -> tuple[str, Composer] | None:
        content = self._operation.responses[key].content
        ordered = sorted(content.items(), key=lambda item: (not is_json(item[0]), not item[0].startswith("text/")))
        for media_type, media in ordered[:1]:
            if is_json(media_type) or media_type.startswith("text/"):
                named = media_type if "*" not in media_type else "text/plain; charset=utf-8"
                return named, Composer(media.judge.schema, media.judge, self._contract.responses)
            if media_type in ("*/*", "application/*"):
                return "application/json", Composer(media.judge.schema, media.judge, self._contract.responses)
        return None


def plain(incident: Incident) -> Outcome:
    """Return the error as problem+json, for whatever the contract is silent about (RFC 9457)."""
    return Outcome(incident.status, _headers(incident.error, _PROBLEM), write_json(problem(incident)))


def _tells(error: ApiError, written: bytes) -> bool:
    """Whether the body says what is missing: a stub must not pass for a failure."""
    return not isinstance(error, NotImplementedByHook) or b"not implemented" in written


def _headers(error: ApiError, media_type: str) -> RawHeaders:
    headers = [(b"content-type", media_type.encode("latin-1"))]
    for name, value in error.headers.items():
        try:
            headers.append(header(name, value))
        except ResponseViolation as violation:
            logger.error("a header of an error is left out: %s", violation)
    return headers
