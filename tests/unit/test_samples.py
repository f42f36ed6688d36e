"""Samples: the contract's own examples where they fit, else values made from its schemas; always accepted."""

import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.stages.lower import Direction, build_index, lower, standalone
from fountaingen.stages.samples import NoSample, sample, samples
from fountaingen.stages.samples.patterns import NotPlain, matching

_AT = "/holder"


def _accepts(data: Any, direction: Direction) -> Any:
    lowered = lower(build_index(data), [f"{_AT}/schema"], direction)
    whole = standalone(lowered.schemas[f"{_AT}/schema"], lowered.definitions)
    return jsonschema_rs.validator_for(whole, validate_formats=True, offline=True).is_valid


def _data(schema: Any, components: Any = None, **beside: Any) -> dict[str, Any]:
    return {"holder": {"schema": schema, **beside}, "components": {"schemas": components or {}}}


def _sample(schema: Any, components: Any = None, direction: Direction = Direction.REQUEST, **beside: Any) -> Any:
    data = _data(schema, components, **beside)
    return sample(data, _AT, _accepts(data, direction), direction)


@pytest.mark.supports("schema/example")
def test_the_example_beside_the_schema_comes_first() -> None:
    schema = {"type": "string", "example": "of the schema", "default": "usual"}
    assert _sample(schema, example="beside") == "beside"
    assert _sample(schema, examples={"one": {"value": "named"}}) == "named"
    assert _sample(schema) == "of the schema"
    assert _sample({"type": "string", "default": "usual"}) == "usual"


def test_an_example_may_be_a_reference() -> None:
    data = _data({"type": "integer"}, examples={"one": {"$ref": "#/components/examples/One"}})
    data["components"]["examples"] = {"One": {"value": 41}}
    assert sample(data, _AT, _accepts(data, Direction.REQUEST), Direction.REQUEST) == 41


def test_an_example_that_the_schema_refuses_is_passed_over() -> None:
    assert _sample({"type": "integer", "example": "seven", "minimum": 7}, example=3) == 7


def test_examples_of_members_are_put_together() -> None:
    schema = {
        "type": "object",
        "required": ["name", "age"],
        "properties": {"name": {"type": "string", "examples": ["Marta"]}, "age": {"type": "integer", "example": 51}},
    }
    assert _sample(schema) == {"name": "Marta", "age": 51}


def test_optional_members_are_left_out_unless_they_are_wanted() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}}}
    data = _data(schema)
    accepts = _accepts(data, Direction.REQUEST)
    assert next(samples(data, _AT, accepts, Direction.REQUEST)) == {"a": "a"}
    assert next(samples(data, _AT, accepts, Direction.REQUEST, full=True)) == {"a": "a", "b": True}


@pytest.mark.parametrize(
    ("direction", "expected"), [(Direction.REQUEST, {"secret": "secret"}), (Direction.RESPONSE, {"id": 1})]
)
def test_members_of_the_other_direction_are_left_out(direction: Direction, expected: Any) -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
    }
    assert _sample(schema, direction=direction) == expected


def test_a_discriminator_says_which_tag_a_branch_has() -> None:
    components = {
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    }
    branches = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    mapping = {"feline": "#/components/schemas/Cat"}
    schema = {"oneOf": branches, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    assert _sample(schema, components) == {"kind": "feline"}


def test_the_first_branch_that_can_be_satisfied_is_taken() -> None:
    assert _sample({"oneOf": [False, {"type": "string", "minLength": 3, "maxLength": 2}, {"const": 4}]}) == 4


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "enum": []},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"$ref": "#/components/schemas/Endless"},
    ],
)
def test_no_sample_of_what_nothing_satisfies(schema: Any) -> None:
    endless = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}}
    assert _sample(schema, {"Endless": endless}) == NoSample(_AT)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": name}
        for name in (
            "date-time",
            "date",
            "time",
            "duration",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "uri",
            "uuid",
            "regex",
        )
    ]
    + [
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "string", "format": "uuid"}},
        {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"enum": ["a", "b"]}},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "minItems": 2, "items": False},
        {"type": "array", "contains": {"const": 5}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": "object", "minProperties": 3, "required": ["key2"], "properties": {"key2": {"type": "string"}}},
        {
            "allOf": [
                {"type": "object", "required": ["a"]},
                {"properties": {"a": {"type": "number", "multipleOf": 0.25}}},
            ]
        },
        {"type": ["null", "integer"], "exclusiveMinimum": 4},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
        {"type": "string", "minLength": 20, "maxLength": 21},
        {
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
            "properties": {"a": {"type": "string"}},
            "type": "object",
        },
    ],
)
def test_values_are_made(schema: Any) -> None:
    assert not isinstance(_sample(schema), NoSample)


@given(least=st.integers(-50, 50), span=st.integers(0, 60), step=st.integers(1, 9))
def test_a_number_is_found_wherever_there_is_one(least: int, span: int, step: int) -> None:
    schema = {"type": "integer", "minimum": least, "maximum": least + span, "multipleOf": step}
    found = _sample(schema)
    exists = any(number % step == 0 for number in range(least, least + span + 1))
    assert isinstance(found, NoSample) is not exists


@given(least=st.integers(0, 40), span=st.integers(0, 5))
def test_text_of_any_length_is_found(least: int, span: int) -> None:
    found = _sample({"type": "string", "minLength": least, "maxLength": least + span})
    assert least <= len(found) <= least + span


@pytest.mark.parametrize(
    "pattern",
    [
        r"^AC[0-9a-fA-F]{32}$",
        r"^[A-Z]{2}-\d{3,5}$",
        r"^(red|green)(-(dark|light))?$",
        r"^\+[1-9]\d{1,14}$",
        r"^[^/]+/[^/]+$",
        r"^(?:[a-z]+\.)*[a-z]{2,}$",
        r"^\w+(\s\w+)*$",
        r"^[\w.-]+@[\w-]+\.\w+$",
        r"^v(?<major>\d+)$",
    ],
)
def test_text_matches_its_pattern(pattern: str) -> None:
    written = matching(pattern)
    assert re.search(pattern.replace("(?<", "(?P<"), written), written
    assert _sample({"type": "string", "pattern": pattern}) != NoSample(_AT)


@pytest.mark.parametrize(
    "pattern", [r"^(?=.*\d).+$", r"(a)\1", r"[[:alpha:]]", r"^(a", r"a{3", r"[z-", "*", r"a{99999}"]
)
def test_a_pattern_that_is_not_plain_is_refused(pattern: str) -> None:
    with pytest.raises(NotPlain):
        matching(pattern)


_ATOMS = st.sampled_from(["a", "[b-d]", r"\d", r"\.", "(?:x|yz)", "[^q]", "."])
_TIMES = st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{2,}", "+?"])


@given(st.lists(st.tuples(_ATOMS, _TIMES), max_size=6), st.integers(0, 3))
def test_what_is_written_for_a_pattern_matches_it(parts: list[tuple[str, str]], extra: int) -> None:
    pattern = "".join(atom + times for atom, times in parts)
    assert re.fullmatch(pattern, matching(pattern, extra))
