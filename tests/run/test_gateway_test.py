"""``fountaingen gateway test`` as people run it: what it finds, where it says that it is, how it ends."""

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fountaingen.commands.app import app

_CONTRACT = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers:
- {url: 'https://shop.example.com/v1'}
- {url: 'https://{region}.example.org', variables: {region: {default: eu}}}
paths:
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, minLength: 3}}]
    get: {operationId: getItem, responses: {'200': {description: It.}}}
    delete: {operationId: dropItem, responses: {'204': {description: Gone.}}}
  /items/latest:
    get: {operationId: latestItem, responses: {'200': {description: It.}}}
  /items/{id}/parts/{part}:
    put:
      operationId: setPart
      parameters:
      - {name: id, in: path, required: true, schema: {type: string, enum: [a b, 'c/d', 'e%f']}}
      - {name: part, in: path, required: true, style: matrix, schema: {type: integer}}
      responses: {'204': {description: Set.}}
  /items/{id}/parts/all:
    put:
      operationId: setParts
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: Set.}}
  /items/{id}:print:
    post:
      operationId: printItem
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'202': {description: Printing.}}
  /files/{name}.{extension}:
    get:
      operationId: getFile
      parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
      - {name: extension, in: path, required: true, schema: {type: string, enum: [pdf]}}
      responses: {'200': {description: It.}}
  /list/:
    get: {operationId: listed, responses: {'200': {description: All.}}}
  /(odd)+.$:
    get: {operationId: odd, responses: {'200': {description: It.}}}
"""
_CONFIGURATION = "generated/kong.yml"


@dataclass(frozen=True)
class _Outcome:
    code: int
    out: str

    @property
    def findings(self) -> list[str]:
        return re.findall(r"error\[(FG\d+)\]", self.out)


def _run(folder: Path, *arguments: str) -> _Outcome:
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, list(arguments), env={"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return _Outcome(result.exit_code, result.output)


def _project(folder: Path, contract: str = _CONTRACT, settings: str = "") -> Path:
    (folder / "specs").mkdir()
    (folder / "specs/shop.yaml").write_text(contract, encoding="utf-8")
    table = f'[project]\nname = "shop"\nversion = "1"\n[tool.fountaingen]\n{settings}'
    (folder / "pyproject.toml").write_text(table, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = _project(tmp_path_factory.mktemp("shop"))
    assert _run(folder, "build").code == 0
    return folder


def test_every_request_goes_where_it_belongs(tmp_path: Path) -> None:
    outcome = _run(_project(tmp_path), "gateway", "test")
    assert outcome.code == 0, outcome.out
    assert "wrong" not in outcome.out
    rows = re.findall(r"│ (\w+)\s+│ (\S+)\s+│\s+(\d+) │ right", outcome.out)
    assert {name for name, _, _ in rows} == {
        *("getItem", "dropItem", "latestItem", "setPart", "setParts", "printItem", "getFile", "listed", "odd"),
    }
    assert all(int(number) > 15 for _, _, number in rows)


def test_as_json(tmp_path: Path) -> None:
    outcome = _run(_project(tmp_path), "gateway", "test", "shop", "--format", "json")
    assert outcome.code == 0
    document = json.loads(outcome.out)
    assert document["problems"] == []
    (service,) = document["services"]
    assert service["service"] == "shop"
    by_name = {each["operationId"]: each for each in service["operations"]}
    assert by_name["setPart"]["wrong"] == 0
    assert set(by_name["getItem"]["routes"]) == {"shop.get_item", "shop.get_item.2"}


def test_one_route_a_host(tmp_path: Path) -> None:
    outcome = _run(_project(tmp_path, settings='[tool.fountaingen.gateway]\nroutes = "host"\n'), "gateway", "test")
    assert outcome.code == 0, outcome.out
    assert "│ right" in outcome.out


@pytest.mark.parametrize(
    ("pattern", "by", "operation"),
    [
        (r"regex_priority: \d+", "regex_priority: 0", "latestItem"),
        (r"\$\n", "\n", "getItem"),
        (r"- eu\.example\.org\n", "- us.example.org\n", "getItem"),
        (r"\[\^#\?/\]\+", ".+", "getItem"),
        (r"- DELETE\n", "- PATCH\n", "dropItem"),
        (r"~/v1/", "~/v2/", "getFile"),
    ],
    ids=["priorities", "prefixes", "hosts", "greedy", "methods", "base"],
)
def test_what_was_changed_by_hand_is_found(built: Path, pattern: str, by: str, operation: str) -> None:
    path = built / _CONFIGURATION
    before = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, before)
    assert changed != before
    path.write_text(changed, encoding="utf-8")
    try:
        outcome = _run(built, "gateway", "test")
    finally:
        path.write_text(before, encoding="utf-8")
    assert outcome.code == 1
    assert set(outcome.findings) == {"FG829"}
    assert f"shop.{operation}" in outcome.out
    assert re.search(
        r"specs/shop\.yaml:\d+:\d+: error\[FG829\]: generated/kong\.yml sends [A-Z]+ https://", outcome.out
    )
    assert "run: fountaingen build" in outcome.out
    assert _run(built, "gateway", "test").code == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_format_version: '4.0'\n", "Kong would refuse _format_version: expected one of: 1.1, 2.1, 3.0"),
        ("services: [{}]\n_format_version: '3.0'\n", "Kong would refuse services.0.host: required field missing"),
        ("{", "failed parsing declarative configuration"),
        ("_format_version: '3.0'\nroutes: [{name: r, paths: ['~/\\p{Greek}$']}]\n", "cannot be tried"),
    ],
)
def test_a_configuration_that_kong_would_not_load(built: Path, text: str, expected: str) -> None:
    path = built / _CONFIGURATION
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        outcome = _run(built, "gateway", "test")
    finally:
        path.write_text(before, encoding="utf-8")
    assert outcome.code == 1
    assert outcome.findings == ["FG828"]
    assert expected in outcome.out


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    outcome = _run(_project(tmp_path), "gateway", "test", "shopp")
    assert outcome.code == 2
    assert "there is no service 'shopp'; did you mean 'shop'?" in outcome.out


def test_a_contract_with_errors(tmp_path: Path) -> None:
    outcome = _run(_project(tmp_path, "openapi: 3.1.0\n"), "gateway", "test", "--format", "json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["problems"][0]["severity"] == "error"


@pytest.mark.refuses("document/extensions/x-kong-route-defaults")
def test_what_kong_would_refuse_is_told_at_its_place_in_the_contract(tmp_path: Path) -> None:
    contract = _CONTRACT.replace("paths:\n", "x-kong-route-defaults: {path_handling: v7}\npaths:\n", 1)
    outcome = _run(_project(tmp_path, contract), "gateway", "test")
    assert outcome.code == 1
    assert set(outcome.findings) == {"FG801"}
    assert re.search(r"specs/shop\.yaml:6:\d+: error\[FG801\]: .*expected one of: v0, v1", outcome.out)
