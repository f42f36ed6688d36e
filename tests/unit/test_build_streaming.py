"""What a hook may answer: whole, piece by piece, or either; and what of it the contract's data say."""

from typing import Any

import pytest
from building import at, operation, record, reference, service

from fountaingen.model.types import AnyJson, Events, Pieces, Scalar, Stream, Values, View
from fountaingen.runtime.hooks import HookFaults, check_hooks
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.printing import answer_type

ENTRY = record("number", number={"type": "integer"})
JSON, EVENTS, LINES, ZIP = "application/json", "text/event-stream", "application/jsonl", "application/zip"


def answering(**media: Any) -> dict[str, Any]:
    """Return an operation that answers these Media Type Objects; ``json`` and the like stand for types."""
    names = {"json": JSON, "events": EVENTS, "lines": LINES, "zip": ZIP, "csv": "text/csv", "png": "image/png"}
    content = {names[name]: value for name, value in media.items()}
    return {**operation(), "responses": {"200": {"description": "An answer.", "content": content}}}


def made(**media: Any) -> Any:
    """Return a service with that operation under ``GET /x``."""
    return service({"/x": {"get": answering(**media)}}, {"Entry": ENTRY})


ONE = {"schema": reference("Entry")}
MANY = {"schema": {"type": "array", "items": reference("Entry")}}
ITEM = {"itemSchema": reference("Entry")}
CONTENT = {"type": "string", "contentMediaType": JSON, "contentSchema": reference("Entry")}


@pytest.mark.parametrize(
    ("media", "stream", "written"),
    [
        ({"events": ONE}, Events(View("Entry")), "Streaming[Event | schemas.Entry]"),
        ({"events": MANY}, Events(View("Entry")), "Streaming[Event | schemas.Entry]"),
        ({"events": {"schema": {"type": "string"}}}, Events(AnyJson()), "Streaming[Event | JsonValue]"),
        ({"events": {}}, Events(AnyJson()), "Streaming[Event | JsonValue]"),
        ({"events": ITEM}, Events(AnyJson()), "Streaming[Event | JsonValue]"),
        ({"events": {"itemSchema": record(data=CONTENT)}}, Events(View("Entry")), "Streaming[Event | schemas.Entry]"),
        ({"lines": ITEM}, Values(View("Entry")), "Streaming[schemas.Entry]"),
        ({"lines": {"itemSchema": {"type": "integer"}}}, Values(Scalar("int")), "Streaming[int]"),
        ({"lines": MANY, "csv": {}}, Values(View("Entry")), "MayStream[JsonValue, schemas.Entry]"),
        ({"json": ONE, "events": ONE}, Events(View("Entry")), "MayStream[schemas.Entry, Event | schemas.Entry]"),
        ({"zip": {"schema": {"type": "string", "format": "binary"}}}, Pieces(), "MayStream[bytes | Path, bytes]"),
        ({"zip": {}, "png": {}}, Pieces(), "MayStream[bytes | Path, bytes]"),
        ({"json": ONE, "zip": {}}, None, "schemas.Entry | Reply"),
        ({"csv": {"schema": {"type": "string"}}}, None, "str | Reply"),
    ],
)
def test_types_of_streams(media: dict[str, Any], stream: Stream | None, written: str) -> None:
    found = at(made(**media), "GET /x")
    assert found.stream == stream
    assert answer_type(found.result, found.stream) == written


def test_the_data_say_what_judges_an_item() -> None:
    def media(**parts: Any) -> dict[str, Any]:
        responses = contract_data(made(**parts)).operations["operations"]["get /x"]["responses"]
        found: dict[str, Any] = next(iter(responses["200"]["content"].values()))
        return found

    entry = {"$ref": "#/$defs/Entry"}
    assert media(events=ONE)["data"] == media(events=MANY)["data"] == media(lines=MANY)["item"] == entry
    assert media(events=ITEM)["item"] == entry and "data" not in media(events=ITEM)
    assert media(events={"itemSchema": record(data=CONTENT)})["data"] == entry
    assert media(json=ONE).keys().isdisjoint({"item", "data"})


class Streams:
    """The hook of an operation that may stream."""

    def __call__(self, ctx: Any) -> Any: ...


class Answers:
    """The hook of an operation that answers a whole."""

    async def __call__(self, ctx: Any) -> Any: ...


async def _make(ctx: Any) -> Any:
    return ctx


async def _yield(ctx: Any) -> Any:
    yield ctx


def test_a_hook_yields_only_where_its_operation_streams() -> None:
    class Module:
        """What stands in for a module of hooks."""

        __name__ = "app.hooks.feed"

    for hook in (_make, _yield):
        module: Any = Module()
        module.make = hook
        check_hooks(module, {"make": Streams})
    with pytest.raises(HookFaults, match="yields, but its operation answers no stream"):
        check_hooks(module, {"make": Answers})
