"""Schemas with alternatives: the members of all, and only those required that every value has."""

from typing import Any

import pytest
from building import ID, NUMBER, TEXT, behaviour, column, crud, entity, operation, record, reference, service

from fountaingen.model.behaviour import Create, Update, gap
from fountaingen.model.entity import ColumnType, Keeper
from fountaingen.stages.build.objects import ObjectSchema, Schemas

_CAT = record("kind name", id=ID, kind={"const": "cat"}, name=TEXT, lives=NUMBER)
_DOG = record("kind bark", id=ID, kind={"const": "dog"}, bark=TEXT)


def _seen(schema: Any, **components: Any) -> ObjectSchema:
    found = Schemas({"components": {"schemas": components}}).object(schema, "/x")
    assert found is not None
    return found


def _required(schema: ObjectSchema) -> set[str]:
    return {name for name, member in schema.members.items() if member.required}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.supports("schema/oneOf/stored")
@pytest.mark.supports("schema/anyOf/stored")
def test_alternatives_have_the_members_of_all(keyword: str) -> None:
    found = _seen({keyword: [reference("Cat"), reference("Dog")]}, Cat=_CAT, Dog=_DOG)
    assert list(found.members) == ["id", "kind", "name", "lives", "bark"]
    assert _required(found) == {"kind"}
    assert found.members["kind"].types == {"string"}
    assert "const" not in found.members["kind"].schema


def test_alternatives_beside_properties() -> None:
    shape = record("label", label=TEXT) | {"anyOf": [record("radius", radius=NUMBER), record("side", side=NUMBER)]}
    found = _seen(shape)
    assert (list(found.members), _required(found)) == (["label", "radius", "side"], {"label"})


def test_narrowing_says_nothing_of_types() -> None:
    schema = record(size=NUMBER) | {"oneOf": [{"properties": {"size": {"minimum": 3}}}, {"required": ["size"]}]}
    assert _seen(schema).members["size"].types == {"integer"}


def test_conditions_add_members_that_are_not_required() -> None:
    schema = record("kind", kind=TEXT) | {"if": {}, "then": record("more", more=TEXT), "else": record(less=TEXT)}
    found = _seen(schema)
    assert (set(found.members), _required(found)) == ({"kind", "more", "less"}, {"kind"})


@pytest.mark.supports("schema/discriminator/stored")
def test_a_discriminator_brings_what_extends_the_schema() -> None:
    base = record("type", type=TEXT) | {"discriminator": {"propertyName": "type"}}
    car = {"allOf": [reference("Vehicle"), record("doors", doors=NUMBER)]}
    found = _seen(reference("Vehicle"), Vehicle=base, Car=car, Other=record(x=TEXT))
    assert (list(found.members), _required(found)) == (["type", "doors"], {"type"})


def test_a_schema_that_holds_itself_ends() -> None:
    tree = {"oneOf": [reference("Tree"), record(leaf=TEXT)]}
    assert list(_seen(reference("Tree"), Tree=tree).members) == ["leaf"]


def test_a_resource_with_alternatives_has_a_table() -> None:
    made = service(crud("/pets", reference("Pet")), {"Pet": {"oneOf": [_CAT, _DOG]}})
    created = behaviour(made, "POST /pets")
    assert isinstance(created, Create)
    assert gap(created) is None
    assert created.fields == ("kind", "name", "lives", "bark")
    assert isinstance(behaviour(made, "PUT /pets/{id}"), Update)
    assert [each.nullable for each in entity(made, "pets").columns] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("asked", "shown", "is_open"),
    [
        ({"additionalProperties": True}, {}, True),
        ({"additionalProperties": TEXT}, {}, True),
        ({"patternProperties": {"^x-": TEXT}}, {}, True),
        ({}, {}, False),
        ({"additionalProperties": False}, {}, False),
        ({"additionalProperties": True}, {"additionalProperties": False}, False),
    ],
)
def test_members_that_no_schema_names_have_a_column(asked: Any, shown: Any, is_open: bool) -> None:
    thing = record("name", id=ID, name=TEXT)
    paths = {
        "/things": {"post": operation(thing | shown, body=thing | asked, status=201)},
        "/things/{id}": {"get": operation(thing | shown)},
    }
    assert entity(service(paths), "things").is_open is is_open


@pytest.mark.parametrize(
    ("member", "keeps_null"),
    [
        ({"type": ["string", "null"]}, True),
        ({"type": ["integer", "null"]}, True),
        ({"type": "string"}, False),
        ({"type": ["array", "null"], "items": TEXT}, False),
    ],
)
def test_null_is_told_from_absent_in_a_typed_column(member: Any, keeps_null: bool) -> None:
    made = service(crud("/things", record("name", id=ID, name=TEXT, extra=member)))
    found = column(made, "things", "extra")
    assert found.keeps_null is keeps_null
    assert (found.type is ColumnType.JSON) is (member["type"] == ["array", "null"])


def test_the_only_value_that_a_member_can_have_is_kept() -> None:
    thing = record("object name", id=ID, object={"type": "string", "enum": ["thing"], "readOnly": True}, name=TEXT)
    made = service(crud("/things", thing))
    assert gap(behaviour(made, "POST /things")) is None
    found = column(made, "things", "object")
    assert (found.keeper, found.constant) == (Keeper.CONSTANT, "thing")
