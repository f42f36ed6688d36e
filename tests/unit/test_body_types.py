"""What hooks are given as a body, by its media types."""

from typing import Any

import pytest
from building import NUMBER, TEXT, at, operation, record, reference, service

from fountaingen.model.service import Body
from fountaingen.model.types import UPLOAD, AnyJson, Binary, ListOf, OneOf, PythonType, Scalar, View
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.printing import body_type, viewed_body, wired_body

FILE = {"type": "string", "format": "binary"}
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
PET = reference("Pet")


def made(content: dict[str, Any], **more: Any) -> Any:
    """Return a service with one operation, whose body has these schemas by media type."""
    data = operation(status=204, **more)
    data["requestBody"] = {"required": True, "content": {kind: {"schema": each} for kind, each in content.items()}}
    return service({"/things": {"post": {"operationId": "send", **data}}}, {"Pet": record("name", name=TEXT)})


def body(content: dict[str, Any], **more: Any) -> Body:
    """Return the body of that operation."""
    found = at(made(content, **more), "POST /things").body
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"application/json": PET}, View("Pet")),
        ({"application/json": PET, "application/xml": PET, FORM: PET}, View("Pet")),
        ({"application/json": PET, "text/plain": TEXT}, OneOf((View("Pet"), Scalar("str")))),
        ({"application/json": PET, "image/png": {}}, OneOf((View("Pet"), Binary()))),
        ({"application/json": PET, FORM: record(n=NUMBER)}, AnyJson()),
        ({"application/json": {}, "text/plain": TEXT}, AnyJson()),
        (
            {"application/json": {"type": "array", "items": PET}, "image/*": FILE},
            OneOf((ListOf(View("Pet")), Binary())),
        ),
        ({"text/plain": NUMBER}, Scalar("int")),
        ({"text/csv": {}}, Scalar("str")),
        ({"text/csv": FILE}, Binary()),
        ({"application/yaml": TEXT}, Scalar("str")),
        ({"application/octet-stream": TEXT}, Binary()),
        ({"application/vnd.pet": PET}, View("Pet")),
        ({"*/*": {}}, OneOf((AnyJson(), Binary()))),
        ({"*/*": FILE}, Binary()),
        ({PARTS: PET}, View("Pet")),
        ({PARTS: record(file=FILE)}, View("SendBody")),
        ({"application/json-patch+json": {}, "application/merge-patch+json": PET}, AnyJson()),
        ({}, AnyJson()),
    ],
)
def test_types(content: dict[str, Any], expected: PythonType) -> None:
    assert body(content).type == expected


def test_a_form_with_files_has_a_class_of_its_own() -> None:
    form = record("file", file=FILE, files={"type": "array", "items": {}}, text=TEXT, pet=PET)
    built = made({PARTS: form})
    schema = built.views.schemas["SendBody"]
    assert schema["properties"] == {
        "file": {UPLOAD: True},
        "files": {"type": "array", "items": {UPLOAD: True}},
        "text": TEXT,
        "pet": {"$ref": "#/$defs/Pet"},
    }
    assert schema["required"] == ["file"]


def test_a_body_of_several_kinds_is_told_apart_where_it_is_handed_over() -> None:
    found = at(made({"application/json": PET, "text/plain": TEXT, "image/png": {}}), "POST /things")
    assert body_type(found, typed=True) == "schemas.Pet | str | Upload"
    assert body_type(found, typed=False) == "JsonObject | str | Upload"
    assert viewed_body(found) == "view(schemas.Pet, body) if isinstance(body, dict) else body"
    assert wired_body(found) == "wire(body) if isinstance(body, schemas.Pet) else body"


def test_files_are_strings_to_the_judge_and_counted() -> None:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, record(more={"type": "array", "maxItems": 2, "items": FILE})]
    }
    data = operation(status=204)
    data["requestBody"] = {"content": {PARTS: {"schema": schema}}}
    base = record("file", file={**FILE, "minLength": 9, "pattern": "^x"})
    built = service({"/things": {"post": {"operationId": "send", **data}}}, {"Base": base})
    told = contract_data(built).operations["operations"]["send"]["body"]["content"][PARTS]
    assert told["members"]["file"] == {"kind": "binary", "minLength": 9}
    assert "minLength" not in str(told["schema"]) and "'maxItems': 2" in str(told["schema"])


@pytest.mark.supports("document/x-fountaingen-operation/maxBodyBytes")
def test_an_operation_bounds_its_body() -> None:
    built = made({"application/json": PET}, **{"x-fountaingen-operation": {"maxBodyBytes": 7}})
    assert contract_data(built).operations["operations"]["send"]["body"]["limit"] == 7
    assert at(built, "POST /things").extension == {}
