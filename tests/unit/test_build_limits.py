"""Where inference stops: rows that could not be made, found or shown as a contract says; and spellings seen through."""

from typing import Any

import pytest
from building import ID, NUMBER, TEXT, THING, behaviour, crud, entity, many, operation, record, reference, service

from fountaingen.model.behaviour import Change, Create, ListRows, Missing, Read, Update, gap
from fountaingen.model.entity import ColumnType

_SLUG = {"name": "slug", "in": "path", "required": True, "schema": TEXT}


def _why(paths: dict[str, Any], route: str, schemas: dict[str, Any] | None = None) -> str:
    found = behaviour(service(paths, schemas), route)
    assert isinstance(found, Missing)
    return found.why


def test_an_answer_that_shows_nothing_of_the_request_is_no_row() -> None:
    made = service({"/searches": {"post": operation(record("ok", ok=TEXT), body=record(term=TEXT))}})
    assert isinstance(behaviour(made, "POST /searches"), Missing)
    assert made.entities == ()


def test_an_answer_with_parts_that_the_request_cannot_send_is_computed() -> None:
    sent = record("assets", assets=many(record("prices", prices=many(NUMBER))))
    shown = record("assets", assets=many(record("returns", returns=many(NUMBER))))
    assert "'assets'" in _why({"/returns": {"post": operation(shown, body=sent)}}, "POST /returns")


def test_an_answer_with_a_header_that_nothing_supplies() -> None:
    paths = crud("/things", THING)
    headers = {"ETag": {"required": True, "schema": TEXT}}
    paths["/things/{id}"]["get"]["responses"]["200"]["headers"] = headers
    assert "'ETag'" in _why(paths, "GET /things/{id}")


@pytest.mark.parametrize(
    ("name", "schema", "supplied"),
    [
        ("Location", TEXT, True),
        ("location", {"type": "string", "format": "uri"}, True),
        ("Location", {"type": "string", "pattern": "^https://"}, False),
        ("X-Request-Id", {"type": "string", "format": "uuid"}, True),
        ("Request-Id", {"type": "string", "maxLength": 8}, False),
        ("ETag", TEXT, False),
    ],
)
def test_a_required_header_that_the_runtime_gives(name: str, schema: Any, supplied: bool) -> None:
    paths = crud("/things", THING)
    paths["/things"]["post"]["responses"]["201"]["headers"] = {name: {"required": True, "schema": schema}}
    assert isinstance(behaviour(service(paths), "POST /things"), Create) is supplied


def test_a_required_location_of_what_nothing_reads() -> None:
    paths = crud("/things", THING)
    paths["/things"]["post"]["responses"]["201"]["headers"] = {"Location": {"required": True, "schema": TEXT}}
    del paths["/things/{id}"]["get"]
    assert "'Location'" in _why(paths, "POST /things")
    paths["/things"]["get"]["responses"]["200"]["headers"] = {"Location": {"required": True, "schema": TEXT}}
    assert "'Location'" in _why(paths, "GET /things")


@pytest.mark.parametrize(
    ("key", "suffices"),
    [
        (TEXT, True),
        ({"type": "string", "format": "uuid"}, True),
        ({"type": "string", "pattern": "^SK[0-9a-f]{32}$"}, True),
        ({"type": "string", "pattern": "^(SK|AC)[0-9a-f]{32}$"}, False),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, False),
        ({"type": "string", "pattern": "SK"}, False),
        ({"type": "string", "enum": ["a", "b"]}, False),
        ({"type": "string", "maxLength": 20}, True),
        ({"type": "string", "maxLength": 3}, False),
        ({"type": "string", "format": "ulid"}, True),
        ({"type": "string", "format": "date"}, False),
        ({"type": "integer", "minimum": 1}, True),
        ({"type": "integer", "minimum": 1000}, False),
    ],
)
def test_a_key_that_the_server_cannot_make_is_left_to_a_hook(key: Any, suffices: bool) -> None:
    shown = record("id", id={**key, "readOnly": True}, name=TEXT)
    made = service({"/things": {"post": operation(shown, body=record(name=TEXT), status=201)}})
    found = behaviour(made, "POST /things")
    assert isinstance(found, Create)
    assert (gap(found) is None) is suffices


def test_rows_that_no_message_tells_apart_are_not_read_alone() -> None:
    note = record("text", text=TEXT)
    item = {"parameters": [_SLUG], "get": operation(note)}
    created = {"/notes": {"post": operation(note, body=note, status=201)}, "/notes/{slug}": item}
    assert "one row of notes from another" in _why(created, "GET /notes/{slug}")
    put = service({"/notes/{slug}": {**item, "put": operation(note, body=note)}})
    assert isinstance(behaviour(put, "GET /notes/{slug}"), Read)
    assert entity(put, "notes").by_name["slug"].type is ColumnType.TEXT


def test_a_parameter_of_another_type_than_its_key_finds_nothing() -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"]["parameters"] = [{**_SLUG, "name": "id"}]
    assert "another type" in _why(paths, "GET /things/{id}")


def test_a_selection_that_only_its_name_explains() -> None:
    schemas = {"Thing": THING}
    paths = {**crud("/things", reference("Thing")), "/things/allowed": {"get": operation(many(reference("Thing")))}}
    assert _why(paths, "GET /things/allowed", schemas)


@pytest.mark.parametrize("prefix", ["v3", "v1.2", "api"])
def test_a_version_names_no_resource(prefix: str) -> None:
    paths = crud(f"/{prefix}/{{parent}}/things", THING) | {f"/{prefix}/{{parent}}": {"get": operation(THING)}}
    made = service(paths)
    assert [each.table for each in made.entities] == ["things"]
    assert isinstance(behaviour(made, f"GET /{prefix}/{{parent}}"), Missing)


def test_the_row_in_an_envelope_is_what_holds_the_key() -> None:
    wrapped = record("status", status=TEXT, data=reference("Thing"))
    paths = {
        "/things": {"post": operation(record(data=reference("Thing")), body=record(name=TEXT), status=201)},
        "/things/{id}": {"get": operation(record(data=reference("Thing")))},
    }
    made = service(paths, {"Thing": THING})
    read = behaviour(made, "GET /things/{id}")
    assert isinstance(read, Read)
    assert (read.answer.wrap, read.answer.members) == ("data", ("id", "name"))
    assert entity(made, "things").by_name["id"].wire == "id"
    paths["/things/{id}"] = {"get": operation(wrapped)}
    assert "'status'" in _why(paths, "GET /things/{id}", {"Thing": THING})


def test_members_are_one_column_however_messages_spell_them() -> None:
    shown = record("sid", sid={"type": ["string", "null"]}, friendly_name={"type": ["string", "null"]})
    paths = {
        "/Keys": {"get": operation(many(shown)), "post": operation(shown, body=record(FriendlyName=TEXT), status=201)},
        "/Keys/{Sid}": {"parameters": [{**_SLUG, "name": "Sid"}], "get": operation(shown)},
    }
    made = service(paths)
    table = entity(made, "keys")
    assert [column.name for column in table.columns] == ["sid", "friendly_name"]
    assert table.by_wire["FriendlyName"] is table.by_wire["friendly_name"]
    created = behaviour(made, "POST /Keys")
    assert isinstance(created, Create)
    assert created.fields == ("FriendlyName",)
    assert isinstance(behaviour(made, "GET /Keys"), ListRows)
    assert isinstance(behaviour(made, "GET /Keys/{Sid}"), Read)


@pytest.mark.parametrize(("body", "changes"), [(record(name=TEXT), True), (record(action=TEXT), False)])
def test_a_post_to_an_item_changes_it_where_nothing_else_does(body: Any, changes: bool) -> None:
    paths = crud("/things", THING)
    paths["/things/{id}"] = {"get": operation(THING), "post": operation(THING, body=body)}
    found = behaviour(service(paths), "POST /things/{id}")
    assert isinstance(found, Update) is changes
    assert not isinstance(found, Update) or found.change is Change.UPDATE


def test_null_stands_for_what_is_required_and_not_supplied() -> None:
    shown = record("id approval", id=ID, name=TEXT, approval={"type": ["object", "null"], "properties": {"by": TEXT}})
    made = service({"/things": {"post": operation(shown, body=record(name=TEXT), status=201)}})
    assert gap(behaviour(made, "POST /things")) is None
    assert entity(made, "things").by_name["approval"].shows_null


def test_a_table_that_nothing_uses_is_left_out() -> None:
    paths = {"/records": {"post": operation(many(record(x=TEXT)), body=record("term", term=TEXT))}}
    assert service(paths).entities == ()
