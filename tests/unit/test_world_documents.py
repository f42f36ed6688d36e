"""Documents as the world writes them: later versions, odd names and paths, what is refused and what is waived."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fountaingen.model.document import Document
from fountaingen.model.problems import Severity, errors
from fountaingen.model.service import Service
from fountaingen.model.types import View
from fountaingen.stages.build import build
from fountaingen.stages.resolve import resolve
from fountaingen.stages.validate import validate

_GOLDEN = Path(__file__).parents[1] / "golden"


def _document(text: str) -> Document:
    return Document("any.yaml", yaml.safe_load(text), text.encode(), {})


def _service(text: str) -> Service:
    document = _document(text)
    assert not errors(validate(document, {}))
    return build(resolve("any", document, {}))


def _codes(text: str, severity: Severity = Severity.ERROR) -> list[str]:
    return [problem.code for problem in validate(_document(text), {}) if problem.severity is severity]


def _golden(name: str) -> Service:
    return _service((_GOLDEN / name / "specs" / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.supports("document/3.2")
@pytest.mark.supports("operation/query")
@pytest.mark.supports("operation/additionalOperations")
def test_operations_of_every_method_are_served() -> None:
    found = {(operation.method, operation.operation_id) for operation in _golden("later").operations}
    assert {("QUERY", "queryDoc"), ("COPY", "copyDoc"), ("LINK", "link /docs/{id}"), ("GET", "getDoc")} <= found


@pytest.mark.supports("document/$self")
def test_a_document_knows_its_own_address() -> None:
    remote = next(each for each in _golden("later").operations if each.operation_id == "getRemote")
    (schema,) = remote.responses[0].content.values()
    assert schema == {"$ref": "#/components/schemas/A"}


@pytest.mark.supports("document/components/mediaTypes")
def test_media_types_may_be_components() -> None:
    read = next(each for each in _golden("later").operations if each.operation_id == "getDoc")
    assert read.responses[0].content == {"application/json": {"$ref": "#/components/schemas/Doc"}}


@pytest.mark.supports("document/names")
def test_names_that_break_things_are_given_others() -> None:
    service = _golden("nasty")
    names = [operation.name for operation in service.operations]
    assert len(names) == len(set(names)) == 15
    assert all(name.isidentifier() and name.isascii() for name in names)
    assert {"class_", "init", "import_", "grosse"} <= set(names)


_PATHS = """
openapi: 3.1.1
info: {title: Paths, version: '1'}
paths: {}
"""


@pytest.mark.supports("document/no-paths")
@pytest.mark.supports("document/empty paths")
@pytest.mark.parametrize(
    "text",
    [
        _PATHS,
        _PATHS.replace("paths: {}", "webhooks: {h: {post: {responses: {'200': {description: ok}}}}}"),
        _PATHS.replace("paths: {}", "components: {schemas: {A: {type: object}}}"),
    ],
    ids=["empty", "webhooks only", "components only"],
)
def test_a_contract_without_operations_is_a_service_without_any(text: str) -> None:
    assert _service(text).operations == ()


_MULTIPART = """
openapi: 3.2.0
info: {title: Parts, version: '1'}
paths:
  /parts:
    post:
      requestBody: {content: {multipart/mixed: {prefixEncoding: [{contentType: text/plain}], WAIVER}}}
      responses: {'204': {description: fine}}
"""


@pytest.mark.refuses("request-body/multipart/prefixEncoding")
def test_what_is_not_supported_is_refused() -> None:
    assert _codes(_MULTIPART.replace(", WAIVER", "")) == ["FG116"]


@pytest.mark.supports("document/x-fountaingen-ignore")
def test_what_is_not_supported_can_be_waived_where_it_stands() -> None:
    assert _codes(_MULTIPART.replace("WAIVER", "x-fountaingen-ignore: [prefixEncoding]")) == []


@pytest.mark.refuses("document/jsonSchemaDialect/other than 2020-12")
def test_schemas_in_another_dialect_are_refused_as_a_whole() -> None:
    dialect = "jsonSchemaDialect: http://json-schema.org/draft-07/schema#\n"
    assert _codes(_PATHS + dialect) == ["FG116"]
    assert _codes(_PATHS + dialect + "x-fountaingen-ignore: [jsonSchemaDialect]\n") == []
    for known in ("https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"):
        assert _codes(f"{_PATHS}jsonSchemaDialect: {known}\n") == []


def test_a_waiver_without_a_reason_is_refused() -> None:
    waived = _MULTIPART.replace("WAIVER", "x-fountaingen-ignore: [prefixEncoding, itemSchema]")
    assert _codes(waived) == ["FG109"]


@pytest.mark.refuses("operation/additionalOperations/unregistered method")
@pytest.mark.parametrize("method", ["FETCH", "copy", "POST", "CONNECT"])
def test_methods_that_no_server_knows_are_refused(method: str) -> None:
    operations: dict[str, Any] = {
        "/a": {"additionalOperations": {method: {"responses": {"204": {"description": "x"}}}}}
    }
    text = yaml.safe_dump({"openapi": "3.2.0", "info": {"title": "a", "version": "1"}, "paths": operations})
    assert "FG116" in _codes(text)


_BREACHES = """
openapi: VERSION
info: {title: Breaches}
tags: [{name: a}, {name: a}]
unknown: 1
paths:
  /a/{id}:
    get:
      deprecated: 'yes'
      parameters:
      - {name: id, in: path, schema: {type: integer}}
      - {name: any, in: query}
      - {name: wrong, in: query, schema: {type: integer, default: abc, format: unheard-of}}
      responses:
        '200':
          content:
            application/json:
              schema: {type: object, required: [a, a], properties: {a: {type: string, required: true}}}
              example: 5
"""


@pytest.mark.supports("document/harmless breaches")
@pytest.mark.parametrize("version", ["3.0.3", "3.1.1", "3.2.0"])
def test_harmless_breaches_are_told_and_the_document_builds(version: str) -> None:
    text = _BREACHES.replace("VERSION", version)
    assert set(_codes(text, Severity.WARNING)) == {"FG101", "FG102", "FG103", "FG111"}
    service = _service(text)
    assert [parameter.required for parameter in service.operations[0].parameters] == [True, False, False]
    held = service.operations[0].responses[0].content["application/json"]
    assert "required" not in held["properties"]["a"]


def test_only_keywords_of_schemas_have_a_meaning_in_another_version() -> None:
    body = "{content: {type: [string, 'null']}}"
    assert _codes(_PATHS.replace("{}", f"{{/a: {{post: {{requestBody: {body}, responses: {{}}}}}}}}")) == ["FG101"]


_ENCODED = """
openapi: 3.0.3
info: {title: Encoded, version: '1'}
paths:
  /pages:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: &page {$ref: '#/components/schemas/REF'}}}}
components:
  schemas:
    NAME: {type: object, properties: {next: *page}}
"""


@pytest.mark.supports("schema/$ref")
@pytest.mark.parametrize(("name", "reference"), [("Page<Toy>", "Page%3CToy%3E"), ("a b", "a%20b"), ("50%", "50%25")])
def test_references_to_schemas_may_be_encoded(name: str, reference: str) -> None:
    service = _service(_ENCODED.replace("NAME", f"'{name}'").replace("REF", reference))
    ((own, schema),) = service.views.schemas.items()
    assert service.operations[0].result == View(own)
    assert schema["properties"]["next"]["$ref"] == f"#/$defs/{own}"
