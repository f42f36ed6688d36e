"""What operations do by convention, one small contract a rule."""

from typing import Any

import pytest
from building import ID, NUMBER, TEXT, THING, at, behaviour, crud, many, operation, record, service

from fountaingen.model.behaviour import (
    Change,
    Constant,
    Create,
    Delete,
    Envelope,
    ListRows,
    Missing,
    Paging,
    Read,
    Require,
    Update,
    gap,
)

_PATCH = many(record("op path", op=TEXT, path=TEXT))


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("GET /things", ListRows),
        ("POST /things", Create),
        ("GET /things/{id}", Read),
        ("PUT /things/{id}", Update),
        ("DELETE /things/{id}", Delete),
    ],
)
def test_the_usual_five(route: str, kind: type) -> None:
    assert isinstance(behaviour(service(crud("/things", THING)), route), kind)


def test_a_row_is_created_of_what_the_client_may_set() -> None:
    found = behaviour(service(crud("/things", THING)), "POST /things")
    assert isinstance(found, Create)
    assert (found.fields, found.answer.members, found.given, found.lacking) == (("name",), ("id", "name"), {}, ())


def test_an_answer_that_needs_what_nothing_supplies() -> None:
    answer = record("id weight", id=ID, weight=NUMBER, name=TEXT)
    made = service({"/things": {"post": operation(answer, body=record("name", name=TEXT), status=201)}})
    assert gap(behaviour(made, "POST /things")) == "its answer requires 'weight', which nothing supplies"


def _put(request: Any, *, post: bool = True, status: int = 200) -> Update:
    item = {"put": operation(THING, body=request, status=status)}
    collection = {"post": operation(THING, body=THING, status=201)} if post else {}
    found = behaviour(service({"/things": collection, "/things/{id}": item}), "PUT /things/{id}")
    assert isinstance(found, Update)
    return found


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (_put(record("name", name=TEXT)), Change.REPLACE),
        (_put(record(name=TEXT)), Change.UPDATE),
        (_put(record("name", name=TEXT), post=False), Change.PUT),
        (_put(record("name", name=TEXT), status=201), Change.PUT),
    ],
)
def test_the_kinds_of_put(found: Update, change: Change) -> None:
    assert found.change is change
    assert found.fields == ("name",)
    assert found.where == {"id": "id"}


@pytest.mark.parametrize(
    ("media_type", "body", "change"),
    [
        ("application/json", record(name=TEXT), Change.MERGE_PATCH),
        ("application/merge-patch+json", record(name=TEXT), Change.MERGE_PATCH),
        ("application/json-patch+json", _PATCH, Change.JSON_PATCH),
    ],
)
def test_the_kinds_of_patch(media_type: str, body: Any, change: Change) -> None:
    patch = operation(THING, body=body)
    patch["requestBody"]["content"] = {media_type: {"schema": body}}
    paths = {"/things": {"post": operation(THING, body=THING, status=201)}, "/things/{id}": {"patch": patch}}
    found = behaviour(service(paths), "PATCH /things/{id}")
    assert isinstance(found, Update)
    assert found.change is change


@pytest.mark.parametrize(
    ("answer", "acknowledgement", "members"),
    [
        (None, None, ()),
        (THING, None, ("id", "name")),
        (record("message", message=TEXT), {"message": "deleted"}, ()),
        (record("success", success={"type": "boolean"}), {"success": True}, ()),
        (record("status", status={"enum": ["kept", "deleted"]}), {"status": "deleted"}, ()),
        (record("done", done={"const": 7}), {"done": 7}, ()),
    ],
)
def test_what_is_said_of_a_row_that_is_gone(answer: Any, acknowledgement: Any, members: tuple[str, ...]) -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"]["delete"] = operation(answer, status=200 if answer else 204)
    found = behaviour(service(paths), "DELETE /things/{id}")
    assert isinstance(found, Delete)
    assert (found.acknowledgement, found.answer.members) == (acknowledgement, members)


@pytest.mark.parametrize(
    ("query", "paging"),
    [
        ({"limit": NUMBER, "offset": NUMBER}, Paging(limit="limit", offset="offset")),
        ({"per_page": NUMBER, "page": NUMBER}, Paging(limit="per_page", page="page")),
        ({"size": NUMBER, "skip": NUMBER}, Paging(limit="size", offset="skip")),
        ({"pageToken": TEXT, "maxResults": NUMBER}, Paging(limit="max_results", cursor="page_token")),
        ({"limit": TEXT}, Paging()),
    ],
)
def test_paging(query: dict[str, Any], paging: Paging) -> None:
    found = _listed(query)
    assert found.paging == paging


def _listed(query: dict[str, Any], answer: Any = None, thing: Any = THING) -> ListRows:
    paths = crud("/things", thing)
    paths["/things"]["get"] = operation(answer or many(thing), query=query)
    found = behaviour(service(paths), "GET /things")
    assert isinstance(found, ListRows)
    return found


def test_parameters_that_are_called_like_columns_filter() -> None:
    thing = record("name", id=ID, name=TEXT, inStock={"type": "boolean"}, tags=many(TEXT), size=NUMBER)
    query = {
        "name": many(TEXT),
        "in_stock": {"type": "boolean"},
        "size": NUMBER,
        "colour": TEXT,
        "tags": TEXT,
        "id": TEXT,
    }
    found = _listed(query, thing=thing)
    assert found.where == {"name": "name", "in_stock": "in_stock", "size": "size"}
    assert found.unused == ("colour", "tags", "id")
    assert found.paging == Paging()


def test_names_of_another_alphabet_filter_their_own_column() -> None:
    thing = record("名", id=ID, 名=TEXT, 色=TEXT)
    found = _listed({"色": TEXT, "数": TEXT}, thing=thing)
    assert list(found.where.values()) == ["parameter_2"]
    assert found.unused == ("数",)


def test_sorting() -> None:
    found = _listed({"sort": TEXT, "order": {"type": "string", "enum": ["asc", "desc"]}})
    assert (found.sort, found.descending) == ("sort", "order")
    assert _listed({"order": TEXT}).unused == ("order",)


@pytest.mark.parametrize(
    ("members", "query", "expected"),
    [
        ({"total": NUMBER}, {}, {"total": "total"}),
        ({"totalCount": NUMBER, "limit": NUMBER}, {"limit": NUMBER}, {"totalCount": "total", "limit": "limit"}),
        ({"limit": NUMBER}, {}, {}),
        (
            {"next": TEXT, "hasMore": {"type": "boolean"}},
            {"cursor": TEXT, "limit": NUMBER},
            {"next": "next-or-absent", "hasMore": "more"},
        ),
        ({"next": {"type": ["string", "null"]}}, {"cursor": TEXT, "limit": NUMBER}, {"next": "next"}),
        ({"total": TEXT}, {}, {}),
    ],
)
def test_the_object_around_a_list(members: dict[str, Any], query: dict[str, Any], expected: dict[str, str]) -> None:
    answer = record("items", items=many(THING), **members)
    assert _listed(query, answer).envelope == Envelope("items", expected)


def test_a_member_around_a_list_that_nothing_supplies() -> None:
    paths = crud("/things", THING)
    paths["/things"]["get"] = operation(record("items checksum", items=many(THING), checksum=TEXT))
    assert behaviour(service(paths), "GET /things") == Missing("the answer requires 'checksum', which nothing supplies")


def test_a_row_in_an_object_of_its_own() -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"]["get"] = operation(record("thing", thing=THING))
    found = behaviour(service(paths), "GET /things/{id}")
    assert isinstance(found, Read)
    assert (found.answer.wrap, found.answer.members) == ("thing", ("id", "name"))


def test_some_members_of_a_row() -> None:
    made = service({**crud("/things", THING), "/things/{id}/label": {"get": operation(record(name=TEXT))}})
    found = behaviour(made, "GET /things/{id}/label")
    assert isinstance(found, Read)
    assert found.answer.members == ("name",)


def test_children_have_a_parent_that_must_be_there() -> None:
    part = record("text", partId=ID, text=TEXT)
    paths = {
        **crud("/things", THING),
        "/things/{thingId}/parts": {"get": operation(many(part)), "post": operation(part, body=part, status=201)},
        "/things/{thingId}/parts/{partId}": {"get": operation(part)},
    }
    made = service(paths)
    created = behaviour(made, "POST /things/{thingId}/parts")
    assert isinstance(created, Create)
    assert created.given == {"thing_id": "thing_id"}
    (required,) = created.requires
    assert required.where == {"id": "thing_id"}
    listed = behaviour(made, "GET /things/{thingId}/parts")
    assert isinstance(listed, ListRows)
    assert listed.where == {"thing_id": "thing_id"}
    read = behaviour(made, "GET /things/{thingId}/parts/{partId}")
    assert isinstance(read, Read)
    assert read.where == {"part_id": "part_id", "thing_id": "thing_id"}
    assert isinstance(required, Require)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (record("status", status=TEXT), {"status": "ok"}),
        (record("status", status={"enum": ["DOWN", "UP"]}), {"status": "UP"}),
        (record(alive={"type": "boolean"}), {"alive": True}),
    ],
)
def test_health(answer: Any, value: dict[str, Any]) -> None:
    found = behaviour(service({"/health": {"get": operation(answer)}}), "GET /health")
    assert isinstance(found, Constant)
    assert found.value == value


@pytest.mark.parametrize(
    ("paths", "route"),
    [
        (
            {"/things/reorder": {"post": operation(status=204, body=record("ids", ids=many(NUMBER)))}},
            "POST /things/reorder",
        ),
        ({"/things/{id}:print": {"post": operation(status=204)}}, "POST /things/{id}:print"),
        ({"/things": {**crud("/things", THING)["/things"], "delete": operation(status=204)}}, "DELETE /things"),
        ({"/search": {"get": operation(many(record(score=NUMBER)))}}, "GET /search"),
        ({"/": {"get": operation(TEXT)}}, "GET /"),
    ],
)
def test_what_follows_from_nothing_needs_a_hook(paths: dict[str, Any], route: str) -> None:
    found = behaviour(service(paths), route)
    assert isinstance(found, Missing)
    assert found.why


@pytest.mark.parametrize(
    ("operation_id", "name", "class_name"),
    [
        ("listThings", "list_things", "ListThings"),
        ("list", "list_", "List"),
        ("import", "import_", "Import"),
        ("view", "view_", "View"),
        ("reply", "reply", "Reply2"),
        ("hook", "hook", "Hook2"),
        ("get-thing", "get_thing", "GetThing"),
    ],
)
@pytest.mark.supports("operation/operationId")
def test_operations_keep_their_own_words(operation_id: str, name: str, class_name: str) -> None:
    made = service({"/things": {"get": operation(many(THING), operationId=operation_id)}})
    assert (at(made, "GET /things").name, at(made, "GET /things").class_name) == (name, class_name)


def test_contexts_and_protocols_are_told_apart() -> None:
    paths = {
        "/a": {"get": operation(operationId="getSession")},
        "/b": {"get": operation(operationId="getSessionContext")},
    }
    classes = [each.class_name for each in service(paths).operations]
    assert classes == ["GetSession", "GetSessionContextOperation"]


def test_arguments_are_told_apart_from_what_functions_use() -> None:
    query = {"body": TEXT, "view": TEXT, "list": TEXT, "from": TEXT, "From": TEXT, "id": TEXT}
    made = service({"/things": {"get": operation(many(THING), query=query)}})
    arguments = [each.argument for each in at(made, "GET /things").parameters]
    assert arguments == ["body_", "view_", "list_", "from_2", "from_", "id"]
