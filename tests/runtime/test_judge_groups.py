"""Judges of a large contract share one compilation, and nobody can tell from their verdicts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime import judge as module
from fountaingen.runtime.judge import Judge, Judges

NAMED = {
    "Node": {
        "type": "object",
        "properties": {"next": {"$ref": "#/$defs/Node"}, "value": {"$ref": "#/$defs/Value"}},
        "required": ["value"],
        "unevaluatedProperties": False,
    },
    "Value": {"oneOf": [{"type": "integer"}, {"const": True}, {"type": "string", "pattern": "^a+$"}]},
    "List": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "uniqueItems": True},
}
SCHEMAS = (
    {"$ref": "#/$defs/Node"},
    {"$ref": "#/$defs/List"},
    {"allOf": [{"$ref": "#/$defs/Value"}, {"not": {"const": 1}}]},
    {"type": "object", "properties": {"schema 0": {"type": "string"}}, "additionalProperties": False},
    {"type": ["array", "null"], "prefixItems": [{"$ref": "#/$defs/Value"}]},
    False,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "aa", "b"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["next", "value", "schema 0", "x"]), inner, max_size=3),
    max_leaves=8,
)


def _judges(alone: int) -> list[Judge]:
    judges = Judges(NAMED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_ALONE", alone)
        made = [judges.judge(schema) for schema in SCHEMAS]
    judges.settle()
    return made


GROUPED, ALONE = _judges(-1), _judges(1_000)


@given(VALUES)
def test_verdicts_and_violations_are_those_of_judges_alone(value: Any) -> None:
    for grouped, alone in zip(GROUPED, ALONE, strict=True):
        assert type(grouped) is not type(alone)
        assert grouped.accepts(value) is alone.accepts(value)
        assert grouped.violations("body", value, ("at",)) == alone.violations("body", value, ("at",))


def test_a_schema_that_cannot_be_compiled_is_found_when_judges_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", -1)
    judges = Judges({"Broken": {"type": "nonsense"}})
    judges.judge({"$ref": "#/$defs/Broken"})
    with pytest.raises(ValueError, match="Broken"):
        judges.settle()


def test_a_judge_made_later_judges_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", -1)
    judges = Judges(NAMED)
    first = judges.judge({"$ref": "#/$defs/Value"})
    judges.settle()
    later = judges.judge({"$ref": "#/$defs/List"})
    assert first.accepts(1) and not first.accepts("b")
    assert later.accepts([{"value": 1}]) and not later.accepts([{}])


def test_schemas_that_name_themselves_are_compiled_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ALONE", -1)
    judges = Judges({})
    texts = judges.judge({"$anchor": "a", "type": "string"})
    numbers = judges.judge({"$anchor": "a", "type": "integer", "not": {"$ref": "#b"}, "$defs": {"B": {"$anchor": "b"}}})
    judges.settle()
    assert texts.accepts("x") and not texts.accepts(1)
    assert not numbers.accepts(1)


def test_few_schemas_are_compiled_alone() -> None:
    judges = Judges(NAMED)
    assert type(judges.judge(SCHEMAS[0])) is Judge
