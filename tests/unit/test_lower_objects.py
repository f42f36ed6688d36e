"""Discriminators, readOnly and writeOnly: what OpenAPI adds to objects, in both versions and both directions."""

from typing import Any

import pytest
from judging import BOTH, judge

CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"type": "string"}, "lives": {}}}
DOG = {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"type": "string"}, "bark": {}}}
PETS = {"Cat": CAT, "Dog": DOG}
EITHER = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
A_CAT, A_DOG = {"kind": "Cat", "lives": 9}, {"kind": "Dog", "bark": 1}
FAMILY = {
    "Pet": {"type": "object", "required": ["kind"], "discriminator": {"propertyName": "kind"}},
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["lives"]}]},
    "Lion": {"allOf": [{"$ref": "#/components/schemas/Cat"}, {"required": ["mane"]}]},
}


@pytest.mark.supports("schema/discriminator")
@pytest.mark.supports("schema/discriminator/mapping")
@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("mapped", ["#/components/schemas/Cat", "Cat"])
def test_the_tag_names_the_schema(version: str, keyword: str, mapped: str) -> None:
    plain = judge({keyword: EITHER, "discriminator": {"propertyName": "kind"}}, version, PETS)
    assert plain.accepts(A_CAT)
    assert plain.accepts(A_DOG)
    assert not plain.accepts({"kind": "Cat", "bark": 1})
    assert not plain.accepts({"kind": "cat", "lives": 9})
    assert not plain.accepts({"lives": 9})
    named = judge(
        {keyword: EITHER, "discriminator": {"propertyName": "kind", "mapping": {"kitten": mapped}}}, version, PETS
    )
    assert named.accepts({"kind": "kitten", "lives": 9})
    assert named.accepts(A_DOG)
    assert not named.accepts({"kind": "kitten", "bark": 1})


@pytest.mark.supports("schema/discriminator")
@pytest.mark.parametrize("version", BOTH)
def test_the_tag_of_a_parent_names_a_schema_that_extends_it(version: str) -> None:
    found = judge({"$ref": "#/components/schemas/Pet"}, version, FAMILY)
    assert found.accepts({"kind": "Cat", "lives": 9})
    assert found.accepts({"kind": "Lion", "lives": 9, "mane": 1})
    assert not found.accepts({"kind": "Cat"})
    assert not found.accepts({"kind": "Lion", "lives": 9})
    assert not found.accepts({"kind": "Dog", "lives": 9})


USER = {
    "type": "object",
    "required": ["id", "name", "password"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "password": {"type": "string", "writeOnly": True},
    },
}
A_USER = {"$ref": "#/components/schemas/User"}
AROUND: list[tuple[Any, Any]] = [
    (A_USER, lambda user: user),
    ({"type": "array", "items": A_USER}, lambda user: [user]),
    ({"type": "object", "properties": {"user": A_USER}}, lambda user: {"user": user}),
    ({"type": "object", "additionalProperties": A_USER}, lambda user: {"x": user}),
    ({"allOf": [A_USER, {"required": ["name"]}]}, lambda user: user),
    ({"oneOf": [A_USER, {"type": "string"}]}, lambda user: user),
    ({"anyOf": [{"type": "array", "items": {"allOf": [A_USER]}}, {"type": "string"}]}, lambda user: [user]),
]


@pytest.mark.supports("schema/readOnly")
@pytest.mark.supports("schema/writeOnly")
@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(("schema", "around"), AROUND, ids=range(len(AROUND)))
def test_members_of_one_direction(schema: Any, around: Any, version: str) -> None:
    request = judge(schema, version, {"User": USER}).accepts
    answer = judge(schema, version, {"User": USER}, answer=True).accepts
    sent, shown = {"name": "a", "password": "p"}, {"id": 1, "name": "a"}
    assert request(around(sent))
    assert request(around({**sent, "id": 1}))
    assert not request(around({**sent, "id": "x"}))
    assert not request(around(shown))
    assert answer(around(shown))
    assert not answer(around({**shown, "password": "p"}))
    assert not answer(around(sent))
