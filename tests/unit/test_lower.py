"""Lowering: what is judged is what the contract says, in each direction, whatever way it says it."""

import copy
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.stages.lower import DIALECT, Direction, Lowered, build_index, lower, standalone

EXACT = Path(__file__).resolve().parents[3] / "shared" / "exact"


def components(**schemas: Any) -> dict[str, Any]:
    return {"openapi": "3.1.1", "components": {"schemas": schemas}}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def lowered(document: Any, name: str, direction: Direction = Direction.REQUEST) -> tuple[Lowered, Any]:
    pointer = f"/components/schemas/{name}"
    result = lower(build_index(document), [pointer], direction)
    return result, result.schemas[pointer]


class Verdict:
    """The judge of one component schema."""

    def __init__(self, document: Any, name: str, direction: Direction = Direction.REQUEST) -> None:
        result, schema = lowered(document, name, direction)
        assert result.faults == ()
        whole = standalone(schema, result.definitions)
        self.accepts = jsonschema_rs.validator_for(whole, validate_formats=True, offline=True).is_valid


def test_only_what_asserts_is_left() -> None:
    schema = {
        "type": "object",
        "title": "t",
        "description": "d",
        "example": 1,
        "examples": [1],
        "default": {},
        "deprecated": True,
        "xml": {},
        "externalDocs": {},
        "x-any": {"$ref": "#/nowhere"},
        "$schema": DIALECT,
        "$comment": "c",
        "properties": {"title": {"type": "string", "format": "nothing", "contentEncoding": "base64"}},
    }
    _, result = lowered(components(A=schema), "A")
    shown = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert result == shown | {"default": {}}
    assert lowered(components(A=schema), "A", Direction.RESPONSE)[1] == shown


def test_values_are_not_taken_for_schemas() -> None:
    schema = {"enum": [{"$ref": "#/$defs/x", "title": "t"}], "properties": {"const": {"const": {"readOnly": True}}}}
    result, once = lowered(components(A=schema), "A")
    assert result.faults == ()
    assert once == schema


def test_definitions_are_what_is_reached_and_nothing_else() -> None:
    document = components(A={"items": ref("B")}, B={"items": ref("A")}, C={"type": "string"})
    result, schema = lowered(document, "A")
    assert schema == {"items": {"$ref": "#/$defs/B"}}
    assert result.definitions == {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"items": {"$ref": "#/$defs/A"}}}


def test_names_are_safe_in_a_reference_and_never_collide() -> None:
    names = ["A B", "A/B", "A~B", "A_B", "Ä", "%41"]
    document = components(**{name: {"const": name} for name in names})
    document["components"]["schemas"]["All"] = {
        "prefixItems": [ref("A B"), ref("A~1B"), ref("A~0B"), ref("A_B"), ref("%C3%84"), ref("%2541")]
    }
    accepts = Verdict(document, "All").accepts
    assert accepts(names)
    assert not any(accepts([other if name == names[0] else name for name in names]) for other in names[1:])
    result, _ = lowered(document, "All")
    assert all(
        set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
        for name in result.definitions
    )


def test_deep_references_get_definitions_of_their_own() -> None:
    document = components(A={"properties": {"x": {"type": "integer"}}}, B={"items": ref("A/properties/x")})
    document["paths"] = {
        "/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"minimum": 5}}}}}}}
    }
    there = "#/paths/~1a/get/responses/200/content/application~1json/schema"
    document["components"]["schemas"]["C"] = {"allOf": [{"$ref": there}, ref("A/properties/x")]}
    assert Verdict(document, "B").accepts([1])
    assert not Verdict(document, "B").accepts(["1"])
    assert [Verdict(document, "C").accepts(value) for value in (5, 4, 5.5)] == [True, False, False]


def test_a_use_without_a_schema_accepts_everything() -> None:
    assert lower(build_index({"paths": {}}), ["/paths/~1a/schema"], Direction.REQUEST).schemas == {
        "/paths/~1a/schema": True
    }


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"properties": {"x": ref("Nope")}}, "/properties/x/$ref"),
        ({"items": {"pattern": "("}}, "/items/pattern"),
        ({"patternProperties": {"[": True}}, "/patternProperties"),
        ({"anyOf": [{"type": "strin"}]}, "/anyOf/0/type"),
        ({"minLength": -1}, "/minLength"),
    ],
)
def test_what_cannot_be_judged_is_a_fault_at_its_place(schema: Any, place: str) -> None:
    result, _ = lowered(components(A=schema, B=ref("A")), "B")
    assert [fault.pointer for fault in result.faults] == [f"/components/schemas/A{place}"]


def test_every_fault_is_found() -> None:
    document = components(A={"pattern": "("}, B={"pattern": ")"}, C={"prefixItems": [ref("A"), ref("B")]})
    assert len(lowered(document, "C")[0].faults) == 2


@pytest.mark.parametrize(
    ("format_", "good", "bad"),
    [
        ("int32", [-(2**31), 2**31 - 1, "any"], [2**31, -(2**31) - 1]),
        ("int64", [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
        ("uint8", [0, 255], [-1, 256]),
        ("float", [1.5, 3e38], [1e39]),
        ("double", [1e308], []),
        ("byte", ["", "aGVsbG8=", 1], ["aGVsbG8", "not base64!"]),
        ("binary", ["\u0000"], []),
        ("date", ["2020-02-29"], ["2021-02-29"]),
        ("email", ["a@b.c"], ["nope", "Joe <a@b.co>"]),
        ("unheard-of", ["x"], []),
    ],
)
def test_formats(format_: str, good: list[Any], bad: list[Any]) -> None:
    accepts = Verdict(components(A={"format": format_}), "A").accepts
    assert all(map(accepts, good))
    assert not any(map(accepts, bad))


def test_bounds_are_only_narrowed() -> None:
    _, schema = lowered(components(A={"format": "int32", "minimum": 1, "maximum": 2**40}), "A")
    assert schema == {"minimum": 1, "maximum": 2**31 - 1}
    _, reverse = lowered(components(A={"minimum": 1, "maximum": 2**40, "format": "int32"}), "A")
    assert reverse == schema


READ_ONLY = components(
    Id={"type": "integer", "readOnly": True},
    Base={"type": "object", "required": ["id", "name"], "properties": {"name": {"type": "string"}}},
    Thing={"allOf": [ref("Base")], "properties": {"id": ref("Id")}},
    Wrapped={"properties": {"id": {"allOf": [ref("Id")]}}, "required": ["id"]},
    Branch={"properties": {"id": ref("Id")}, "oneOf": [{"required": ["id", "a"]}, {"required": ["id", "b"]}]},
    Negative={"properties": {"id": ref("Id")}, "not": {"required": ["id"]}},
    Choice={"properties": {"id": ref("Id")}, "if": {"required": ["id"]}, "then": {"required": ["a"]}},
    Dependent={"properties": {"id": ref("Id")}, "dependentRequired": {"a": ["id"]}},
    Inner={"properties": {"id": ref("Id"), "inner": {"required": ["id"]}}},
)


@pytest.mark.parametrize(
    ("name", "value", "request_", "response"),
    [
        ("Thing", {"name": "a"}, True, False),
        ("Thing", {"id": 1}, False, False),
        ("Base", {"name": "a"}, False, False),
        ("Wrapped", {}, True, False),
        ("Branch", {"a": 1}, True, False),
        ("Branch", {}, False, False),
        ("Negative", {}, True, True),
        ("Negative", {"id": 1}, False, False),
        ("Choice", {}, True, True),
        ("Choice", {"id": 1}, False, False),
        ("Dependent", {"a": 1}, True, False),
        ("Inner", {"inner": {}}, False, False),
    ],
)
def test_read_only_members_are_not_demanded_of_requests(name: str, value: Any, request_: bool, response: bool) -> None:
    assert Verdict(READ_ONLY, name, Direction.REQUEST).accepts(value) is request_
    assert Verdict(READ_ONLY, name, Direction.RESPONSE).accepts(value) is response


def test_a_definition_that_is_demanded_both_ways_stays_whole() -> None:
    document = copy.deepcopy(READ_ONLY)
    document["components"]["schemas"]["Both"] = {"prefixItems": [ref("Thing"), ref("Base")]}
    accepts = Verdict(document, "Both").accepts
    assert accepts([{"name": "a"}, {"name": "a", "id": 1}])
    assert not accepts([{"name": "a"}, {"name": "a"}])


def test_write_only_members_never_leave() -> None:
    secret = {"type": "string", "writeOnly": True}
    document = components(
        Secret=secret,
        User={"properties": {"password": ref("Secret")}, "required": ["password"]},
        Child={"allOf": [ref("User")], "properties": {"password": {"minLength": 1}}},
    )
    for name in ("User", "Child"):
        assert Verdict(document, name, Direction.REQUEST).accepts({"password": "x"})
        assert not Verdict(document, name, Direction.REQUEST).accepts({})
        assert Verdict(document, name, Direction.RESPONSE).accepts({})
        assert not Verdict(document, name, Direction.RESPONSE).accepts({"password": "x"})


PETS = components(
    Pet={
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"kitty": "#/components/schemas/Cat", "pup": "Dog"}},
    },
    Cat={"allOf": [ref("Pet"), {"required": ["claws"]}]},
    Siamese={"allOf": [ref("Cat"), {"required": ["blue"]}]},
    Dog={"allOf": [ref("Pet"), {"required": ["bark"]}]},
    A={"type": "object", "properties": {"x": {"type": "integer"}}},
    B={"type": "object", "properties": {"x": {"type": "string"}}},
    OneOf={"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "k", "mapping": {"a": "A"}}},
    AnyOf={"anyOf": [ref("A"), ref("B"), {"type": "null"}], "discriminator": {"propertyName": "k"}},
    Inline={"oneOf": [ref("A"), {"required": ["y"]}], "discriminator": {"propertyName": "k"}},
    C={"properties": {"k": {"const": "see"}, "x": {"const": 1}}},
    D={"properties": {"k": {"enum": ["dee", "dum"]}, "x": {"const": 2}}},
    Declared={"oneOf": [ref("C"), ref("D")], "discriminator": {"propertyName": "k"}},
    Circle={"oneOf": [ref("Arc")], "discriminator": {"propertyName": "k"}},
    Arc={"allOf": [ref("Circle"), {"required": ["r"]}]},
    Held={"items": ref("Pet")},
)


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("Pet", {}, True),
        ("Pet", {"kind": "Pet"}, True),
        ("Pet", {"kind": "Cat"}, False),
        ("Pet", {"kind": "Cat", "claws": 1}, True),
        ("Pet", {"kind": "kitty"}, False),
        ("Pet", {"kind": "kitty", "claws": 1}, True),
        ("Pet", {"kind": "pup", "claws": 1}, False),
        ("Pet", {"kind": "pup", "bark": 1}, True),
        ("Pet", {"kind": "Siamese", "claws": 1}, False),
        ("Pet", {"kind": "Siamese", "blue": 1}, False),
        ("Pet", {"kind": "Siamese", "claws": 1, "blue": 1}, True),
        ("Pet", {"kind": "Zebra"}, False),
        ("Pet", {"kind": 1}, False),
        ("Cat", {"claws": 1}, True),
        ("Cat", {"kind": "Dog", "claws": 1}, False),
        ("Held", [{"kind": "Cat", "claws": 1}, {"kind": "Dog", "bark": 1}], True),
        ("Held", [{"kind": "Cat", "bark": 1}], False),
        ("OneOf", {"k": "a", "x": 1}, True),
        ("OneOf", {"k": "A", "x": 1}, True),
        ("OneOf", {"k": "B", "x": 1}, False),
        ("OneOf", {"k": "B", "x": "1"}, True),
        ("OneOf", {"k": "B"}, True),
        ("OneOf", {"k": "b", "x": "1"}, False),
        ("OneOf", {"x": "1"}, True),
        ("OneOf", {}, False),
        ("AnyOf", None, True),
        ("AnyOf", {"k": "A", "x": "1"}, False),
        ("AnyOf", {}, True),
        ("Inline", {"k": "A", "x": 1, "y": 1}, True),
        ("Inline", {"k": "else", "y": 1}, True),
        ("Inline", {"k": "else"}, False),
        ("Declared", {"k": "see", "x": 1}, True),
        ("Declared", {"k": "dum", "x": 2}, True),
        ("Declared", {"k": "dum", "x": 1}, False),
        ("Circle", {"k": "Arc", "r": 1}, True),
        ("Circle", {"k": "Arc"}, False),
    ],
)
def test_the_tag_chooses(name: str, value: Any, accepted: bool) -> None:
    assert Verdict(PETS, name).accepts(value) is accepted


@pytest.mark.supports("schema/$anchor")
@pytest.mark.supports("schema/$dynamicRef")
@pytest.mark.supports("schema/$defs")
def test_resources_anchors_and_dynamic_references() -> None:
    document = components(
        Tree={
            "$id": "https://example.test/tree",
            "$dynamicAnchor": "node",
            "type": "object",
            "properties": {"kids": {"items": {"$dynamicRef": "#node"}}, "name": {"$ref": "#text"}},
            "$defs": {"text": {"$anchor": "text", "type": "string"}},
        },
        Strict={
            "$id": "https://example.test/strict",
            "$dynamicAnchor": "node",
            "$ref": "tree",
            "unevaluatedProperties": False,
        },
        Outer={
            "$id": "https://example.test/outer",
            "properties": {"tree": ref("Tree"), "own": {"$ref": "#/$defs/own"}},
            "$defs": {"own": {"type": "integer"}},
        },
    )
    assert Verdict(document, "Tree").accepts({"kids": [{"extra": 1}], "name": "a"})
    assert not Verdict(document, "Tree").accepts({"name": 1})
    assert Verdict(document, "Strict").accepts({"kids": [{"kids": []}]})
    assert not Verdict(document, "Strict").accepts({"kids": [{"extra": 1}]})
    assert Verdict(document, "Outer").accepts({"own": 1, "tree": {"kids": [{"extra": 1}]}})
    assert not Verdict(document, "Outer").accepts({"own": "1"})
    assert not Verdict(document, "Outer").accepts({"tree": {"name": 1}})


def test_circles_about_one_value_end() -> None:
    document = components(A={"allOf": [ref("B")]}, B={"anyOf": [ref("A"), {"type": "string"}]}, C=ref("C"))
    assert Verdict(document, "A").accepts("x")
    assert Verdict(document, "C").accepts(1)


def test_long_chains_and_deep_schemas_are_lowered() -> None:
    chain = {f"S{number}": {"items": ref(f"S{number + 1}")} for number in range(3000)} | {"S3000": {"type": "string"}}
    assert len(lowered(components(**chain), "S0")[0].definitions) == 3000
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        deep = {"items": deep}
    assert lowered(components(A=deep), "A")[1] == deep


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "bb", "ä"]) | st.just(1.5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
REFERENCES = st.sampled_from([ref("A"), ref("B"), ref("C"), ref("A/properties/a")])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from("abc")
    members = st.fixed_dictionaries({"a": inner}, optional={"b": inner})
    # References stand below members and items only: about the same value they could go round in circles.
    below = inner | REFERENCES
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "integer", "number", ["object", "null"]]),
            "properties": st.fixed_dictionaries({"a": below}, optional={"b": below}) | members,
            "required": st.lists(names, max_size=2, unique=True),
            "additionalProperties": below,
            "items": below,
            "prefixItems": st.lists(below, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "if": inner,
            "then": inner,
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "minimum": st.integers(-2, 2),
            "maxLength": st.integers(0, 2),
            "minProperties": st.integers(0, 2),
            "unevaluatedProperties": st.booleans(),
            "title": st.just("t"),
            "x-y": st.just({"$ref": "#/nowhere"}),
        },
    )


SCHEMAS: st.SearchStrategy[Any] = st.recursive(st.booleans() | st.just({}), keywords, max_leaves=5)
DOCUMENTS = st.fixed_dictionaries(
    {"A": SCHEMAS.map(lambda schema: {"properties": {"a": schema}}), "B": SCHEMAS, "C": SCHEMAS}
).map(lambda schemas: components(**schemas))


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.lists(VALUES, min_size=1, max_size=5))
def test_lowering_changes_no_verdict(document: Any, values: list[Any]) -> None:
    plain = {"$schema": DIALECT, **document, "prefixItems": [ref("A"), ref("B"), ref("C")]}
    whole = components(**document["components"]["schemas"], All={"prefixItems": plain["prefixItems"]})
    before = jsonschema_rs.validator_for(plain, validate_formats=True, offline=True)
    after = Verdict(whole, "All")
    for value in values:
        for instance in ([value], [{}, value], [{}, {}, value], [{"a": value}]):
            assert after.accepts(instance) == before.is_valid(instance)


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_a_contract_changes_nothing(document: Any, source: random.Random) -> None:
    uses = [f"/components/schemas/{name}" for name in "ABC"]
    shuffled = _shuffled(document, source)
    before = lower(build_index(document), uses, Direction.REQUEST)
    after = lower(build_index(shuffled), list(reversed(uses)), Direction.REQUEST)
    assert before.schemas == after.schemas
    assert before.definitions == after.definitions
    assert list(before.definitions) == list(after.definitions)


def _shuffled(value: Any, source: random.Random) -> Any:
    if isinstance(value, dict):
        keys = sorted(value)
        source.shuffle(keys)
        return {key: _shuffled(value[key], source) for key in keys}
    return [_shuffled(item, source) for item in value] if isinstance(value, list) else value


def test_the_input_is_left_as_it_was() -> None:
    before = copy.deepcopy(PETS)
    lowered(PETS, "Held")
    assert before == PETS


def _cases() -> list[Mapping[str, Any]]:
    cases: list[Mapping[str, Any]] = json.loads((EXACT / "cases.json").read_text())
    wanted = {"core", "core-typed", "format", "format-typed", "optional", "exotic", "oas"}
    return [
        case for case in cases if case["dialect"] == "3.1" and case["bucket"] in wanted and case["body"] is not None
    ]


@pytest.mark.skipif(not EXACT.is_dir(), reason="the shared conformance cases are not here")
def test_the_official_suite_is_judged_exactly() -> None:
    indexes: dict[str, Any] = {}
    judges: dict[tuple[str, str], Any] = {}
    wrong = []
    for case in _cases():
        key = (case["doc"], case["path"])
        if key not in judges:
            if case["doc"] not in indexes:
                indexes[case["doc"]] = build_index(json.loads((EXACT / "docs" / f"{case['doc']}.json").read_text()))
            pointer = f"/paths/~1{case['path'][1:]}/post/requestBody/content/application~1json/schema"
            result = lower(indexes[case["doc"]], [pointer], Direction.REQUEST)
            whole = standalone(result.schemas[pointer], result.definitions)
            judges[key] = jsonschema_rs.validator_for(whole, validate_formats=True, offline=True)
        if _accepted(judges[key], case["body"]) != case["valid"]:
            wrong.append((case["doc"], case["group"], case["description"]))
    # A dialect of one's own, without the vocabulary of assertions, is out of OpenAPI's reach here.
    assert [group for _, group, _ in wrong] in (
        [],
        ["schema that uses custom metaschema with with no validation vocabulary"],
    )


def _accepted(judge: Any, body: str) -> bool:
    try:
        return bool(judge.is_valid(json.loads(body, parse_constant=_refuse)))
    except ValueError:
        return False


def _refuse(name: str) -> Any:
    raise ValueError(name)
