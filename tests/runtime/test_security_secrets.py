"""What refusals and logs tell of values that are secret: where they stand and which rule broke, and no more."""

import asyncio
import json
import logging
import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from fountaingen.runtime.database import Database
from fountaingen.runtime.errors import Conflict
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.observability.exceptions import told, without_traceback
from fountaingen.runtime.serving import logs

SECRET = "Marked7"


def _secret(leaf: dict[str, Any]) -> dict[str, Any]:
    return {**leaf, "writeOnly": True}


_LEAVES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"type": "integer"},
        {"maxLength": 2},
        {"pattern": "^a$"},
        {"format": "date"},
        {"enum": ["a"]},
        {"const": "a"},
        {"propertyNames": {"maxLength": 2}},
        {"additionalProperties": False},
        {"unevaluatedProperties": False},
        {"additionalProperties": {"type": "integer"}},
        {"required": ["zz"]},
        {"uniqueItems": True, "items": {"maxLength": 2}},
        {"contains": {"const": 1}},
        {"not": {}},
    ]
)
_SECRETS = _LEAVES.map(_secret)
_WAYS = st.sampled_from(
    [
        lambda schema: schema,
        lambda schema: {"allOf": [{}, schema]},
        lambda schema: {"oneOf": [schema, {"type": "boolean"}]},
        lambda schema: {"anyOf": [schema, {"type": "boolean"}]},
        lambda schema: {"if": True, "then": schema},
        lambda schema: {"$ref": "#/$defs/Secret"},
        lambda schema: {"allOf": [{"$ref": "#/$defs/Secret"}]},
    ]
)
_VALUES = st.sampled_from([SECRET, [SECRET, SECRET], {SECRET: SECRET}, {"a": SECRET}, [{SECRET: 1}]])


@settings(max_examples=60)
@given(_SECRETS, _WAYS, _VALUES)
def test_nothing_of_a_secret_is_repeated(secret: Any, way: Any, value: Any) -> None:
    inner = way(secret)
    schema = {
        "properties": {"open": {"maxLength": 1}, "secret": inner, "deep": {"patternProperties": {"^x-": inner}}},
        "additionalProperties": {"items": inner},
    }
    judge = Judges({"Secret": secret}).judge(schema)
    found = judge.violations(
        "body", {"open": "too long", "secret": value, "deep": {"x-y": value}, "z": [value]}, ("at",)
    )
    assert any(each.path == ("at", "open") and "longer" in each.message for each in found)
    assert SECRET not in repr(found)


def test_a_group_of_judges_conceals_too() -> None:
    named: dict[str, Any] = {f"N{number}": {"$ref": f"#/$defs/N{number + 1}"} for number in range(1100)}
    named["N1100"] = {"additionalProperties": {"writeOnly": True, "propertyNames": {"maxLength": 2}}}
    judges = Judges(named)
    judge = judges.judge({"$ref": "#/$defs/N0"})
    judges.settle()
    (found,) = judge.violations("body", {"secret": {SECRET: 1}}, ("at",))
    assert (found.path, found.message) == (("at", "secret"), "is not valid")


def raised(error: BaseException) -> BaseException:
    """Return an exception that was raised."""
    try:
        raise error
    except BaseException as caught:
        return caught


class TestExceptions:
    def test_they_are_told_by_class_code_and_place(self) -> None:
        error = raised(FileNotFoundError(2, SECRET, f"/{SECRET}/x"))
        (only,) = told(error)
        assert (only["type"], only["code"]) == ("FileNotFoundError", "ENOENT")
        assert SECRET not in json.dumps(only) and "/" not in json.dumps(only)

    def test_what_a_service_words_itself_is_repeated(self) -> None:
        assert told(raised(Conflict("taken")))[0]["says"] == "taken"

    def test_causes_and_groups_have_an_end(self) -> None:
        first: BaseException = ValueError(SECRET)
        for _ in range(50):
            following = KeyError(SECRET)
            following.__cause__ = first
            first = following
        circle = ValueError(SECRET)
        circle.__context__ = first
        first.__context__ = circle
        found = told(ExceptionGroup(SECRET, [ValueError(SECRET), circle]))
        assert len(found) <= 5 and SECRET not in json.dumps(found)

    def test_a_traceback_inside_of_a_text_is_reduced(self) -> None:
        written = (
            "it failed\nTraceback (most recent call last):\n"
            f'  File "/{SECRET}/fountaingen/runtime/database.py", line 7, in open\n    connect("{SECRET}")\n'
            f'  File "/usr/lib/python3/{SECRET}.py", line 1, in x\nlibrary.Failure: {SECRET}\n'
        )
        assert without_traceback(written) == "it failed\nlibrary.Failure at fountaingen.runtime.database:7"
        own = "Traceback (most recent call last):\nfountaingen.runtime.storage.urls.DatabaseError: there is no room\n"
        assert without_traceback(own) == "fountaingen.runtime.storage.urls.DatabaseError: there is no room"
        assert without_traceback("all is well") == "all is well"


class TestLines:
    def line(self, message: str, *arguments: Any, name: str = "x", **more: Any) -> str:
        """Return a record as it is written."""
        record = logging.LogRecord(name, logging.ERROR, "f", 1, message, arguments, None, **more)
        return logs.JsonFormatter("Test").format(record)

    @given(st.text())
    def test_a_line_is_one_line_and_steers_no_terminal(self, said: str) -> None:
        line = self.line("%s", said)
        assert line.isprintable()
        assert json.loads(line)["message"] == said.encode("utf-8", "backslashreplace").decode()

    def test_what_asyncio_writes_of_a_lost_exception_is_left_out(self) -> None:
        message = (
            f"Task exception was never retrieved\nfuture: <Task coro=<x() at /a.py:1> exception=ValueError('{SECRET}')>"
        )
        assert json.loads(self.line(message, name="asyncio"))["message"] == "Task exception was never retrieved"

    def test_a_thread_that_ends_is_told_of(self, capsys: pytest.CaptureFixture[str]) -> None:
        error = raised(ValueError(SECRET))
        arguments = threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        handler = logs.StdoutHandler()
        handler.setFormatter(logs.JsonFormatter("Test"))
        logs.logger.addHandler(handler)
        try:
            logs._thread_ended(arguments)
        finally:
            logs.logger.removeHandler(handler)
        said = capsys.readouterr().out
        assert "ValueError" in said and SECRET not in said and sys.stdout is not None


def test_a_failing_statement_does_not_say_its_values() -> None:
    database = Database(MetaData(), "sqlite://")
    database.open()

    async def run() -> BaseException:
        try:
            with pytest.raises(DBAPIError) as caught:
                await database.read(lambda unit: unit.connection.execute(text("SELECT :it FROM x"), {"it": SECRET}))
            return caught.value
        finally:
            await database.close()

    assert SECRET not in str(asyncio.run(run()))
