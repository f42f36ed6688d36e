"""Links whose parameters are constants, as the text of the standard allows and its meta-schemas do not."""

from typing import Any

import pytest

from fountaingen.model.document import Document
from fountaingen.stages.validate import validate


@pytest.mark.supports("response/links/constant-parameters")
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("constant", [5, True, {"a": [1]}, "text", "$response.body#/id"])
def test_a_link_gives_constants_of_any_type(version: str, constant: Any) -> None:
    link = {"operationId": "list", "parameters": {"size": constant}}
    size = {"name": "size", "in": "query", "schema": {}}
    answer = {"200": {"description": "Fine.", "links": {"again": link}}}
    data = {
        "openapi": version,
        "info": {"title": "Test", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "list", "parameters": [size], "responses": answer}}},
    }
    assert validate(Document("specs/test.json", data, b"", {}), {}) == ()
