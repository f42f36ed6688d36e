"""Runtime expressions (OAS 3.1 section 4.8.20.3): the URL of a callback, made of the request under way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..responses.outcomes import write_json

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_EXPRESSION = re.compile(
    rf"\$(?:(?P<whole>url|method|statusCode)"
    rf"|(?P<side>request|response)\.(?:header\.(?P<header>{_TOKEN})"
    rf"|query\.(?P<query>.+)|path\.(?P<path>.+)|body(?:#(?P<pointer>(?:/.*)?))?))",
    re.DOTALL,
)
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_ESCAPES = re.compile(r"~[01]")
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)


class Absent(Exception):
    """The exchange holds nothing at the place that an expression names."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response: header names in lower case, path and query parameters by name as they were decoded."""

    headers: Mapping[str, Any]
    body: Any = None
    query: Mapping[str, Any] | None = None
    path: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What expressions are evaluated against; ``response`` and ``status`` are None as long as there is no answer."""

    url: str
    method: str
    request: Message
    status: int | None = None
    response: Message | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: ``source`` is url, method, statusCode, header, query, path or body."""

    source: str
    of_response: bool = False
    name: str = ""

    @staticmethod
    def parse(text: str) -> "Expression":
        """Read ``$request.body#/callbackUrl`` and the like; raises ValueError where it is no expression."""
        found = _EXPRESSION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a runtime expression")
        if found["whole"]:
            return Expression(found["whole"])
        of_response = found["side"] == "response"
        for source in ("header", "query", "path"):
            if found[source] is not None:
                if of_response and source != "header":
                    raise ValueError(f"{text!r}: a response has no {source} parameters")
                return Expression(source, of_response, found[source])
        return Expression("body", of_response, found["pointer"] or "")

    @property
    def needs_answer(self) -> bool:
        """Whether there is a value only once the operation has been answered."""
        return self.of_response or self.source == "statusCode"

    def value(self, exchange: Exchange) -> Any:
        """Return what the exchange holds; raises Absent where that is nothing."""
        match self.source:
            case "url":
                return exchange.url
            case "method":
                return exchange.method
            case "statusCode":
                return _present(exchange.status)
        message = exchange.response if self.of_response else exchange.request
        if message is None:
            raise Absent
        match self.source:
            case "header":
                return _present(message.headers.get(self.name.lower()))
            case "query" | "path":
                held = message.query if self.source == "query" else message.path
                return _present((held or {}).get(self.name))
        return _present(_at(message.body, self.name))


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in braces, or one bare expression; ``parts`` are its texts and expressions in order."""

    parts: tuple[str | Expression, ...]

    @staticmethod
    def parse(text: str) -> "Template":
        """Read the key of a Callback Object; raises ValueError where an expression in it is none."""
        if text.startswith("$"):
            return Template((Expression.parse(text),))
        pieces = _EMBEDDED.split(text)
        return Template(tuple(Expression.parse(each) if at % 2 else each for at, each in enumerate(pieces) if each))

    def text(self, exchange: Exchange) -> str:
        """Return the text for one exchange; raises Absent.

        What stands first is inserted as it is, for it is the URL that a caller gave; what follows is percent-encoded,
        so that no value becomes another host, path or parameter.
        """
        return "".join(
            each if isinstance(each, str) else _inserted(each.value(exchange), encoded=at > 0)
            for at, each in enumerate(self.parts)
        )


def _inserted(value: Any, *, encoded: bool) -> str:
    text = value if isinstance(value, str) else write_json(value).decode()
    return quote(text, safe="") if encoded else text


def _present(value: Any) -> Any:
    if value is None:
        raise Absent
    return value


def _at(value: Any, pointer: str) -> Any:
    """Return the member of ``value`` at a JSON Pointer (RFC 6901); raises Absent."""
    for token in pointer.split("/")[1:]:
        name = _ESCAPES.sub(lambda found: "~" if found.group() == "~0" else "/", token)
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Absent
    return value
