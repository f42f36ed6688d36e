"""Settings, hooks, logs, views, judges: each with little to it."""

import io
import json
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from fountaingen.runtime.contract import Contract, ContractError
from fountaingen.runtime.hooks import HookFaults, check_hooks
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.serving.logs import JsonFormatter, configure
from fountaingen.runtime.serving.requests import request_id
from fountaingen.runtime.settings import Settings
from fountaingen.runtime.views import view, wire


def test_settings_from_an_environment() -> None:
    assert Settings.from_environment({}) == Settings()
    found = Settings.from_environment({"MAX_BODY_BYTES": "5", "LOG_LEVEL": "debug", "ACCESS_LOG": "1", "DOCS": "no"})
    assert found == Settings(max_body_bytes=5, log_level="DEBUG", access_log=True, docs=False)


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_BODY_BYTES", "-1"), ("MAX_BODY_BYTES", "1k"), ("LOG_LEVEL", "loud"), ("DOCS", "maybe")]
)
def test_settings_that_make_no_sense(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: value})


class Protocol:
    """The hook of an operation with one argument."""

    async def __call__(self, ctx: Any, body: Any) -> Any: ...


def module(source: str) -> ModuleType:
    """Return a module of hooks."""
    made = ModuleType("app.hooks.things")
    exec(source, made.__dict__)
    return made


@pytest.mark.parametrize(
    "source",
    [
        "async def make(ctx, body): ...",
        "async def make(ctx, body, extra=1): ...",
        "async def make(ctx, *rest): ...",
        "async def make(ctx, body): ...\nasync def _helper(): ...\ndef public(): ...\nasync def authenticate(c): ...",
    ],
)
def test_hooks_that_fit(source: str) -> None:
    check_hooks(module(source), {"make": Protocol})


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("", "make is missing: write async def make(ctx, body)"),
        ("def make(ctx, body): ...", "make is not async"),
        ("async def make(ctx): ...", "other parameters"),
        ("async def make(body, ctx): ...", "other parameters"),
        ("async def make(ctx, body, more): ...", "other parameters"),
        ("async def make(ctx, body, *, more): ...", "other parameters"),
        ("async def make(ctx, body): ...\nasync def mike(ctx): ...", "mike is no operation; did you mean make?"),
    ],
)
def test_hooks_that_do_not(source: str, fault: str) -> None:
    with pytest.raises(HookFaults, match=r"hooks/things\.py") as caught:
        check_hooks(module(source), {"make": Protocol})
    assert any(fault in each for each in caught.value.faults)


def test_every_fault_of_the_hooks_at_once() -> None:
    with pytest.raises(HookFaults) as caught:
        check_hooks(module("async def other(ctx): ..."), {"make": Protocol, "take": Protocol})
    assert len(caught.value.faults) == 3


def test_a_log_line_is_one_json_object() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "a\nb \u2028 \ud800 %s", ('"',), None)
    request_id.set("r-9")
    line = JsonFormatter("Studio").format(record)
    assert line.isprintable()
    told = json.loads(line)
    assert told["message"] == 'a\nb \u2028 \\ud800 "'
    assert (told["level"], told["logger"], told["service"], told["request_id"]) == ("INFO", "x", "Studio", "r-9")


def test_logs_go_to_stdout_once(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    configure("A", "INFO")
    configure("B", "INFO")
    logging.getLogger("uvicorn.error").info("started")
    root.handlers = before
    assert [json.loads(line)["service"] for line in stream.getvalue().splitlines()] == ["B"]


class Thing(BaseModel):
    """A view with an alias."""

    model_config = ConfigDict(extra="allow")

    thing_id: int = Field(alias="thingId")
    note: str | None = None


def test_views_keep_what_they_do_not_know_and_add_nothing() -> None:
    data = {"thingId": 1, "more": [1, {"a": None}]}
    assert wire(view(Thing, data)) == data
    assert wire(view(list[Thing], [data, data])) == [data, data]
    assert wire({"things": (view(Thing, data),)}) == {"things": [data]}
    assert wire(view(Thing, {"thingId": 1, "note": None})) == {"thingId": 1, "note": None}


def test_judges_do_not_quote_values() -> None:
    judge = Judges({}).judge({"type": "object", "properties": {"password": {"minLength": 9, "pattern": "^x"}}})
    found = judge.violations("body", {"password": "hunter2"})
    assert len(found) == 2
    assert "hunter2" not in "".join(map(str, found))


def test_judges_reach_names_anchors_and_circles() -> None:
    named = {
        "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "v": {"$ref": "#/$defs/V"}}},
        "V": {"type": "integer"},
        "Anchored": {"$anchor": "here", "type": "string"},
    }
    judges = Judges(named)
    node = judges.judge({"$ref": "#/$defs/Node"})
    assert node.accepts({"next": {"v": 1}})
    assert not node.accepts({"next": {"v": "x"}})
    assert judges.judge({"type": "array", "items": {"$ref": "#here"}}).accepts(["x"])
    assert judges.judge({"$ref": "#/$defs/Node"}) is node


def test_formats_assert_and_patterns_cannot_run_away() -> None:
    judges = Judges({})
    assert not judges.judge({"format": "date"}).accepts("2024-13-01")
    runaway = judges.judge({"pattern": "^(a|a?)+$(?<!x)"})
    assert not runaway.accepts("a" * 60 + "b")


def test_a_schema_that_does_not_compile_stops_the_start(tmp_path: Path) -> None:
    operation = {
        "method": "GET",
        "path": "/",
        "success": 200,
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "nonsense"}}}}},
    }
    data = {"title": "T", "version": "1", "operations": {"broken": operation}}
    (tmp_path / "operations.json").write_text(json.dumps(data))
    (tmp_path / "schemas.json").write_text('{"request": {}, "response": {}}')
    (tmp_path / "openapi.json").write_text("{}")
    with pytest.raises(ContractError, match="broken"):
        Contract.load(tmp_path)
