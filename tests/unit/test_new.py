"""A new contract is valid for any name, gets a port of its own, and never replaces anything."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import typer
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from fountaingen.commands.new import new, write_spec
from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings
from fountaingen.project import Project, discover
from fountaingen.starter.contract import default_resource, new_spec, next_port

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(default_resource)
THINGS = st.from_regex(r"[A-Z][A-Za-z0-9]{0,20}", fullmatch=True)
AWKWARD = ["no", "on", "y", "yes", "null", "true", "off", "errors", "class", "nones", "x1", "null_values", "a_1"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, Settings())


def written(project: Project, name: str, resource: str | None = None) -> dict[str, Any]:
    loaded = yaml.safe_load(write_spec(project, name, resource).read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@settings(max_examples=25, deadline=None)
@given(NAMES, THINGS, st.integers(1, 65535))
def test_every_name_gives_a_valid_contract(name: str, thing: str, port: int) -> None:
    if thing.lower() in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}:
        return
    spec = yaml.safe_load(new_spec(name, thing, port))
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []
    assert spec["servers"][0]["url"] == f"http://localhost:{port}"
    ids = [operation["operationId"] for path in spec["paths"].values() for operation in operations(path)]
    assert len(ids) == len(set(ids)) == 5
    assert {type(key) for key in spec["components"]["schemas"]} == {str}


def operations(path: dict[str, Any]) -> list[dict[str, Any]]:
    return [value for key, value in path.items() if key in ("get", "put", "post", "delete")]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_are_valid_or_refused_with_a_remedy(project: Project, name: str) -> None:
    try:
        spec = written(project, name)
    except Rejected as rejected:
        assert all(problem.remedy for problem in rejected.problems)
        assert not project.specs.exists()
        spec = written(project, name, "Thing")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []
    assert isinstance(spec["info"]["title"], str)
    assert all(isinstance(tag["name"], str) for tag in spec["tags"])


def test_examples_fit_their_schemas_and_errors_are_declared() -> None:
    spec = yaml.safe_load(new_spec("orders", "Order", 8001))
    schemas = spec["components"]["schemas"]

    def fits(value: object, schema: dict[str, Any]) -> bool:
        return jsonschema_rs.validator_for({**schema, "components": spec["components"]}).is_valid(value)

    def followed(part: dict[str, Any]) -> dict[str, Any]:
        found: Any = spec
        for token in part.get("$ref", "#").split("/")[1:]:
            found = found[token]
        return found if "$ref" in part else part

    checked = 0
    for path in spec["paths"].values():
        for operation in operations(path):
            assert {"400", "401", "500"} < set(operation["responses"])
            bodies = [operation.get("requestBody", {}), *map(followed, operation["responses"].values())]
            for body in bodies:
                for content in body.get("content", {}).values():
                    for example in content["examples"].values():
                        assert fits(followed(example)["value"], content["schema"])
                        checked += 1
    assert checked > 20
    assert not fits({"name": ""}, schemas["OrderInput"])
    assert list(spec["paths"]) == ["/orders", "/orders/{orderId}"]
    assert spec["security"] == [{"apiKeyAuth": []}]


@pytest.mark.parametrize(
    ("name", "resource"),
    [("orders", "Order"), ("order_items", "OrderItem"), ("categories", "Category"), ("boxes", "Box"), ("bus", "Bus")],
)
def test_the_resource_is_the_singular_of_the_name(name: str, resource: str) -> None:
    assert default_resource(name) == resource


def test_several_words_keep_their_capitals(project: Project) -> None:
    spec = written(project, "stock", "StockEntry")
    assert list(spec["paths"]) == ["/stockEntries", "/stockEntries/{stockEntryId}"]
    assert "stock entries" in spec["info"]["description"]


def test_the_port_is_the_first_that_no_contract_names(project: Project) -> None:
    assert next_port([]) == 8001
    assert next_port(["url: http://localhost:8001\n", "http://127.0.0.1:8002/v1", "http://localhost:9000"]) == 8003
    ports = [written(project, name)["servers"][0]["url"][-4:] for name in ("one", "two", "three")]
    assert ports == ["8001", "8002", "8003"]


def test_what_is_written_is_found_as_a_contract(project: Project) -> None:
    write_spec(project, "orders")
    assert [source.name for source in discover(project, ())] == ["orders"]


@pytest.mark.parametrize("taken", ["orders.yaml", "orders_openapi.json", "orders/openapi.yml"])
def test_a_service_that_has_a_contract_is_left_alone(project: Project, taken: str) -> None:
    path = project.specs / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(Rejected) as caught:
        write_spec(project, "orders")
    assert caught.value.problems[0].place.path == f"specs/{taken}"
    assert path.read_text() == "mine"
    assert [found for found in project.specs.rglob("*") if found.is_file()] == [path]


@pytest.mark.parametrize("name", ["", "Orders", "or-ders", "1st", "../up", "a b", "a\n", "_x", "a" * 61, "__", "ö"])
def test_a_name_that_is_none_is_refused(project: Project, name: str) -> None:
    with pytest.raises(Rejected) as caught:
        write_spec(project, name, "Thing")
    assert [problem.code for problem in caught.value.problems] == ["FG631"]
    assert not project.specs.exists()


@pytest.mark.parametrize("name", ["dns", "deploy", "con", "nul"])
def test_a_name_that_no_build_would_take_is_refused_at_once(project: Project, name: str) -> None:
    with pytest.raises(Rejected) as caught:
        write_spec(project, name, "Thing")
    assert [problem.code for problem in caught.value.problems] == ["FG631"]
    assert not project.specs.exists()


@pytest.mark.parametrize("resource", ["", "order", "Order Item", "Order-Item", "1Order", "None", "True", "Error", "On"])
def test_a_resource_that_is_no_class_is_refused(project: Project, resource: str) -> None:
    with pytest.raises(Rejected) as caught:
        write_spec(project, "orders", resource)
    assert "resource" in caught.value.problems[0].message


def test_a_folder_that_cannot_be_written_is_a_problem(project: Project) -> None:
    project.specs.write_text("a file")
    with pytest.raises(Rejected) as caught:
        write_spec(project, "orders")
    assert caught.value.problems[0].code == "FG633"


def test_the_command_says_what_it_wrote_and_exits_with_1_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(new)
    first = CliRunner().invoke(app, ["orders", "--resource", "Sale"])
    assert (first.exit_code, first.stdout.startswith("wrote specs/orders.yaml")) == (0, True)
    second = CliRunner().invoke(app, ["orders"])
    assert (second.exit_code, second.stdout) == (1, "")
    assert "specs/orders.yaml: error[FG632]" in second.stderr
    assert re.search(r"/sales:", (tmp_path / "specs/orders.yaml").read_text())
