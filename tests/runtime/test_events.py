"""Server-sent events and JSON lines: framing, judging, keeping alive."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from answering import Answer, ask, asking, document, service
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from fountaingen.runtime.contract import Media
from fountaingen.runtime.events import Event, EventWriter
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.responses.outcomes import ResponseViolation

EVENTS = "text/event-stream"
ENTRY = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}


class Entry(BaseModel):
    """An entry as a typed view has it."""

    number: int


def app(values: list[Any], media: dict[str, Any], media_type: str = EVENTS, version: str = "3.1.0") -> Any:
    """Return a service whose ``GET /x`` streams ``values``."""
    operation = {"responses": {"200": {"description": "A stream.", "content": {media_type: media}}}}

    async def endpoint(_call: Any) -> Any:
        return stream()

    async def stream() -> AsyncIterator[Any]:
        for value in values:
            yield value

    return service(document({"/x": {"get": operation}}, version), {"GET /x": endpoint})


def stream(values: list[Any], media: dict[str, Any], media_type: str = EVENTS, version: str = "3.1.0") -> Answer:
    """Return what comes of ``values``; it may not be complete."""
    found: list[Answer] = []

    async def run() -> None:
        async with asking(app(values, media, media_type, version), "GET", "/x") as caller:
            await asyncio.wait((caller.task,), timeout=5)
            caller.task.exception()
            found.append(caller.answer)

    asyncio.run(run())
    return found[0]


@pytest.mark.supports("response/text/event-stream")
def test_events_are_framed() -> None:
    answer = stream([Entry(number=1), {"number": 2}, Event({"number": 3}, event="add", id="7", retry=100)], {})
    assert answer.headers["content-type"] == EVENTS
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.pieces == [
        b'data: {"number":1}\n\n',
        b'data: {"number":2}\n\n',
        b'event: add\nid: 7\nretry: 100\ndata: {"number":3}\n\n',
    ]


def parsed(raw: str) -> dict[str, Any]:
    """Read one event as a browser does (WHATWG HTML section 9.2.6)."""
    found: dict[str, Any] = {"data": []}
    for line in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name, _, value = line.partition(":")
        if name == "data":
            found["data"].append(value.removeprefix(" "))
        elif name:
            found[name] = value.removeprefix(" ")
    return {**found, "data": "\n".join(found["data"])}


NAMES = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), min_size=1)


@given(st.text(st.characters(codec="utf-8")), st.none() | NAMES, st.none() | NAMES)
def test_what_is_sent_is_what_arrives(data: str, event: str | None, identifier: str | None) -> None:
    written = EventWriter(Media(Judges({}).judge(True))).write(Event(data, event, identifier))
    assert written.endswith(b"\n\n") and written.count(b"\n\n") == 1
    expected = {"data": data.replace("\r\n", "\n").replace("\r", "\n"), "event": event, "id": identifier}
    assert parsed(written.decode()) == {name: value for name, value in expected.items() if value is not None}


@pytest.mark.parametrize("event", [Event("a", event="x\ny"), Event("a", id="x\ry"), Event("a", id="x\0")])
def test_a_name_cannot_start_a_line_of_its_own(event: Event) -> None:
    with pytest.raises(ResponseViolation):
        EventWriter(Media(Judges({}).judge(True))).write(event)


@pytest.mark.parametrize(
    ("schema", "value", "complete"),
    [
        (ENTRY, {"number": 2}, True),
        (ENTRY, {"number": "2"}, False),
        (ENTRY, Event(Entry(number=2)), True),
        (ENTRY, Event('{"number": 2}'), True),
        (ENTRY, "[DONE]", False),
        ({"oneOf": [ENTRY, {"const": "[DONE]"}]}, "[DONE]", True),
        ({"type": "array", "items": ENTRY}, {"number": 2}, True),
        ({"type": "array", "items": ENTRY}, {"number": "2"}, False),
        ({"type": "string"}, {"anything": 1}, True),
        ({}, {"anything": 1}, True),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_data_are_judged_before_they_leave(schema: Any, value: Any, complete: bool, version: str) -> None:
    if version == "3.0.3" and "oneOf" in schema:
        schema = {"oneOf": [ENTRY, {"type": "string", "enum": ["[DONE]"]}]}
    answer = stream([{"number": 1}, value], {"schema": schema}, version=version)
    assert (answer.status, answer.complete, len(answer.pieces)) == (200, complete, 2 if complete else 1)


@pytest.mark.supports("schema/contentSchema")
@pytest.mark.supports("response/itemSchema")
@pytest.mark.parametrize(
    ("value", "complete"),
    [
        (Event({"number": 1}, event="add"), True),
        (Event({"number": "1"}, event="add"), False),
        (Event({"number": 1}, event="remove"), False),
        (Event({"number": 1}), False),
        (Event('{"number": 1}', event="add"), True),
        (Event("no JSON", event="add"), False),
    ],
)
def test_an_item_schema_speaks_of_the_fields_of_an_event(value: Any, complete: bool) -> None:
    item = {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"const": "add"},
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": ENTRY},
        },
    }
    first = Event({"number": 0}, event="add")
    answer = stream([first, value], {"itemSchema": item}, version="3.2.0")
    assert (answer.status, answer.complete) == (200, complete)


def test_what_is_wrong_at_once_is_a_500() -> None:
    answer = ask(app([{"number": "1"}], {"schema": ENTRY}), "GET", "/x")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")


def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENT_KEEP_ALIVE", "0.01")
    operation = {"responses": {"200": {"description": "A stream.", "content": {EVENTS: {}}}}}
    go = asyncio.Event()

    async def events() -> AsyncIterator[str]:
        yield "first"
        await go.wait()
        yield "second"

    async def endpoint(_call: Any) -> Any:
        return events()

    async def run() -> None:
        made = service(document({"/x": {"get": operation}}), {"GET /x": endpoint})
        async with asking(made, "GET", "/x") as caller:
            assert [await caller.piece() for _ in range(3)] == [b"data: first\n\n", b":\n\n", b":\n\n"]
            go.set()
            while (piece := await caller.piece()) == b":\n\n":
                pass
            assert piece == b"data: second\n\n"

    asyncio.run(run())


@pytest.mark.supports("response/application/jsonl")
@pytest.mark.supports("response/application/json-seq")
@pytest.mark.parametrize(
    ("media_type", "before"),
    [
        ("application/jsonl", b""),
        ("application/x-ndjson", b""),
        ("application/json-seq", b"\x1e"),
        ("application/geo+json-seq", b"\x1e"),
    ],
)
@pytest.mark.parametrize("media", [{"itemSchema": ENTRY}, {"schema": {"type": "array", "items": ENTRY}}])
def test_json_values_one_after_the_other(media_type: str, before: bytes, media: dict[str, Any]) -> None:
    version = "3.2.0" if "itemSchema" in media else "3.1.0"
    answer = stream([{"number": 1}, Entry(number=2)], media, media_type, version)
    assert answer.pieces == [before + b'{"number":1}\n', before + b'{"number":2}\n']
    assert (answer.headers["content-type"], answer.complete) == (media_type, True)
    broken = stream([{"number": 1}, {"number": None}], media, media_type, version)
    assert (len(broken.pieces), broken.complete) == (1, False)


def test_a_list_is_a_stream_that_ends() -> None:
    operation = {"responses": {"200": {"description": "A list.", "content": {"application/jsonl": {}}}}}

    async def endpoint(_call: Any) -> Any:
        return [1, {"a": "b\nc"}]

    answer = ask(service(document({"/x": {"get": operation}}), {"GET /x": endpoint}), "GET", "/x")
    assert [json.loads(line) for line in answer.body.splitlines()] == [1, {"a": "b\nc"}]
