"""Large bodies: read without being gone through again and again, and refused without a word that costs seconds."""

import asyncio
import gc
import itertools
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pydantic_core
import pytest
from answering import Caller, answering, document, service
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.runtime import application
from fountaingen.runtime.bodies import json_text
from fountaingen.runtime.bodies.incoming import Budget
from fountaingen.runtime.bodies.json_text import is_finite, read_json
from fountaingen.runtime.errors import NotFound
from fountaingen.runtime.judge import Judges

JSON = "application/json"
OBJECT = {"type": "object"}

DIGITS = st.from_regex(rb"\A-?[1-9][0-9]{0,3}(0{0,400})?(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,5})?\Z")


def seconds(work: Callable[[], object]) -> float:
    """Return for how long this thread computed."""
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


@settings(max_examples=300)
@given(number=DIGITS, before=st.sampled_from([b"", b'"' + b"x" * 80 + b'",']))
def test_numbers_that_are_too_large_are_found_wherever_they_are(number: bytes, before: bytes) -> None:
    raw = b"[" + before + number + b"]"
    value = pydantic_core.from_json(raw)
    if is_finite(value):
        assert read_json(raw) == value
    else:
        with pytest.raises(ValueError, match="too large"):
            read_json(raw)


def test_texts_that_look_like_numbers_are_texts() -> None:
    value = {"number": "1e999", "digits": "9" * 400, "text": "x" * 100}
    assert read_json(pydantic_core.to_json(value)) == value


@pytest.mark.parametrize("raw", [b"[" + b"[],[]," * 40_000 + b"[]]", b"[" * 200_000])
def test_garbage_is_collected_again_after_a_large_body(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[bool] = []

    def parsed(raw: bytes, **_options: Any) -> Any:
        collected.append(gc.isenabled())
        return pydantic_core.from_json(raw)

    monkeypatch.setattr(json_text, "pydantic_core", SimpleNamespace(from_json=parsed))
    try:
        read_json(raw)
    except ValueError:
        assert raw.startswith(b"[[[")
    assert (collected, gc.isenabled()) == ([False], True)


@pytest.mark.parametrize("item", [1, {"a": 1}, "text", []])
def test_a_large_body_is_refused_at_once(item: Any) -> None:
    schema = {"type": "object", "required": ["x"], "properties": {"data": {"type": "array", "items": {"type": "null"}}}}
    judge = Judges({}).judge(schema)
    value = {"data": [item] * 1_000_000}
    assert not judge.accepts(value)
    found: list[Any] = []
    assert seconds(lambda: found.extend(judge.violations("body", value))) < 0.25
    assert [each.rule for each in found] == ["schema"]


class Sender(Caller):
    """A caller whose body comes in pieces."""

    def __init__(self, app: Any, body: bytes) -> None:
        self._pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
        super().__init__(app, "POST", "/x", {"content-type": JSON})

    async def _receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": bool(self._pieces)}


@pytest.mark.parametrize("fails", [False, True])
def test_large_bodies_are_counted_until_they_are_answered_and_served_one_by_one(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b" " * 512 * 1024 + b"{}"
    budget = Budget(10 * len(body))
    monkeypatch.setattr(application, "Budget", lambda _most: budget)
    rounds: list[int] = []
    turns = itertools.count()

    async def work() -> None:
        go_on = asyncio.Event()

        async def endpoint(_call: Any, _body: Any) -> Any:
            rounds.append(next(turns))
            await go_on.wait()
            if fails:
                raise NotFound
            return {}

        operation = {**answering({JSON: OBJECT}), "requestBody": {"content": {JSON: {"schema": OBJECT}}}}
        app = service(document({"/x": {"post": operation}}), {"POST /x": endpoint})
        callers = [Sender(app, body) for _ in range(3)]
        while len(rounds) < 3:
            await asyncio.sleep(0)
            next(turns)
        assert budget.left == 7 * len(body)
        go_on.set()
        await asyncio.gather(*(caller.task for caller in callers))
        assert {caller.answer.status for caller in callers} == {404 if fails else 200}

    asyncio.run(asyncio.wait_for(work(), 10))
    assert (budget.left, budget.held) == (10 * len(body), {})
    # The loop went round between one and the next.
    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(rounds))
