"""Defaults: what a request leaves out is filled in for the handler, and nothing else is changed."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.bodies.defaults import Defaults, Filled
from fountaingen.runtime.judge import Judges

PAGE = {"type": "object", "properties": {"size": {"default": 10}, "sort": {"type": "array", "default": ["id"]}}}
TREE = {
    "type": "object",
    "properties": {
        "name": {"default": "leaf"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
        "first": {"$ref": "#/$defs/Tree"},
    },
}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}, "lives": {"default": 9}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "bark": {"default": "woof"}}}
NAMED: dict[str, Any] = {
    "Page": PAGE,
    "Size": {"type": "integer", "default": 5},
    "Tree": TREE,
    "Plain": {"properties": {"plain": {"$ref": "#/$defs/Plain"}}},
}


def filled(schema: Any, value: Any) -> Any:
    """Return the value as a handler gets it."""
    filler = Defaults(Judges(NAMED)).filler(schema)
    return value if filler is None else filler(deepcopy(value))


TABLE: list[tuple[Any, Any, Any]] = [
    ({"$ref": "#/$defs/Page"}, {}, {"size": 10, "sort": ["id"]}),
    ({"$ref": "#/$defs/Page"}, {"size": None, "other": 1}, {"size": None, "other": 1, "sort": ["id"]}),
    ({"$ref": "#/$defs/Page"}, "text", "text"),
    ({"properties": {"size": {"$ref": "#/$defs/Size"}}}, {}, {"size": 5}),
    ({"properties": {"size": {"$ref": "#/$defs/Size", "default": 6}}}, {}, {"size": 6}),
    ({"properties": {"size": {"allOf": [{}, {"$ref": "#/$defs/Size"}]}}}, {}, {"size": 5}),
    ({"properties": {"page": {"$ref": "#/$defs/Page"}}}, {}, {}),
    ({"properties": {"page": {"$ref": "#/$defs/Page"}}}, {"page": {"size": 1}}, {"page": {"size": 1, "sort": ["id"]}}),
    ({"properties": {"page": {"$ref": "#/$defs/Page", "default": {}}}}, {}, {"page": {"size": 10, "sort": ["id"]}}),
    ({"properties": {"a": {"default": None}}}, {}, {"a": None}),
    ({"properties": {"a": {"default": 1, "readOnly": True}}}, {}, {}),
    ({"items": {"$ref": "#/$defs/Page"}}, [{"sort": []}, 1], [{"sort": [], "size": 10}, 1]),
    ({"prefixItems": [True, {"$ref": "#/$defs/Page"}]}, [{}, {}], [{}, {"size": 10, "sort": ["id"]}]),
    (
        {"$ref": "#/$defs/Tree"},
        {"children": [{"name": "a", "first": {}}]},
        {"name": "leaf", "children": [{"name": "a", "first": {"name": "leaf"}}]},
    ),
    ({"allOf": [{"properties": {"a": {"default": 1}}}, {"properties": {"a": {"default": 2}}}]}, {}, {"a": 1}),
    ({"oneOf": [CAT, DOG]}, {"kind": "dog"}, {"kind": "dog", "bark": "woof"}),
    ({"anyOf": [CAT, DOG]}, {"kind": "cat"}, {"kind": "cat", "lives": 9}),
    ({"if": {"required": ["a"]}, "then": {"properties": {"b": {"default": 1}}}}, {"a": 0}, {"a": 0, "b": 1}),
    ({"if": {"required": ["a"]}, "else": {"properties": {"b": {"default": 1}}}}, {}, {"b": 1}),
    ({"dependentSchemas": {"a": {"properties": {"b": {"default": 1}}}}}, {"a": 0}, {"a": 0, "b": 1}),
    ({"dependentSchemas": {"a": {"properties": {"b": {"default": 1}}}}}, {}, {}),
    ({"additionalProperties": {"$ref": "#/$defs/Page"}}, {"x": {"sort": []}}, {"x": {"sort": [], "size": 10}}),
    (
        {"patternProperties": {"^x": {"properties": {"a": {"default": 1}}}}, "additionalProperties": {"items": True}},
        {"x1": {}, "y": {}},
        {"x1": {"a": 1}, "y": {}},
    ),
    # What would make the whole invalid is left alone.
    ({"properties": {"a": {"default": 1}, "b": {}}, "maxProperties": 1}, {"b": 1}, {"b": 1}),
    ({"properties": {"a": {"default": 1}}, "not": {"required": ["a"]}}, {}, {}),
    ({"allOf": [{"properties": {"a": {"default": 1}}}, {"additionalProperties": False}]}, {}, {}),
    ({"properties": {"a": {"default": 1}}, "additionalProperties": False}, {}, {"a": 1}),
]


@pytest.mark.supports("schema/default")
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_what_is_left_out_is_filled_in(row: tuple[Any, Any, Any]) -> None:
    schema, value, expected = row
    assert filled(schema, value) == expected


@pytest.mark.parametrize("schema", [{}, True, False, {"$ref": "#/$defs/Plain"}, {"type": "string", "default": "a"}])
def test_what_has_no_defaults_costs_nothing(schema: Any) -> None:
    assert Defaults(Judges(NAMED)).filler(schema) is None


def test_a_default_is_a_new_value_each_time() -> None:
    filler = Defaults(Judges(NAMED)).filler({"$ref": "#/$defs/Page"})
    assert filler is not None
    first: Any = filler({})
    first["sort"].append("name")
    assert filler({}) == {"size": 10, "sort": ["id"]}


def test_uploads_are_never_copied() -> None:
    limited = {"properties": {"a": {"default": 1}}, "maxProperties": 2}
    defaults = Defaults(Judges({}))
    assert defaults.filler(limited, in_place=True) is None
    assert type(defaults.filler(PAGE, in_place=True)) is Filled


VALUES = st.recursive(
    st.none() | st.integers(0, 2) | st.just("a"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.just({}) | st.builds(lambda value: {"default": value}, st.integers(0, 1)),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "items": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "if": inner,
            "then": inner,
            "not": inner,
            "required": st.lists(st.sampled_from("abc"), max_size=1),
            "maxProperties": st.integers(0, 2),
            "additionalProperties": st.booleans() | inner,
        },
    ),
    max_leaves=6,
)


def _kept(before: Any, after: Any) -> bool:
    if isinstance(before, dict):
        return isinstance(after, dict) and all(name in after and _kept(before[name], after[name]) for name in before)
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(_kept, before, after))
    return bool(before == after)


@given(SCHEMAS, VALUES)
def test_what_is_filled_is_still_valid_and_nothing_that_was_sent_changes(schema: Any, value: Any) -> None:
    judge = Judges({}).judge(schema)
    if judge.accepts(value):
        after = filled(schema, value)
        assert judge.accepts(after)
        assert _kept(value, after)
