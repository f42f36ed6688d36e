"""OpenAPI 3.0 said in the words of 3.1."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from fountaingen.model.document import Document
from fountaingen.stages.normalize import normalize


def _schema(schema: dict[str, Any], version: str = "3.0.3") -> Any:
    data = {"openapi": version, "paths": {}, "components": {"schemas": {"A": schema, "B": {"type": "object"}}}}
    before = copy.deepcopy(data)
    normalized = normalize(Document("a.yaml", data, b"", {}))
    assert data == before
    assert normalize(normalized).data == normalized.data
    return normalized.data["components"]["schemas"]["A"]


_REF = {"$ref": "#/components/schemas/B"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a"]}),
        ({"nullable": True}, {}),
        ({"nullable": True, "enum": ["a"]}, {"enum": ["a"]}),
        (
            {"nullable": True, "description": "d", "allOf": [_REF], "x-a": 1},
            {"description": "d", "x-a": 1, "anyOf": [{"allOf": [_REF]}, {"type": "null"}]},
        ),
        ({"minimum": 3, "exclusiveMinimum": True}, {"exclusiveMinimum": 3}),
        ({"maximum": 3, "exclusiveMaximum": True}, {"exclusiveMaximum": 3}),
        ({"maximum": 3, "exclusiveMaximum": False}, {"maximum": 3}),
        ({"exclusiveMinimum": True}, {}),
        ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}),
        ({"example": None}, {"examples": [None]}),
        ({**_REF, "nullable": True, "description": "d", "x-a": 1}, {**_REF, "x-a": 1}),
        ({"type": "string", "format": "binary"}, {"type": "string", "format": "binary"}),
        (
            {"properties": {"nullable": {"type": "string", "nullable": True}, "$ref": {"example": 1}}},
            {"properties": {"nullable": {"type": ["string", "null"]}, "$ref": {"examples": [1]}}},
        ),
        ({"default": {"nullable": True, "example": 1}}, {"default": {"nullable": True, "example": 1}}),
        ({"enum": [{"$ref": "a", "b": 1}]}, {"enum": [{"$ref": "a", "b": 1}]}),
        ({"x-a": {"nullable": True}}, {"x-a": {"nullable": True}}),
    ],
)
def test_schemas(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert _schema(before) == after


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_later_versions_pass_through(version: str) -> None:
    schema = {**_REF, "description": "kept", "nullable": True, "example": 1}
    document = Document("a.yaml", {"openapi": version, "components": {"schemas": {"A": schema}}}, b"", {})
    assert normalize(document) is document


def test_flagged_limits_are_numbers_in_every_version() -> None:
    schema = {"minimum": 0, "exclusiveMinimum": True, "properties": {"a": {"maximum": 1, "exclusiveMaximum": True}}}
    assert _schema(schema, "3.1.0") == {"exclusiveMinimum": 0, "properties": {"a": {"exclusiveMaximum": 1}}}


def test_reference_objects_lose_what_stands_beside_and_path_items_do_not() -> None:
    ref = "#/components/parameters/P"
    data = {
        "openapi": "3.0.0",
        "paths": {"/a": {"$ref": "#/x-paths/a", "summary": "s", "parameters": [{"$ref": ref, "description": "d"}]}},
        "components": {"parameters": {"P": {"name": "p", "in": "query", "example": 1, "schema": {"example": 1}}}},
        "x-paths": {"a": {"get": {"responses": {"200": {"$ref": "#/x-responses/ok", "x-b": 1, "description": "d"}}}}},
        "x-responses": {"ok": {"content": {"a/b": {"schema": {"nullable": True, "type": "string"}}}}},
        "x-other": {"nullable": True, "$ref": "a", "b": 1},
    }
    found = normalize(Document("a.yaml", data, b"", {})).data
    assert found["paths"]["/a"] == {"$ref": "#/x-paths/a", "summary": "s", "parameters": [{"$ref": ref}]}
    assert found["components"]["parameters"]["P"] == {
        "name": "p",
        "in": "query",
        "example": 1,
        "schema": {"examples": [1]},
    }
    assert found["x-paths"]["a"]["get"]["responses"]["200"] == {"$ref": "#/x-responses/ok", "x-b": 1}
    assert found["x-responses"]["ok"]["content"]["a/b"]["schema"] == {"type": ["string", "null"]}
    assert found["x-other"] is data["x-other"]
    assert found["openapi"] == "3.1.1"


def test_references_follow_a_schema_that_goes_one_step_down() -> None:
    inner = {"nullable": True, "oneOf": [{"type": "string"}, {"nullable": True, "allOf": [{"type": "integer"}]}]}
    schemas = {
        "A": {"properties": {"b": inner}},
        "B": {"$ref": "#/components/schemas/A/properties/b/oneOf/1/allOf/0"},
        "C": {"$ref": "#/components/schemas/A/properties/b"},
    }
    data = {"openapi": "3.0.0", "components": {"schemas": schemas}}
    found = normalize(Document("a.yaml", data, b"", {})).data["components"]["schemas"]
    assert found["B"] == {"$ref": "#/components/schemas/A/properties/b/anyOf/0/oneOf/1/anyOf/0/allOf/0"}
    assert found["C"] == schemas["C"]


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, False),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, None, True),
        ({"type": "string", "enum": ["a", None]}, None, False),
        ({"nullable": True, "oneOf": [{"type": "string"}, {"type": "string", "nullable": True}]}, None, True),
        ({"nullable": True, "oneOf": [{"type": "string"}]}, 1, False),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 3, False),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": False}, 3, True),
    ],
)
def test_the_judge_agrees(schema: dict[str, Any], value: object, valid: bool) -> None:
    assert jsonschema_rs.validator_for(_schema(schema)).is_valid(value) is valid


@pytest.mark.parametrize("data", [None, [], "text", {"openapi": "3.0.0", "paths": [], "components": {"schemas": 1}}])
def test_what_is_no_contract_is_left_alone(data: Any) -> None:
    normalize(Document("a.yaml", data, b"", {}))
