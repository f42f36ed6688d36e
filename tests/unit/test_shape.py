"""Shapes: what a parameter's text may be read as."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.stages.shape import shape, types

SCALARS = ["null", "boolean", "integer", "number", "string"]
NAMED: dict[str, Any] = {
    "#/Number": {"type": "number"},
    "#/Alias": {"$ref": "#/Number", "description": "d"},
    "#/Loop": {"allOf": [{"$ref": "#/Loop"}]},
    "#/Tree": {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/Tree"}}}},
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, ["integer"]),
        ({"type": "number"}, ["integer", "number"]),
        ({"type": ["string", "null"]}, ["null", "string"]),
        ({}, SCALARS),
        (True, SCALARS),
        (False, []),
        ({"minLength": 1}, SCALARS),
        ({"enum": ["a", 1, None, True, 1.5]}, SCALARS),
        ({"enum": [1.0]}, ["integer"]),
        ({"const": "a"}, ["string"]),
        ({"type": "string", "enum": ["a", 1]}, ["string"]),
        ({"anyOf": [{"type": "boolean"}, {"type": "integer"}]}, ["boolean", "integer"]),
        ({"oneOf": [{"type": "boolean"}, {}]}, SCALARS),
        ({"allOf": [{"type": "number"}, {"type": ["integer", "string"]}]}, ["integer"]),
        ({"allOf": [{"minimum": 1}, {"type": "integer"}]}, ["integer"]),
        ({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, ["object"]),
        ({"$ref": "#/Alias"}, ["integer", "number"]),
        ({"$ref": "#/Number", "type": "integer"}, ["integer"]),
        ({"$ref": "#/Loop"}, SCALARS),
        ({"$ref": "#/nowhere"}, SCALARS),
        ({"if": {"type": "string"}, "then": {"type": "string"}}, SCALARS),
        ({"items": {"type": "string"}}, ["array"]),
        ({"properties": {"a": {}}}, ["object"]),
    ],
)
def test_types_in_the_order_to_try(schema: Any, expected: list[str]) -> None:
    assert shape(schema, NAMED.__getitem__)["types"] == expected
    assert types(schema, NAMED.__getitem__) == set(expected)


def test_parts() -> None:
    schema = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": ["string", "null"]}}},
            {"properties": {"b": {"type": "string"}}, "additionalProperties": {"type": "boolean"}},
        ]
    }
    assert shape(schema, NAMED.__getitem__) == {
        "types": ["object"],
        "properties": {"a": {"types": ["integer"]}, "b": {"types": ["string"]}},
        "additional": {"types": ["boolean"]},
    }
    lists = {
        "anyOf": [
            {"type": "array", "items": {"type": "integer"}},
            {"type": "array", "prefixItems": [{"type": "string"}]},
        ]
    }
    assert shape(lists, NAMED.__getitem__) == {"types": ["array"], "items": {"types": ["integer", "string"]}}


def test_recursion_is_cut() -> None:
    tree = shape({"$ref": "#/Tree"}, NAMED.__getitem__)
    assert tree["properties"]["kids"] == {"types": ["array"], "items": {"types": SCALARS}}
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(5000):
        deep = {"items": deep}
    assert shape(deep, NAMED.__getitem__)["types"] == ["array"]


def test_a_wide_web_of_references_is_read_at_once() -> None:
    web = {f"#/{level}": {"allOf": [{"$ref": f"#/{level + 1}"}, {"$ref": f"#/{level + 1}"}]} for level in range(40)}
    assert shape({"$ref": "#/0"}, {**web, "#/40": {"type": "string"}}.__getitem__) == {"types": ["string"]}


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from([*SCALARS, "array", "object"]) | st.just(["integer", "string"]),
            "enum": st.lists(st.sampled_from(["a", 1, 1.5, None, True]), min_size=1, max_size=3, unique_by=repr),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.just({}), keywords, max_leaves=6), st.sampled_from(["a", 1, 2.5, None, True]))
def test_every_scalar_that_is_valid_has_its_type_in_the_shape(schema: Any, value: Any) -> None:
    if jsonschema_rs.is_valid(schema, value):
        names = {str: "string", int: "integer", float: "number", type(None): "null", bool: "boolean"}
        assert names[type(value)] in shape(schema, NAMED.__getitem__)["types"]
