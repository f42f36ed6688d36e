"""Large bodies: read without being gone through again and again, and refused without a word that costs seconds."""

import gc
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pydantic_core
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.runtime.bodies import json_text
from fountaingen.runtime.bodies.json_text import is_finite, read_json
from fountaingen.runtime.judge import Judges

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
