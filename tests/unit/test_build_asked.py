"""What ``x-fountaingen-operation`` asks for, and what of the extensions cannot be had."""

from typing import Any

import pytest
from building import ID, TEXT, THING, behaviour, crud, entity, many, operation, record, reference, service

from fountaingen.model.behaviour import Change, Create, Delete, ListRows, Missing, Read, Update
from fountaingen.model.problems import Rejected

_SCHEMAS = {"Thing": THING}
_PATHS = crud("/things", reference("Thing"))


def _asked(path: str, method: str, made: dict[str, Any], **asked: str) -> dict[str, Any]:
    return {**_PATHS, path: {method: {**made, "x-fountaingen-operation": asked}}}


def test_an_action_that_only_a_hook_does() -> None:
    paths = {
        **_PATHS,
        "/things": {"post": {**_PATHS["/things"]["post"], "x-fountaingen-operation": {"action": "none"}}},
    }
    found = behaviour(service(paths, _SCHEMAS), "POST /things")
    assert found == Missing("x-fountaingen-operation leaves it to a hook")


def test_a_list_under_another_path() -> None:
    paths = _asked("/search", "get", operation(many(reference("Thing"))), action="list", entity="Thing")
    found = behaviour(service(paths, _SCHEMAS), "GET /search")
    assert isinstance(found, ListRows)
    assert (found.entity, found.where, found.why) == ("Thing", {}, "x-fountaingen-operation: list things")


def test_a_verb_that_creates() -> None:
    paths = _asked(
        "/register", "post", operation(reference("Thing"), body=reference("Thing"), status=201), entity="things"
    )
    found = behaviour(service(paths, _SCHEMAS), "POST /register")
    assert isinstance(found, Create)
    assert (found.entity, found.fields) == ("Thing", ("name",))


@pytest.mark.parametrize(
    ("method", "action", "kind"), [("get", "read", Read), ("post", "update", Update), ("delete", "delete", Delete)]
)
def test_one_row_under_another_path(method: str, action: str, kind: type) -> None:
    made = operation(reference("Thing"), body=reference("Thing") if method == "post" else None)
    found = behaviour(
        service(_asked("/one/{id}", method, made, action=action, entity="Thing"), _SCHEMAS),
        f"{method.upper()} /one/{{id}}",
    )
    assert isinstance(found, kind)
    assert found.where == {"id": "id"}


def test_a_put_that_replaces_though_its_request_requires_nothing() -> None:
    request = record(name=TEXT)
    put = {**operation(reference("Thing"), body=request), "x-fountaingen-operation": {"action": "replace"}}
    paths = {**_PATHS, "/things/{id}": {**_PATHS["/things/{id}"], "put": put}}
    found = behaviour(service(paths, _SCHEMAS), "PUT /things/{id}")
    assert isinstance(found, Update)
    assert found.change is Change.REPLACE


def test_a_parameter_named_like_a_column_selects() -> None:
    paths = _asked("/numbered/{id}", "get", operation(many(reference("Thing"))), action="list", entity="Thing")
    found = behaviour(service(paths, _SCHEMAS), "GET /numbered/{id}")
    assert isinstance(found, ListRows)
    assert found.where == {"id": "id"}


@pytest.mark.parametrize(
    ("path", "asked", "message"),
    [
        ("/search", {"action": "list", "entity": "Thign"}, "there is no entity 'Thign'; did you mean 'Thing'?"),
        ("/search", {"action": "read", "entity": "Thing"}, "its path does not end in a parameter that tells one row"),
        ("/by/{colour}/{id}", {"action": "read", "entity": "Thing"}, "things has no column for 'colour'"),
    ],
)
def test_what_cannot_be_done_is_refused(path: str, asked: dict[str, str], message: str) -> None:
    with pytest.raises(Rejected) as rejected:
        service(_asked(path, "get", operation(many(reference("Thing"))), **asked), _SCHEMAS)
    (problem,) = rejected.value.problems
    assert problem.code == "FG141"
    assert problem.message.endswith(message)


def test_a_column_gets_the_name_it_is_given() -> None:
    thing = record("name", id=ID, name={"type": "string", "x-fountaingen-column": {"name": "full_title"}})
    found = entity(service(crud("/things", thing)), "things")
    assert found.by_wire["name"].name == "full_title"


def test_a_key_or_index_of_no_member_is_refused() -> None:
    thing = {**record("name", id=ID, name=TEXT), "x-fountaingen-table": {"primaryKey": "nmae", "unique": [["colour"]]}}
    with pytest.raises(Rejected) as rejected:
        service(crud("/things", reference("Thing")), {"Thing": thing})
    assert {problem.message for problem in rejected.value.problems} == {
        "'nmae' is no member of 'Thing'; did you mean 'name'?",
        "'colour' is no member of 'Thing'",
    }
