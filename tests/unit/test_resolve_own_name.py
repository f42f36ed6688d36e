"""References of a contract to itself, by the name of its file."""

from typing import Any

import pytest

from fountaingen.model import grammar
from fountaingen.model.document import Document
from fountaingen.stages.resolve import gather, resolve


def _bundled(schemas: dict[str, Any], version: str, more: dict[str, Document]) -> dict[str, Any]:
    answer = {"content": {"application/json": {"schema": {"$ref": "pets.yaml#/components/schemas/Pet"}}}}
    paths = {"/pets": {"get": {"responses": {"200": {"description": "Fine."} | answer}}}}
    head = {"openapi": version, "info": {"title": "Pets", "version": "1"}}
    data = head | {"paths": paths, "components": {"schemas": schemas}}
    entry = Document("specs/pets.yaml", data, b"", {})
    found = resolve("pets", entry, gather(entry, more.__getitem__)).data
    assert all(each.text.startswith("#") for each in grammar.references(found))
    schemas_found: dict[str, Any] = found["components"]["schemas"]
    return schemas_found


@pytest.mark.supports("document/$ref/own-file")
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("file", ["pets.yaml", "./pets.yaml", "../specs/pets.yaml", "%70ets.yaml"])
@pytest.mark.parametrize("others", [{}, {"specs/c.yaml": Document("specs/c.yaml", {"type": "string"}, b"", {})}])
def test_they_stay_local(file: str, version: str, others: dict[str, Document]) -> None:
    more = {"name": {"$ref": "c.yaml"}} if others else {}
    pet = {"type": "object", "properties": {"other": {"$ref": f"{file}#/components/schemas/Pet"}, **more}}
    found = _bundled({"Pet": pet}, version, others)
    assert found["Pet"]["properties"]["other"] == {"$ref": "#/components/schemas/Pet"}


def test_mappings_follow() -> None:
    cat = {"type": "object", "properties": {"kind": {"type": "string"}}}
    choice = {"propertyName": "kind", "mapping": {"cat": "pets.yaml#/components/schemas/Cat"}}
    pet = {"oneOf": [{"$ref": "pets.yaml#/components/schemas/Cat"}], "discriminator": choice}
    found = _bundled({"Cat": cat, "Pet": pet}, "3.1.0", {})
    assert found["Pet"]["discriminator"]["mapping"] == {"cat": "#/components/schemas/Cat"}
