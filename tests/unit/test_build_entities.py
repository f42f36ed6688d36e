"""Tables, columns, keys and references that contracts imply."""

from typing import Any

import pytest
from building import ID, NUMBER, TEXT, THING, at, column, crud, entity, many, operation, record, reference, service

from fountaingen.model.entity import ColumnType, Keeper
from fountaingen.model.problems import Rejected
from fountaingen.model.types import AnyJson, ListOf, PythonType, Scalar, View

_MOMENT = {"type": "string", "format": "date-time", "readOnly": True}


def _column_of(schema: Any, *, required: bool = False) -> Any:
    thing = record("id" + (" x" if required else ""), id=ID, x=schema)
    return column(service(crud("/things", thing)), "things", "x")


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        (TEXT, ColumnType.TEXT),
        ({"type": "string", "format": "date-time"}, ColumnType.TEXT),
        ({"enum": ["a", "b"]}, ColumnType.TEXT),
        ({"type": "boolean"}, ColumnType.BOOLEAN),
        ({"type": "integer"}, ColumnType.INTEGER),
        ({"type": "integer", "format": "int32"}, ColumnType.BIG_INTEGER),
        ({"type": "integer", "format": "int64"}, ColumnType.BIG_INTEGER),
        ({"type": "integer", "minimum": 0, "maximum": 9}, ColumnType.BIG_INTEGER),
        ({"type": "integer", "minimum": 0, "maximum": 2**64}, ColumnType.INTEGER),
        ({"type": "integer", "minimum": 0}, ColumnType.INTEGER),
        ({"type": "number"}, ColumnType.NUMBER),
        ({"type": ["integer", "number"]}, ColumnType.NUMBER),
        ({"type": ["string", "integer"]}, ColumnType.JSON),
        ({"type": ["string", "null"]}, ColumnType.TEXT),
        ({"type": ["boolean", "null"]}, ColumnType.BOOLEAN),
        (many(TEXT), ColumnType.JSON),
        (record(a=TEXT), ColumnType.JSON),
        (True, ColumnType.JSON),
        ({"type": ["string", "integer"], "x-fountaingen-column": {"type": "string"}}, ColumnType.TEXT),
    ],
)
def test_how_values_are_kept(schema: Any, type_: ColumnType) -> None:
    assert _column_of(schema).type is type_


def test_a_member_that_is_always_there_and_may_be_null() -> None:
    found = _column_of({"type": ["string", "null"]}, required=True)
    assert (found.type, found.nullable, found.shows_null) == (ColumnType.TEXT, True, True)


@pytest.mark.parametrize(("required", "nullable"), [(True, False), (False, True)])
def test_what_every_request_sends_is_not_null(required: bool, nullable: bool) -> None:
    assert _column_of(TEXT, required=required).nullable is nullable


@pytest.mark.parametrize(
    ("members", "key", "type_"),
    [
        ({"id": ID, "name": TEXT}, "id", ColumnType.KEY),
        ({"id": {"type": "string", "readOnly": True}, "name": TEXT}, "id", ColumnType.TEXT),
        ({"thingId": ID, "name": TEXT}, "thing_id", ColumnType.KEY),
        ({"uuid": {"type": "string"}, "name": TEXT}, "uuid", ColumnType.TEXT),
        ({"orderSid": {"type": "string", "readOnly": True}, "name": TEXT}, "order_sid", ColumnType.TEXT),
        ({"name": TEXT}, "id", ColumnType.KEY),
    ],
)
def test_the_key_of_a_resource(members: dict[str, Any], key: str, type_: ColumnType) -> None:
    thing = record("name", **members)
    made = service(
        {"/things": {"post": operation(reference("Thing"), body=reference("Thing"), status=201)}}, {"Thing": thing}
    )
    found = entity(made, "things")
    assert (found.key, found.by_name[found.key].type) == (key, type_)
    assert found.columns[0].name == key


def test_the_key_is_what_the_path_calls_it() -> None:
    thing = record("code", id=ID, code=TEXT)
    by_code = {
        "parameters": [{"name": "code", "in": "path", "required": True, "schema": TEXT}],
        "get": operation(thing),
    }
    paths = {"/things": {"post": operation(thing, body=thing, status=201)}, "/things/{code}": by_code}
    assert entity(service(paths), "things").key == "code"


def test_a_key_that_messages_do_not_show_is_hidden() -> None:
    memo = record("text", text=TEXT)
    found = entity(service({"/memos": {"post": operation(memo, body=memo, status=201)}}), "memos")
    assert (found.columns[0].wire, found.columns[0].type) == (None, ColumnType.KEY)


def test_moments_that_the_server_keeps() -> None:
    thing = record("name", id=ID, name=TEXT, createdAt=_MOMENT, updatedAt=_MOMENT, seenAt=_MOMENT)
    made = service(crud("/things", thing))
    keepers = [column(made, "things", name).keeper for name in ("created_at", "updated_at", "seen_at")]
    assert keepers == [Keeper.CREATED, Keeper.UPDATED, Keeper.CLIENT]


@pytest.mark.parametrize(("position", "order"), [("sequenceNumber", ("sequence_number", "id")), ("rank", ("id",))])
def test_rows_are_ordered_by_their_position(position: str, order: tuple[str, ...]) -> None:
    thing = record("name", id=ID, name=TEXT, **{position: NUMBER})
    assert entity(service(crud("/things", thing)), "things").order == order


def test_resources_of_one_schema_share_a_table() -> None:
    note = reference("Note")
    paths = {
        **crud("/authors", THING),
        **crud("/books", THING),
        "/authors/{authorId}/notes": {"post": operation(note, body=note, status=201)},
        "/books/{bookId}/notes": {"post": operation(note, body=note, status=201)},
    }
    found = entity(service(paths, {"Note": record("text", noteId=ID, text=TEXT)}), "notes")
    references = {each.name: each.references for each in found.columns if each.references}
    assert references == {"author_id": "authors", "book_id": "books"}
    assert all(found.by_name[name].nullable and found.by_name[name].index for name in references)


def test_a_reference_has_the_type_of_the_key_it_leads_to() -> None:
    document = record("id", id={"type": "string", "readOnly": True}, name=TEXT)
    page = record("text", pageId=ID, text=TEXT)
    paths = {
        "/documents": {"post": operation(document, body=document, status=201)},
        "/documents/{documentId}/pages": {
            "parameters": [{"name": "documentId", "in": "path", "required": True, "schema": TEXT}],
            "post": operation(page, body=page, status=201),
        },
    }
    assert column(service(paths), "pages", "document_id").type is ColumnType.TEXT


def test_references_close_no_circle() -> None:
    def pointing(to: str) -> dict[str, Any]:
        return record("name", id=ID, name=TEXT, other={"type": "integer", "x-fountaingen-column": {"references": to}})

    with pytest.raises(Rejected) as rejected:
        service({**crud("/ones", pointing("twos")), **crud("/twos", pointing("ones"))})
    (problem,) = rejected.value.problems
    assert problem.code == "FG140" and "leads back here" in problem.message


def test_a_reference_names_a_schema_or_a_table() -> None:
    def pointing(to: str) -> dict[str, Any]:
        return record("name", id=ID, name=TEXT, other={"type": "integer", "x-fountaingen-column": {"references": to}})

    paths = {**crud("/ones", pointing("Thing")), **crud("/things", reference("Thing"))}
    assert column(service(paths, {"Thing": THING}), "ones", "other").references == "things"


def test_a_table_that_is_declared() -> None:
    declared = {"name": "stock", "primaryKey": "code", "unique": [["name", "code"]], "indexes": ["name"]}
    thing = {
        **record("code", code=TEXT, name=TEXT),
        "x-fountaingen-table": {**declared, "columns": {"note": {"type": "string"}}},
    }
    made = service({"/things": {"post": operation(reference("T"), body=reference("T"), status=201)}}, {"T": thing})
    found = entity(made, "stock")
    assert (found.key, found.unique, found.indexes) == ("code", (("name", "code"),), (("name",),))
    assert (found.by_name["note"].wire, found.by_name["note"].type) == (None, ColumnType.TEXT)


def test_no_table_where_the_contract_says_so() -> None:
    thing = {**THING, "x-fountaingen-table": False}
    assert service(crud("/things", reference("Thing")), {"Thing": thing}).entities == ()


def test_columns_keep_clear_of_what_models_use() -> None:
    thing = record("id", id=ID, metadata=TEXT, str=TEXT, mapped_column=TEXT, text=TEXT)
    found = entity(service(crud("/things", thing)), "things")
    assert [each.name for each in found.columns] == ["id", "metadata_", "str_", "mapped_column_", "text"]


def test_a_member_without_a_name_is_kept() -> None:
    thing = record("id", **{"id": ID, "": TEXT})
    assert "" in entity(service(crud("/things", thing)), "things").by_wire


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        (TEXT, Scalar("str")),
        (many(NUMBER), ListOf(Scalar("int"))),
        (reference("Thing"), View("Thing")),
        (many(reference("Thing")), ListOf(View("Thing"))),
        (record(a=TEXT), View("GetResult")),
        (record(), AnyJson()),
        ({"type": ["string", "null"]}, AnyJson()),
        (True, AnyJson()),
    ],
)
def test_what_a_hook_answers(schema: Any, type_: PythonType) -> None:
    made = service({"/x": {"get": operation(schema, operationId="get")}}, {"Thing": THING})
    assert at(made, "GET /x").result == type_
