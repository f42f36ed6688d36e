"""Documents as they lie on a disk, built as ``build`` builds them: what their services do and serve."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from answering import application, ask

from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover
from fountaingen.runtime.application import Service
from fountaingen.runtime.contract import Contract

OLD_SIZE = {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True, "example": 3}
NEW_SIZE = {"type": ["integer", "null"], "exclusiveMinimum": 0, "example": 3}
# file, version, what a size is in the words of that version
FILES = {
    "old": ("old.yaml", "3.0.4", OLD_SIZE),
    "new": ("new.json", "3.1.1", NEW_SIZE),
}


def _written(name: str, version: str, size: dict[str, Any]) -> dict[str, Any]:
    thing = {"type": "object", "required": ["size"], "properties": {"size": size}, "x-of-a-schema": [size]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"size": 4}}}
    post = {
        "tags": ["odd", "even"],
        "deprecated": True,
        "x-of-an-operation": {"required": ["size"], "$ref": "nowhere.yaml"},
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "The same.", "content": content, "x-of-a-response": None}},
    }
    return {
        "openapi": version,
        "info": {"title": "Things", "version": "1", "x-of-info": 1},
        "servers": [
            {
                "url": f"https://{{region}}.{name}.example.org",
                "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}},
            },
            {"url": "http://localhost:8077", "description": "Here.", "x-of-a-server": True},
        ],
        "tags": [
            {"name": "odd", "description": "*Odd* ones.", "externalDocs": {"url": "https://example.org"}},
            {"name": "unused"},
        ],
        "paths": {"/things": {"x-of-a-path": "a", "post": post}, "x-of-paths": {"get": 5}},
        "components": {"schemas": {"Thing": thing}},
        "x-of-the-document": {"paths": {"/no": {"get": {}}}},
    }


WRITTEN = {name: _written(name, version, size) for name, (_, version, size) in FILES.items()}


async def _same(_call: Any, body: Any) -> Any:
    return body


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    """The service of each file, on the contract data that a build writes for it."""
    root = tmp_path_factory.mktemp("project")
    (root / "specs").mkdir()
    for name, (file, *_) in FILES.items():
        dump = json.dumps if file.endswith(".json") else yaml.safe_dump
        (root / "specs" / file).write_text(dump(WRITTEN[name]), encoding="utf-8")
    project = Project(root, Settings())
    for path, data in compile_project(project, discover(project, ())).tree.files.items():
        place = root / "out" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return {name: application(_loaded(root / "out" / name), {"POST /things": _same}) for name in FILES}


def _loaded(folder: Path) -> Contract:
    return Contract.load(folder / "app" / "contract")


def _marked(name: str, *features: str) -> Any:
    return pytest.param(name, marks=[pytest.mark.supports(feature) for feature in features], id=name)


@pytest.mark.supports("operation/no-operationId")
@pytest.mark.parametrize(
    "name", [_marked("old", "document/3.0", "document/yaml"), _marked("new", "document/3.1", "document/json")]
)
def test_a_document_means_what_its_version_says(services: dict[str, Service], name: str) -> None:
    def statuses(*sizes: Any) -> list[int]:
        sent = [json.dumps({"size": size}) for size in sizes]
        return [ask(services[name], "POST", "/things", body=body).status for body in sent]

    assert statuses(None, 1, 10**30) == [200, 200, 200]
    assert statuses(0, -1, "1") == [422, 422, 422]


@pytest.mark.parametrize("name", FILES)
def test_a_document_is_served_as_it_is_written(services: dict[str, Service], name: str) -> None:
    assert ask(services[name], "GET", "/openapi.json").json == WRITTEN[name]
    assert yaml.safe_load(ask(services[name], "GET", "/openapi.yaml").body) == WRITTEN[name]


@pytest.mark.supports("document/servers")
@pytest.mark.supports("document/tags")
@pytest.mark.supports("operation/deprecated")
@pytest.mark.supports("schema/example")
@pytest.mark.parametrize("name", FILES)
def test_what_tells_people_is_served_and_refuses_nobody(services: dict[str, Service], name: str) -> None:
    served = ask(services[name], "GET", "/openapi.json").json
    operation = served["paths"]["/things"]["post"]
    urls = [server["url"] for server in served["servers"]]
    assert urls == [f"https://{{region}}.{name}.example.org", "http://localhost:8077"]
    assert ([tag["name"] for tag in served["tags"]], operation["tags"]) == (["odd", "unused"], ["odd", "even"])
    assert served["components"]["schemas"]["Thing"]["properties"]["size"]["example"] == 3
    assert operation["deprecated"] is True
    assert ask(services[name], "POST", "/things", body='{"size": 5}').json == {"size": 5}


@pytest.mark.supports("document/extensions")
@pytest.mark.parametrize("name", FILES)
def test_extensions_are_data_that_mean_nothing(services: dict[str, Service], name: str) -> None:
    service = services[name]
    served = ask(service, "GET", "/openapi.json").json
    thing, item = served["components"]["schemas"]["Thing"], served["paths"]["/things"]
    found = [served["info"], served["servers"][1], served["paths"], item, item["post"], served, thing]
    assert [[key for key in each if key.startswith("x-")] for each in found] == [
        ["x-of-info"],
        ["x-of-a-server"],
        ["x-of-paths"],
        ["x-of-a-path"],
        ["x-of-an-operation"],
        ["x-of-the-document"],
        ["x-of-a-schema"],
    ]
    assert item["post"]["x-of-an-operation"]["$ref"] == "nowhere.yaml"
    assert [ask(service, "GET", path).status for path in ("/no", "/x-of-paths")] == [404, 404]
