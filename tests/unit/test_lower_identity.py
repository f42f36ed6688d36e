"""Schemas that name themselves: what no name leads to is never valid, and a dialect decides what keywords mean."""

import pytest
from judging import judge, problems

from fountaingen.model.problems import Severity

VOCABULARIES = "https://json-schema.org/draft/2020-12/vocab/"
ABSENT = {"$id": "https://example.com/a", "anyOf": [{"$ref": "https://example.com/b"}, {"type": "integer"}]}


@pytest.mark.supports("schema/$id")
def test_a_schema_that_is_named_but_not_there_takes_nothing() -> None:
    found = judge({"$ref": "#/components/schemas/A"}, components={"A": ABSENT})
    assert found.accepts(1)
    assert not found.accepts("b")
    there = {"A": ABSENT, "B": {"$id": "https://example.com/b", "type": "string"}}
    assert judge({"$ref": "#/components/schemas/A"}, components=there).accepts("b")


def test_a_schema_that_is_named_but_not_there_is_a_warning_and_a_url_an_error() -> None:
    inside = problems({"$ref": "#/components/schemas/A"}, components={"A": ABSENT})
    assert [(each.code, each.severity) for each in inside] == [("FG021", Severity.WARNING)]
    outside = problems({"$ref": "https://example.com/b"})
    assert ("FG021", Severity.ERROR) in [(each.code, each.severity) for each in outside]


@pytest.mark.supports("schema/$schema")
@pytest.mark.supports("schema/$vocabulary")
@pytest.mark.parametrize(
    ("known", "limits", "members"),
    [(["core", "applicator"], False, True), (["core", "validation"], True, False), (["core"], False, False)],
)
def test_a_dialect_leaves_out_keywords(known: list[str], limits: bool, members: bool) -> None:
    dialect = {"$id": "https://example.com/d", "$vocabulary": {f"{VOCABULARIES}{name}": True for name in known}}
    own = {"$id": "https://example.com/a", "$schema": "https://example.com/d"}
    schemas = {
        "D": dialect,
        "Limits": own | {"minimum": 10},
        "Members": own | {"$id": "https://example.com/m", "properties": {"no": False}},
    }
    assert judge({"$ref": "#/components/schemas/Limits"}, components=schemas).accepts(1) is not limits
    assert judge({"$ref": "#/components/schemas/Members"}, components=schemas).accepts({"no": 1}) is not members
    assert not judge({"minimum": 10}, components=schemas).accepts(1)


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\r\nb", "a b", "a#b?c"])
@pytest.mark.parametrize("identity", [{}, {"$anchor": "x"}, {"$id": "https://example.com/a"}])
def test_names_of_schemas_are_taken_as_they_are_beside_schemas_that_name_themselves(
    name: str, identity: dict[str, str]
) -> None:
    components = {name: {"type": "string"}, "A": {**identity, "properties": {"x": {"type": "string"}}}}
    found = judge({"$ref": f"#/components/schemas/{name}"}, components=components)
    assert found.accepts("b")
    assert not found.accepts(1)
