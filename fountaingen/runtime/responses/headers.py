"""Response headers: values of the contract's types, judged and written in the style that it declares."""

import re
from collections.abc import Mapping
from typing import Any

from ..contract import Header
from ..parameters.coerce import first_accepted
from ..parameters.shapes import Shape
from ..values import JsonValue
from ..views import wire
from .outcomes import RawHeaders, ResponseViolation, write_json

_ANY = Shape(types=("null", "boolean", "integer", "number", "string"))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# How a message is framed is the server's to say: a hook that says it too could end one answer inside another.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer"})
_REQUEST_IDS = frozenset({"x-request-id", "request-id", "x-correlation-id", "correlation-id"})
_SENT_ALWAYS = "x-request-id"
_SAMPLE_ID = "00000000-0000-4000-8000-000000000001"


class HeaderWriter:
    """The headers of one declared response; ``quiet`` where there is nothing to look after."""

    __slots__ = ("_declared", "_identified", "_required", "quiet")

    def __init__(self, declared: Mapping[str, Header]) -> None:
        # OAS, Response Object: a header named Content-Type is ignored.
        self._declared = {name.lower(): header for name, header in declared.items() if name.lower() != "content-type"}
        self._identified = tuple(name for name in self._declared if self._takes_request_id(name))
        self._required = frozenset(name for name, header in self._declared.items() if header.required)
        self.quiet = not self._required.difference(self._identified) and not self._filled()

    def write(self, given: Mapping[str, Any], request_id: str) -> RawHeaders:
        """Return ``given`` as it is sent, with ids of the request where they are declared; raises ResponseViolation."""
        if not given and self.quiet:
            return []
        values = {name.lower(): value for name, value in given.items() if value is not None}
        for name in self._filled():
            values.setdefault(name, request_id)
        missing = self._required.difference(values, self._identified)
        if missing:
            raise ResponseViolation(f"the header {min(missing)} is required")
        written: RawHeaders = []
        for name, value in values.items():
            written += header_lines(name, value, self._declared.get(name))
        return written

    def declares(self, name: str) -> bool:
        """Whether the contract speaks of the header ``name`` (lower case)."""
        return name in self._declared

    def accepts(self, name: str, value: Any) -> bool:
        """Whether ``value`` may be that of the header ``name`` (lower case)."""
        header = self._declared.get(name)
        return header is None or header.judge.accepts(value)

    def _takes_request_id(self, name: str) -> bool:
        return name in _REQUEST_IDS and self._declared[name].judge.accepts(_SAMPLE_ID)

    def _filled(self) -> list[str]:
        return [name for name in self._identified if name != _SENT_ALWAYS]


def header_lines(name: str, value: Any, declared: Header | None = None) -> RawHeaders:
    """Return a header as it is sent, one line, or one for each cookie of ``Set-Cookie``.

    Raises ResponseViolation for what its schema or HTTP does not allow (RFC 9110 section 5).
    """
    if not _TOKEN.fullmatch(name):
        raise ResponseViolation(f"{name!r} is no name of a header")
    lowered = name.lower()
    if lowered in _FRAMING or lowered == _SENT_ALWAYS:
        raise ResponseViolation(f"the header {name} is the server's to send")
    value = wire(value)
    _judge(name, value, declared)
    if lowered == "set-cookie" and isinstance(value, list):
        return [(b"set-cookie", _raw(name, _scalar(each))) for each in value]
    return [(lowered.encode("ascii"), _raw(name, _text(name, value, declared)))]


def _judge(name: str, value: JsonValue, declared: Header | None) -> None:
    if declared is None or declared.judge.accepts(value):
        return
    if isinstance(value, str) and first_accepted(iter((value,)), declared.shape or _ANY, declared.judge)[0]:
        return
    raise ResponseViolation(f"the header {name} does not fit its schema")


def _text(name: str, value: JsonValue, declared: Header | None) -> str:
    """Write in style ``simple``, which is the only one of headers, or as the JSON of ``content``."""
    if declared is not None and declared.media_type is not None:
        return value if isinstance(value, str) and "json" not in declared.media_type else write_json(value).decode()
    if isinstance(value, dict):
        between = "=" if declared is not None and declared.explode else ","
        return ",".join(f"{_part(name, key)}{between}{_part(name, each)}" for key, each in value.items())
    if isinstance(value, list):
        return ",".join(_part(name, each) for each in value)
    return _scalar(value)


def _part(name: str, value: JsonValue) -> str:
    if isinstance(value, list | dict):
        raise ResponseViolation(f"the header {name} is nested deeper than a header can say")
    text = _scalar(value)
    if "," in text:
        raise ResponseViolation(f"a part of the header {name} holds a comma, which would make two of it")
    return text


def _scalar(value: JsonValue) -> str:
    return value if isinstance(value, str) else "" if value is None else write_json(value).decode()


def _raw(name: str, text: str) -> bytes:
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raise ResponseViolation(f"the header {name} holds a character that no header can") from None
    if any((byte < 32 and byte != 9) or byte == 127 for byte in raw):
        raise ResponseViolation(f"the header {name!r} holds a control character")
    return raw
