"""Sequential answers: server-sent events, JSON lines, JSON text sequences; each item judged before it leaves."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import pydantic_core
from pydantic import BaseModel

from .call import Reply
from .contract import Media
from .judge import Judge
from .responses.outcomes import ResponseViolation, write_json
from .values import JsonObject, JsonValue
from .views import wire

T = TypeVar("T")
W = TypeVar("W")

# What ends a line of an event stream, according to WHATWG HTML section 9.2.5.
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_REASON = 500
KEEP_ALIVE = b":\n\n"
"""A comment: it keeps a connection open on which nothing happens, and no listener sees it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event (WHATWG HTML section 9.2). Text is sent as it is, other data as JSON; ``retry`` is in ms."""

    data: "JsonValue | BaseModel"
    event: str | None = None
    id: str | None = None
    retry: int | None = None


Streaming: TypeAlias = Coroutine[Any, Any, AsyncIterable[T] | Reply] | AsyncIterable[T]
"""What calling a hook that streams gives: ``async def`` that returns an async iterator or a Reply, or that yields."""

MayStream: TypeAlias = Coroutine[Any, Any, W | AsyncIterable[T] | Reply] | AsyncIterable[T]
"""The same where a hook may answer a whole instead."""


async def streamed(answer: Coroutine[Any, Any, W] | AsyncIterable[T]) -> W | AsyncIterable[T]:
    """Return the answer of a hook that may stream, whichever way it is written."""
    return answer if isinstance(answer, AsyncIterable) else await answer


class EventWriter:
    """Writes events of one media type."""

    __slots__ = ("_data", "_item")

    def __init__(self, media: Media) -> None:
        self._item = media.item
        self._data = media.data

    def write(self, value: Any) -> bytes:
        """Return the lines of an event, or of the data of one; raises ResponseViolation."""
        event = value if isinstance(value, Event) else Event(value)
        data = wire(event.data)
        text = data if isinstance(data, str) else write_json(data).decode()
        if self._data is not None:
            _judge_data(self._data, data)
        fields: JsonObject = {"event": event.event, "id": event.id, "retry": event.retry, "data": text}
        fields = {name: each for name, each in fields.items() if each is not None}
        if self._item is not None:
            _judge(self._item, fields)
        return "".join(_lines(fields)).encode() + b"\n"


class LineWriter:
    """Writes JSON values one after the other: each between ``before`` and a line feed."""

    __slots__ = ("_before", "_item")

    def __init__(self, media: Media, before: bytes = b"") -> None:
        self._item = media.item
        self._before = before

    def write(self, value: object) -> bytes:
        """Return the line of a value; raises ResponseViolation."""
        data = wire(value)
        if self._item is not None:
            _judge(self._item, data)
        return self._before + write_json(data) + b"\n"


async def each_of(values: list[Any]) -> AsyncIterator[object]:
    """Yield what a list holds."""
    for value in values:
        yield value


def _lines(fields: JsonObject) -> list[str]:
    lines = []
    for name, value in fields.items():
        parts = _LINE_END.split(str(value))
        if name != "data" and (len(parts) > 1 or "\0" in parts[0]):
            raise ResponseViolation(f"the {name} of an event holds a line end")
        lines += [f"{name}: {part}\n" for part in parts]
    return lines


def _judge_data(judge: Judge, data: JsonValue) -> None:
    if isinstance(data, str) and not judge.accepts(data):
        # Text that is JSON already.
        try:
            data = pydantic_core.from_json(data, allow_inf_nan=False)
        except ValueError:
            raise ResponseViolation("the data of an event do not fit their schema") from None
    _judge(judge, data)


def _judge(judge: Judge, value: JsonValue) -> None:
    if not judge.accepts(value):
        found = "; ".join(map(str, judge.violations("item", value)))
        raise ResponseViolation(f"an item of the stream: {found[:_LONGEST_REASON]}")
