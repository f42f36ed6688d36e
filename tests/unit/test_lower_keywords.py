"""Every keyword of a Schema Object is judged, in OpenAPI 3.0 and 3.1, by what the service itself runs."""

from typing import Any

import pytest
from judging import BOTH, V30, V31, judge

NEW = (V31,)
OLD = (V30,)
ANY_OBJECT = {"type": "object"}
NAMED = {"Named": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}}
REFERENCE = {"$ref": "#/components/schemas/Named"}
TREE = {"Tree": {"properties": {"value": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Tree"}}}}
HUGE = 10**30

# keyword, versions, schema, components, what is valid, what is not
Row = tuple[str, tuple[str, ...], Any, dict[str, Any], list[Any], list[Any]]
TABLE: list[Row] = [
    ("type", BOTH, {"type": "integer"}, {}, [1, 1.0, HUGE, -0.0], [1.1, True, "1", None]),
    ("type", BOTH, {"type": "number"}, {}, [1, 1.5], [True, "1"]),
    ("type", BOTH, {"type": "boolean"}, {}, [True], [1, 0, "true"]),
    ("type", BOTH, {"type": "object"}, {}, [{}], [[], None]),
    ("type", NEW, {"type": ["string", "null"]}, {}, ["a", None], [1]),
    ("enum", BOTH, {"enum": [1, "1", {"a": [1]}]}, {}, [1, 1.0, "1", {"a": [1.0]}], [True, {"a": [True]}, 2]),
    ("enum", BOTH, {"enum": [False]}, {}, [False], [0, None]),
    ("const", NEW, {"const": [1, None]}, {}, [[1.0, None]], [[True, None], [1]]),
    ("const", NEW, {"const": {"a": False}}, {}, [{"a": False}], [{"a": 0}]),
    ("multipleOf", BOTH, {"multipleOf": 0.01}, {}, [19.99, 0.07, 4.35, 0], [0.001, 4.355]),
    ("multipleOf", BOTH, {"multipleOf": 1e-8}, {}, [12391239123, 3e-8], [1.5e-8]),
    ("multipleOf", BOTH, {"multipleOf": 3}, {}, [9007199254740993 * 3], [9007199254740993 * 3 + 1]),
    ("maximum", BOTH, {"maximum": 9007199254740992}, {}, [9007199254740992, "a"], [9007199254740993, HUGE]),
    ("minimum", BOTH, {"minimum": -2.5}, {}, [-2.5, 0], [-2.6, -HUGE]),
    ("exclusiveMaximum", NEW, {"exclusiveMaximum": 3}, {}, [2.9], [3, 4]),
    ("exclusiveMaximum", OLD, {"maximum": 3, "exclusiveMaximum": True}, {}, [2.9], [3, 4]),
    ("exclusiveMaximum", OLD, {"maximum": 3, "exclusiveMaximum": False}, {}, [3], [4]),
    ("exclusiveMinimum", NEW, {"exclusiveMinimum": 3}, {}, [3.1], [3, 2]),
    ("exclusiveMinimum", OLD, {"minimum": 3, "exclusiveMinimum": True}, {}, [3.1], [3, 2]),
    ("maxLength", BOTH, {"maxLength": 2}, {}, ["ab", "😀😀", 123], ["abc"]),
    ("minLength", BOTH, {"minLength": 2}, {}, ["ab"], ["😀"]),
    ("pattern", BOTH, {"pattern": "^(?!a).\\d"}, {}, ["b1", 5], ["a1", "b"]),
    ("items", BOTH, {"type": "array", "items": {"type": "integer"}}, {}, [[], [1]], [[1, "a"], {}]),
    ("prefixItems", NEW, {"prefixItems": [{"type": "integer"}], "items": False}, {}, [[], [1]], [["a"], [1, 2]]),
    ("contains", NEW, {"contains": {"const": 1}}, {}, [[0, 1], "a"], [[], [0]]),
    ("minContains", NEW, {"contains": {"const": 1}, "minContains": 2}, {}, [[1, 1]], [[1]]),
    ("minContains", NEW, {"contains": {"const": 1}, "minContains": 0}, {}, [[]], []),
    ("maxContains", NEW, {"contains": {"const": 1}, "maxContains": 1}, {}, [[1, 0]], [[1, 1]]),
    ("maxItems", BOTH, {"type": "array", "items": {}, "maxItems": 1}, {}, [[1]], [[1, 2]]),
    ("minItems", BOTH, {"type": "array", "items": {}, "minItems": 1}, {}, [[1]], [[]]),
    ("uniqueItems", BOTH, {"uniqueItems": True}, {}, [[1, True], [{"a": 0}, {"a": False}]], [[1, 1.0], [HUGE, HUGE]]),
    ("properties", BOTH, {"properties": {"a-b": {"type": "integer"}}}, {}, [{"a-b": 1}, {}, 1], [{"a-b": None}]),
    ("required", BOTH, {"required": ["__proto__", "ü"]}, {}, [{"__proto__": 1, "ü": None}], [{"ü": 1}]),
    (
        "additionalProperties",
        BOTH,
        {"properties": {"a": {}}, "additionalProperties": False},
        {},
        [{"a": 1}],
        [{"b": 1}],
    ),
    ("additionalProperties", BOTH, {"additionalProperties": {"type": "integer"}}, {}, [{"a": 1}], [{"a": "b"}]),
    (
        "patternProperties",
        NEW,
        {"patternProperties": {"^x": {"type": "integer"}}},
        {},
        [{"x": 1, "y": ""}],
        [{"x": ""}],
    ),
    ("propertyNames", NEW, {"propertyNames": {"maxLength": 1}}, {}, [{"a": 1}], [{"ab": 1}]),
    ("maxProperties", BOTH, {"maxProperties": 1}, {}, [{"a": 1}], [{"a": 1, "b": 2}]),
    ("minProperties", BOTH, {"minProperties": 1}, {}, [{"a": 1}], [{}]),
    ("dependentRequired", NEW, {"dependentRequired": {"a": ["b"]}}, {}, [{}, {"a": 1, "b": 2}], [{"a": 1}]),
    ("dependentSchemas", NEW, {"dependentSchemas": {"a": {"required": ["b"]}}}, {}, [{"b": 1}], [{"a": 1}]),
    ("allOf", BOTH, {"allOf": [{"minimum": 3}, {"maximum": 5}]}, {}, [4], [2, 6]),
    ("anyOf", BOTH, {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}, {}, [1, 2.5], [1.5]),
    ("oneOf", BOTH, {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}, {}, [1, 2.5], [3, 1.5]),
    ("not", BOTH, {"not": {"type": "object", "required": ["a"]}}, {}, [{}, 1], [{"a": None}]),
    ("if", NEW, {"if": {"type": "integer"}, "then": {"minimum": 1}, "else": {"minLength": 2}}, {}, [1, "ab"], [0, "a"]),
    (
        "unevaluatedProperties",
        NEW,
        {"allOf": [REFERENCE], "unevaluatedProperties": False},
        NAMED,
        [{"a": 1}],
        [{"a": 1, "b": 1}],
    ),
    ("unevaluatedItems", NEW, {"prefixItems": [{}], "unevaluatedItems": False}, {}, [[1]], [[1, 2]]),
    ("$ref", BOTH, REFERENCE, NAMED, [{"a": 1}], [{}, {"a": "b"}]),
    ("$ref", BOTH, {"$ref": "#/components/schemas/Tree"}, TREE, [{"next": {"next": {}}}], [{"next": {"value": "a"}}]),
    ("$ref", NEW, {**REFERENCE, "maxProperties": 1}, NAMED, [{"a": 1}], [{"a": 1, "b": 1}]),
    ("$ref", OLD, {**REFERENCE, "maxProperties": 1}, NAMED, [{"a": 1, "b": 1}], [{}]),
    ("boolean", NEW, {"properties": {"a": False, "b": True}}, {}, [{"b": 1}], [{"a": 1}]),
    ("nullable", OLD, {"type": "string", "nullable": True, "maxLength": 1}, {}, [None, "a"], ["ab", 1]),
    ("nullable", OLD, {"type": "string", "nullable": True, "enum": ["a"]}, {}, ["a"], [None]),
    ("nullable", OLD, {"nullable": True, "allOf": [REFERENCE]}, NAMED, [None, {"a": 1}], [{}, 1]),
    ("nullable", OLD, {"nullable": True, **REFERENCE}, NAMED, [{"a": 1}], [None]),
    ("nullable", OLD, {"type": "string", "enum": ["a", None]}, {}, ["a"], [None]),
    (
        "contentMediaType",
        NEW,
        {"contentMediaType": "application/json", "contentEncoding": "base64"},
        {},
        ["{", "%"],
        [],
    ),
    ("default", BOTH, {"type": "integer", "default": 5}, {}, [1], ["a"]),
    ("description", BOTH, {"description": "d", "title": "t", "deprecated": True}, {}, [1, None, "a"], []),
]


def _marked(row: Row, version: str) -> Any:
    return pytest.param(row, version, marks=pytest.mark.supports(f"schema/{row[0]}"), id=f"{row[0]}-{version}")


@pytest.mark.parametrize(("row", "version"), [_marked(row, version) for row in TABLE for version in row[1]])
def test_keywords(row: Row, version: str) -> None:
    _, _, schema, components, good, bad = row
    for answer in (False, True):
        accepts = judge(schema, version, components, answer=answer).accepts
        assert [value for value in good if not accepts(value)] == []
        assert [value for value in bad if accepts(value)] == []
