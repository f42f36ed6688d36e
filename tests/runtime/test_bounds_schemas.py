"""Verdicts that come in time whatever is judged, and that are those of the schema as it was written."""

import time
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime import judge as module
from fountaingen.runtime.bounded import bounded
from fountaingen.runtime.judge import Judges

STRONG = "(?=.*[A-Z])(?=.*[0-9]).{8,}"
ENDLESS = "^(?!x)(a+)+$"
LISTS: dict[str, Any] = {"Names": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}
NUMBERS = st.integers(-1, 1) | st.sampled_from([2**63, -(2**63) - 1, 10**30, 1e30, 1.0, 0.5, True, False, None, "1"])
ITEMS = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


def seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


@pytest.mark.refuses("schema/uniqueItems/in-bounded-time")
@pytest.mark.parametrize("alone", [0, 1000])
@pytest.mark.parametrize(
    "items",
    [
        [10**20 + number for number in range(20_000)],
        [[-(10**20) - number] for number in range(20_000)],
        [{"a": {"b": 2**63 + number}} for number in range(20_000)],
        # Integers whose hashes are all the same.
        [number * (2**61 - 1) for number in range(20_000)],
    ],
)
def test_lists_of_large_numbers_hold_nobody_up(items: list[Any], alone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", alone)
    judges = Judges(LISTS)
    names, plain = judges.judge({"$ref": "#/$defs/Names"}), judges.judge({"uniqueItems": True})
    assert seconds(lambda: names.accepts(items)) < 1
    assert not names.accepts(items)
    assert seconds(lambda: plain.accepts(items)) < 1
    assert plain.accepts(items) and not plain.accepts([*items, items[7]])


@given(st.lists(ITEMS, max_size=6))
def test_items_are_as_unique_as_ever(items: list[Any]) -> None:
    schema = {"uniqueItems": True, "allOf": [{"type": "array"}], "unevaluatedItems": {"type": ["number", "null"]}}
    plain = jsonschema_rs.Draft202012Validator(schema)
    for value in (items, [*items, *items], [*items, 2**63, 2**63 + 1, 2**63 + 2]):
        assert Judges({}).judge(schema).accepts(value) == plain.is_valid(value)


def test_what_is_not_unique_is_told_as_such() -> None:
    judge = Judges(LISTS).judge({"uniqueItems": True})
    for value in (["a", "a"], [2**63, 2**64, 2**65, 2**64]):
        (found,) = judge.violations("body", value)
        assert (found.rule, found.message) == ("uniqueItems", "the value has non-unique elements")


@pytest.mark.refuses("schema/pattern/in-bounded-time")
@pytest.mark.parametrize("alone", [0, 1000])
@pytest.mark.parametrize(
    ("pattern", "text", "times"),
    [
        (STRONG, "a" * 1_000_000, 1),
        (STRONG, "a" * 10_000, 1000),
        (ENDLESS, "a" * 30 + "!", 100_000),
        (ENDLESS, "a" * 1_000_000 + "!", 10),
        (r"^(a*(?=.*b))*$", "a" * 1_000_000, 1),
    ],
)
def test_patterns_hold_nobody_up(
    pattern: str, text: str, times: int, alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", alone)
    judge = Judges({}).judge({"not": {"items": {"not": {"pattern": pattern}}}})
    assert seconds(lambda: judge.accepts([text] * times)) < 2
    assert seconds(lambda: judge.violations("body", [text] * min(times, 1999))) < 2


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (STRONG, "Secret123", "secret123"),
        ("^" + STRONG, "x" * 1_000_000 + "A1", "x" * 1_000_000),
        (r"^(?!\s*$).+", " " * 300_000 + "x", " " * 30_000),
        (r"^([ab])x\1$", "axa", "axb"),
        ("^[a-z]+$", "a" * 1_000_000, "A"),
    ],
)
def test_patterns_match_what_they_did(pattern: str, good: str, bad: str) -> None:
    judge = Judges({}).judge({"type": "array", "items": {"type": "string", "pattern": pattern}})
    assert judge.accepts([good] * 3)
    assert not judge.accepts([good, bad])
    (found,) = judge.violations("body", [good, bad])
    assert (found.rule, found.path) == ("pattern", (1,))
    assert "does not match" in found.message and bad not in found.message


@pytest.mark.refuses("schema/patternProperties/in-bounded-time")
@pytest.mark.parametrize("alone", [0, 1000])
@pytest.mark.parametrize("beside", [{}, {"additionalProperties": False}, {"unevaluatedProperties": {"type": "null"}}])
@pytest.mark.parametrize(("length", "times"), [(20, 1900), (100, 1000), (9_999, 100), (9_999, 1), (1_000_000, 1)])
def test_names_hold_nobody_up(
    beside: dict[str, Any], length: int, times: int, alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", alone)
    judge = Judges({}).judge({"type": "object", "patternProperties": {"(a|a)*(?!x)c": {"type": "integer"}}, **beside})
    value = {f"{'a' * length}{number}": 1 for number in range(times)}
    assert seconds(lambda: judge.accepts(value)) < 1
    assert seconds(lambda: judge.violations("body", value)) < 1.5
    if length * times > 10_000:
        assert not judge.accepts(value)
        assert "patternProperties" in {each.rule for each in judge.violations("body", value)}


VALUES = st.dictionaries(st.sampled_from(["a", "ab", "abc", "x", "other"]), st.sampled_from([1, "1", None]), max_size=4)


@given(
    schema=st.fixed_dictionaries(
        {"patternProperties": st.sampled_from([{"^(?!x)a": {"type": "integer"}}, {"b(?=c)": True, "^a": False}])},
        optional={
            "properties": st.sampled_from([{"x": {"type": "string"}}, {"a": {"const": 1}, "other": True}]),
            "additionalProperties": st.sampled_from([False, {"type": "null"}]),
            "unevaluatedProperties": st.sampled_from([False, {"type": "null"}]),
            "allOf": st.just([{"minProperties": 1}]),
        },
    ),
    value=VALUES,
)
def test_members_are_judged_by_their_names_as_ever(schema: dict[str, Any], value: Any) -> None:
    assert Judges({}).judge(schema).accepts(value) == jsonschema_rs.Draft202012Validator(schema).is_valid(value)


def test_every_verdict_has_its_own_time() -> None:
    judge = Judges({}).judge({"items": {"pattern": ENDLESS}})
    assert not judge.accepts(["aaa", "a" * 30 + "!"])
    assert not Judges({}).judge({"not": {"items": {"not": {"pattern": ENDLESS}}}}).accepts(["a" * 30 + "!"] * 10_000)
    assert judge.accepts(["aaa"])


def test_what_is_no_schema_stays_as_it_is() -> None:
    schema = {
        "properties": {"uniqueItems": True, "pattern": {"const": {"uniqueItems": True, "pattern": "(?=a)"}}},
        "enum": [{"uniqueItems": True}],
        "default": {"pattern": "(?=a)"},
    }
    assert bounded(schema) == schema
