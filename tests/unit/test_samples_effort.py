"""Whatever schemas ask for: what they mean, and a value that they accept, is found in moments."""

import time
from typing import Any

import pytest

from fountaingen.primitives import names
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.lower import Direction
from fountaingen.stages.samples import sample, samples
from fountaingen.stages.samples.patterns import NotPlain, matching

_SECONDS = 3.0


def _chain(twice: Any, last: Any) -> dict[str, Any]:
    """Return schemas of which each refers to the next one twice."""
    return {f"S{index}": twice({"$ref": f"#/components/schemas/S{index + 1}"}) for index in range(25)} | {"S25": last}


def _nested(count: int) -> Any:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(count):
        schema = {"type": "array", "minItems": 100, "items": schema}
    return schema


@pytest.mark.parametrize(
    ("schemas", "most"),
    [
        (_chain(lambda to: {"required": ["a", "b"], "properties": {"a": to, "b": to}}, {"type": "string"}), _SECONDS),
        (_chain(lambda to: {"allOf": [to, to]}, {"type": "object"}), _SECONDS),
        (_chain(lambda to: {"anyOf": [to, to], "oneOf": [to, to]}, {"type": "object"}), _SECONDS),
        (_chain(lambda to: {"allOf": [to], "anyOf": [to]}, {"type": "object"}), _SECONDS),
        ({"S0": _nested(6)}, _SECONDS),
        ({"S0": {"type": "object", "minProperties": 10**7}}, _SECONDS),
        ({"S0": {"type": "string", "pattern": "^a$", "minLength": 10**7}}, _SECONDS),
        ({"S0": {"type": "string", "pattern": "^a+$", "minLength": 10**7}}, _SECONDS),
        ({"S0": {"type": "string", "pattern": "^" + "(" * 30 + "a" + "){9999}" * 30, "minLength": 9_999}}, _SECONDS),
        ({"S0": {"type": "string", "pattern": "^" * 100_000}}, _SECONDS),
    ],
    ids=["members", "allOf", "branches", "both", "items", "properties", "short", "long", "repetitions", "anchors"],
)
def test_no_schema_takes_long(schemas: dict[str, Any], most: float) -> None:
    data = {"components": {"schemas": schemas}, "here": {"schema": {"$ref": "#/components/schemas/S0"}}}
    start = time.process_time()
    sample(data, "/here", lambda _: False, Direction.REQUEST)
    assert time.process_time() - start < most


@pytest.mark.parametrize(
    ("pattern", "least", "expected"),
    [("[a-z]+", 9_000, "a" * 9_000), ("(ab)*c", 4, "ababc"), ("a{2,5}b?", 6, "aaaaab"), ("x+y+", 5, "xxxyyy")],
)
def test_patterned_text_is_as_long_as_it_has_to_be(pattern: str, least: int, expected: str) -> None:
    data = {"here": {"schema": {"type": "string", "pattern": pattern, "minLength": least}}}
    found = next(samples(data, "/here", lambda value: len(value) >= least, Direction.REQUEST))
    assert found == expected


def test_a_pattern_that_repeats_too_much_is_told_before_it_is_written_out() -> None:
    with pytest.raises(NotPlain):
        matching("((a{9999}){9999}){9999}")


def test_thousands_of_names_that_wish_for_one_are_numbered_at_once() -> None:
    start = time.process_time()
    found = names.allocate({f"/{index:05}": "value" for index in range(20_000)})
    assert time.process_time() - start < _SECONDS
    assert found["/19999"] == "value_20000"


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_schemas_that_hold_the_next_one_twice_are_laid_flat_once(keyword: str) -> None:
    own = {"type": "object", "properties": {"x": {"type": "string"}}}
    data = {"components": {"schemas": _chain(lambda to: {"type": "object", keyword: [to, to]}, own)}}
    start = time.process_time()
    found = Schemas(data).object({"$ref": "#/components/schemas/S0"}, "/here")
    assert time.process_time() - start < _SECONDS
    assert found is not None
    assert list(found.members) == ["x"]


def test_what_schemas_refer_to_again_inside_themselves_adds_nothing() -> None:
    def node(name: str, *others: str) -> dict[str, Any]:
        parts = [{"$ref": f"#/components/schemas/{other}"} for other in others]
        return {"type": "object", "anyOf": parts, "properties": {name: {"type": "string"}}}

    data = {"components": {"schemas": {"A": node("a", "B", "C"), "B": node("b", "C", "A"), "C": node("c", "B")}}}
    found = {name: Schemas(data).object({"$ref": f"#/components/schemas/{name}"}, "") for name in "ABC"}
    assert [sorted(each.members) for each in found.values() if each] == [["a", "b", "c"]] * 3
