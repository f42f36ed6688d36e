"""Messages around rows: requests in an object, deletions that say more, lists of constants, and how pages count."""

from typing import Any

import pytest
from building import ID, NUMBER, TEXT, THING, at, behaviour, crud, many, operation, record, service

from fountaingen.model.behaviour import Change, Create, Delete, ListRows, Missing, Paging, Statuses, Update, demand, gap
from fountaingen.model.service import Service

_WRAPPED = record("thing", thing=record("name", name=TEXT))
_ANSWER = record("thing", thing=THING, links=record(self=TEXT))


def _wrapped(request: Any = _WRAPPED) -> Service:
    item = {"get": operation(_ANSWER), "patch": operation(_ANSWER, body=request), "delete": operation(status=204)}
    return service({"/things": {"post": operation(_ANSWER, body=request, status=201)}, "/things/{id}": item})


@pytest.mark.supports("request-body/enveloped")
def test_a_request_may_hold_its_row_in_a_member() -> None:
    made = _wrapped()
    created, changed = behaviour(made, "POST /things"), behaviour(made, "PATCH /things/{id}")
    assert isinstance(created, Create)
    assert isinstance(changed, Update)
    assert (created.within, created.fields, created.answer.wrap) == ("thing", ("name",), "thing")
    assert (changed.within, changed.fields, changed.answer.wrap) == ("thing", ("name",), "thing")


def test_a_request_with_more_than_its_row_is_not_understood() -> None:
    request = record("thing notify", thing=record("name", name=TEXT), notify={"type": "boolean"})
    assert isinstance(behaviour(_wrapped(request), "POST /things"), Missing)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ({"deleted": {"type": "boolean", "enum": [True]}}, {"deleted": True}),
        ({"deleted": {"type": "boolean"}, "object": {"const": "thing"}}, {"deleted": True, "object": "thing"}),
    ],
)
def test_a_deletion_says_which_row_and_that_it_is_gone(rest: Any, said: Any) -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"]["delete"] = operation(record(f"id {' '.join(rest)}", id=ID, **rest))
    found = behaviour(service(paths), "DELETE /things/{id}")
    assert isinstance(found, Delete)
    assert (found.answer.members, found.acknowledgement) == (("id",), said)


def test_a_deletion_that_answers_null() -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"]["delete"] = operation(record("results", results={"type": "null"}))
    found = behaviour(service(paths), "DELETE /things/{id}")
    assert isinstance(found, Delete)
    assert found.acknowledgement == {"results": None}


def test_a_list_has_members_of_one_value() -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(record("object data", object={"enum": ["list"]}, data=many(THING)))
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert found.envelope is not None
    assert found.envelope.constants == {"object": "list"}


@pytest.mark.parametrize(
    ("page", "first"),
    [(NUMBER, 1), ({**NUMBER, "minimum": 0}, 0), ({**NUMBER, "default": 0}, 0), ({**NUMBER, "minimum": 1}, 1)],
)
def test_pages_count_from_where_the_contract_does(page: Any, first: int) -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(many(THING), query={"page": page, "limit": NUMBER})
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert found.paging == Paging(limit="limit", page="page", first=first)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Order"},
        {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
        {"type": ["string", "null"], "enum": ["popularity", None]},
        {"type": "string", "const": "popularity"},
        {"type": "string", "anyOf": [{"enum": ["name"]}, {"enum": ["popularity"]}]},
        {"type": "string", "enum": ["name:up"]},
        {"type": "string", "enum": ["--name"]},
    ],
)
def test_an_order_that_rows_do_not_have_is_none_however_it_is_declared(schema: Any) -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(many(THING), query={"sort": schema})
    made = service(paths, {"Order": {"type": "string", "enum": ["name", "popularity"]}})
    found = behaviour(made, "GET /things")
    assert isinstance(found, ListRows)
    assert (found.sort, found.unused) == (None, ("sort",))


@pytest.mark.parametrize(("status", "refuses"), [("400", True), ("4XX", True), ("default", True), ("404", False)])
def test_a_list_refuses_an_order_where_the_contract_says_how(status: str, refuses: bool) -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(many(THING), query={"sort": TEXT})
    paths["/things"]["get"]["responses"][status] = {"description": "An error."}
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert found.refuses is refuses


@pytest.mark.parametrize(("query", "sort"), [({}, "sort"), ({"cursor": TEXT}, None)])
def test_a_page_can_end_only_where_its_rows_tell(query: dict[str, Any], sort: str | None) -> None:
    paths = crud("/things", record("name", id=ID, name=TEXT, age=NUMBER))
    choices = {"type": "string", "enum": ["age", "name"]}
    paths["/things"]["get"] = operation(many(THING), query={"sort": choices, "limit": NUMBER, **query})
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert found.sort == sort


def test_rows_that_do_not_show_their_key_are_not_paged_by_cursors() -> None:
    paths = crud("/things", THING)
    query = {"cursor": TEXT, "limit": NUMBER}
    paths["/things"]["get"] = operation(many(record("name", name=TEXT)), query=query)
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert (found.paging, found.unused) == (Paging(limit="limit"), ("cursor",))


@pytest.mark.parametrize(("choices", "sort"), [(["name", "-name"], "sort"), (["name", "age"], None)])
def test_a_list_sorts_by_all_that_is_offered_or_by_nothing(choices: list[str], sort: str | None) -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(many(THING), query={"sort": {"type": "string", "enum": choices}})
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    assert found.sort == sort


@pytest.mark.supports("operation/PUT/creates")
@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ({200: THING, 201: THING}, Statuses(201, 200)),
        ({201: THING, 204: None}, Statuses(201, 204)),
        ({200: THING, 201: None}, Statuses(201, 200)),
        ({201: THING}, None),
        ({200: THING}, None),
    ],
)
def test_a_put_tells_created_from_replaced(statuses: Any, told: Statuses | None) -> None:
    put = operation(body=THING)
    put["responses"] = {
        str(status): operation(schema, status=status)["responses"][str(status)] for status, schema in statuses.items()
    }
    found = behaviour(service({"/things/{id}": {"put": put, "get": operation(THING)}}), "PUT /things/{id}")
    assert isinstance(found, Update)
    assert (found.change, found.statuses) == (Change.PUT, told)
    assert found.answer.members == ("id", "name")


def test_a_put_whose_answers_show_different_members() -> None:
    put = operation(THING, body=THING)
    put["responses"]["201"] = operation(record("name", name=TEXT), status=201)["responses"]["201"]
    made = service({"/things/{id}": {"put": put, "get": operation(THING)}})
    assert gap(behaviour(made, "PUT /things/{id}")) == "its answers 201 and 200 show different members"


def test_a_put_of_the_collection_changes_the_row_that_it_names() -> None:
    sent = record("id name", id=NUMBER, name=TEXT)
    paths = crud("/things", sent)
    paths["/things"]["put"] = operation(sent, body=sent)
    found = behaviour(service(paths), "PUT /things")
    assert isinstance(found, Update)
    assert (found.change, found.keyed, found.fields) == (Change.REPLACE, ("id", "id"), ("name",))


def test_an_extension_that_names_the_format_is_no_part_of_the_resource() -> None:
    collection = {"get": operation(many(THING)), "post": operation(THING, body=THING, status=201)}
    made = service({"/things.json": collection, "/things/{id}.json": {"get": operation(THING)}})
    assert gap(behaviour(made, "GET /things/{id}.json")) is None
    assert at(made, "GET /things/{id}.json").path == "/things/{id}.json"


def _optional(schema: Any, method: str, status: int = 200) -> dict[str, Any]:
    made = operation(schema, body=schema, status=status)
    del made["requestBody"]["required"]
    return {method: made}


@pytest.mark.parametrize(
    ("sent", "demands"),
    [
        (record("name", id=ID, name=TEXT), "'name'"),
        (record("name", id=ID, name={"type": ["string", "null"]}), None),
        (record("id", id=TEXT, name=TEXT), None),
        (record(id=ID, name=TEXT), None),
    ],
)
def test_an_optional_body_that_a_row_cannot_be_made_without(sent: Any, demands: str | None) -> None:
    item = {"get": operation(sent), **_optional(sent, "put"), **_optional(sent, "patch")}
    if sent["properties"]["id"] == TEXT:
        item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
    made = service({"/things": _optional(sent, "post", 201), "/things/{id}": item})
    for route in ("POST /things", "PUT /things/{id}"):
        found = demand(behaviour(made, route))
        assert (found is None) if demands is None else (found is not None and demands in found)
    assert demand(behaviour(made, "PATCH /things/{id}")) is None
    assert demand(behaviour(service(crud("/things", sent)), "POST /things")) is None
