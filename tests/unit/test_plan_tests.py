"""The tests that services carry: which are written for what a contract says, and that they are sound Python."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fountaingen.inputs import own_templates
from fountaingen.model.hookset import Hook, HookSet
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Place
from fountaingen.model.service import Service
from fountaingen.stages.build import build
from fountaingen.stages.load import load
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests import plan_tests
from fountaingen.stages.render import render
from fountaingen.stages.resolve import resolve

_JSON = "application/json"
_ID = {"type": "integer", "minimum": 1, "readOnly": True}
_ERROR = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
_KEY = {"apiKeyAuth": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}}


def _content(schema: Any, **beside: Any) -> dict[str, Any]:
    return {"content": {_JSON: {"schema": schema, **beside}}}


def _answer(schema: Any, *errors: int) -> dict[str, Any]:
    failed = {str(status): {"description": "failed", **_content(_ERROR)} for status in errors}
    return {"200": {"description": "done", **_content(schema)}, **failed}


def _thing(*required: str) -> dict[str, Any]:
    properties = {"id": _ID, "name": {"type": "string"}, "size": {"type": "integer"}}
    return {"type": "object", "required": ["id", *required], "properties": properties}


_THING = {"$ref": "#/components/schemas/Thing"}
_INPUT = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
}


def _parameter(name: str, place: str = "path", **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "integer", **schema}}


def _contract(**more: Any) -> dict[str, Any]:
    item = "/things/{thingId}"
    paths = {
        "/things": {
            "get": {
                "operationId": "listThings",
                "parameters": [
                    _parameter("limit", "query"),
                    _parameter("offset", "query"),
                    _parameter("size", "query"),
                ],
                "responses": _answer({"type": "array", "items": _THING}, 400),
            },
            "post": {
                "operationId": "createThing",
                "requestBody": {"required": True, **_content(_INPUT, example={"name": "one", "size": 3})},
                "responses": _answer(_THING, 400),
            },
        },
        item: {
            "parameters": [_parameter("thingId")],
            "get": {"operationId": "getThing", "responses": _answer(_THING, 404)},
            "put": {
                "operationId": "replaceThing",
                "requestBody": {"required": True, **_content(_INPUT)},
                "responses": _answer(_THING, 404),
            },
            "delete": {"operationId": "deleteThing", "responses": {"204": {"description": "gone"}}},
        },
        f"{item}/polish": {
            "parameters": [_parameter("thingId")],
            "post": {"operationId": "polishThing", "responses": _answer({"type": "object"})},
        },
    }
    components = {"schemas": {"Thing": _thing("name")}, "securitySchemes": _KEY}
    info = {"title": "Things", "version": "1"}
    return {
        "openapi": "3.1.0",
        "info": info,
        "security": [{"apiKeyAuth": []}],
        "paths": paths,
        "components": components,
    } | more


def _service(folder: Path, contract: Mapping[str, Any], name: str = "things") -> Service:
    file = folder / f"{name}.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    return build(resolve(name, load(file, f"specs/{name}.json"), {}))


def _hooks(*names: str) -> HookSet:
    place = Place("hooks/things.py", 1, 1)
    return HookSet("things", {name: Hook(name, ("ctx",), True, place) for name in names})


def _rendered(service: Service, hooks: HookSet | None = None, peers: tuple[Service, ...] = ()) -> dict[str, str]:
    files = plan_tests(service, hooks or HookSet(service.name), peers, contract_data(service))
    return {path: content.decode() for path, content in render(Plan(files), [own_templates()]).items()}


def _functions(source: str) -> dict[str, str]:
    tree = ast.parse(source)
    return {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.fixture
def tests(tmp_path: Path) -> dict[str, str]:
    return _functions(_rendered(_service(tmp_path, _contract()))["tests/test_operations.py"])


def test_every_operation_has_its_happy_path(tests: dict[str, str]) -> None:
    happy = {"test_list_things", "test_create_thing", "test_get_thing", "test_replace_thing", "test_delete_thing"}
    assert happy <= tests.keys()
    assert "service.expect('createThing', 200, body={'name': 'one', 'size': 3})" in tests["test_create_thing"]
    assert "service.expect('deleteThing', 204, path={'thingId': thing_id})" in tests["test_delete_thing"]


def test_rows_are_made_by_real_requests(tmp_path: Path) -> None:
    rendered = _rendered(_service(tmp_path, _contract()))
    maker = _functions(rendered["tests/makers.py"])["make_thing"]
    assert "service.expect('createThing', 200, body={'name': 'one', 'size': 3})" in maker
    assert "key: int = answer['id']" in maker
    assert "thing_id = make_thing(service)" in _functions(rendered["tests/test_operations.py"])["test_get_thing"]


def test_a_row_is_followed_through_its_life(tests: dict[str, str]) -> None:
    life = tests["test_create_thing_then_read_list_update_delete"]
    steps = [
        "make_thing",
        "getThing",
        "listThings",
        "replaceThing",
        "getThing",
        "deleteThing",
        "getThing",
        "listThings",
    ]
    assert re.findall(r"make_thing|(?<=')(?:\w+Things?)(?=')", life) == steps
    assert "assert row == row | {'id': thing_id, 'name': 'one', 'size': 3}" in life
    assert "service.expect('getThing', 404" in life
    assert "assert thing_id not in" in life


def test_every_declared_error_that_can_be_provoked(tests: dict[str, str]) -> None:
    wanted = {
        "test_create_thing_needs_a_key",
        "test_create_thing_refuses_a_body_without_name",
        "test_create_thing_refuses_a_wrong_name_in_the_body",
        "test_create_thing_refuses_malformed_json",
        "test_create_thing_refuses_another_media_type",
        "test_create_thing_needs_a_body",
        "test_get_thing_of_an_unknown_thing_id",
        "test_replace_thing_of_an_unknown_thing_id",
        "test_list_things_refuses_a_wrong_limit",
    }
    assert wanted <= tests.keys()
    # replaceThing declares no 400, deleteThing no 404.
    assert not {name for name in tests if name.startswith("test_replace_thing_refuses_a_body")}
    assert "test_delete_thing_of_an_unknown_thing_id" not in tests
    assert (
        "service.expect('createThing', 400, body={'size': 3})" in tests["test_create_thing_refuses_a_body_without_name"]
    )


def test_lists_are_paged_and_filtered(tests: dict[str, str]) -> None:
    assert "query={'limit': 1, 'offset': 1}" in tests["test_list_things_in_pages"]
    filtered = tests["test_list_things_filtered_by_size"]
    assert "len(service.expect('listThings', 200, query={'size': 3})) == 1" in filtered
    assert "== []" in filtered


def test_an_operation_without_behaviour_says_which_hook_it_needs(tests: dict[str, str]) -> None:
    assert "'async def polish_thing('" in tests["test_polish_thing_is_not_implemented"]


def test_a_hook_decides_what_the_contract_does_not_foretell(tmp_path: Path) -> None:
    rendered = _rendered(_service(tmp_path, _contract()), _hooks("polish_thing", "create_thing"))
    tests = _functions(rendered["tests/test_operations.py"])
    assert "service.attempt('polishThing', path={'thingId': thing_id})" in tests["test_polish_thing"]
    life = tests["test_create_thing_then_read_list_update_delete"]
    assert "assert row == row | {'id': thing_id}" in life, "a hook may store something else than was sent"


def test_an_answer_that_default_behaviour_cannot_give_is_not_expected(tmp_path: Path) -> None:
    contract = _contract()
    contract["components"]["schemas"]["Thing"]["properties"]["name"]["pattern"] = "^never$"
    tests = _functions(_rendered(_service(tmp_path, contract))["tests/test_operations.py"])
    assert "service.attempt('createThing'" in tests["test_create_thing"]
    assert not [name for name in tests if name.startswith("test_create_thing_then")]


def test_an_operation_whose_credentials_cannot_be_made_only_refuses(tmp_path: Path) -> None:
    contract = _contract()
    contract["components"]["securitySchemes"] = {"apiKeyAuth": {"type": "http", "scheme": "digest"}}
    tests = _functions(_rendered(_service(tmp_path, contract))["tests/test_operations.py"])
    assert tests
    assert all(name.endswith("needs_credentials") for name in tests)


def test_peers_answer_by_their_own_contracts(tmp_path: Path) -> None:
    peer = _service(tmp_path, _contract(security=[]), "peer")
    contract = _contract(**{"x-fountaingen-service": {"uses": ["peer"]}})
    contract["paths"]["/things"]["post"]["responses"]["502"] = {"description": "no peer", **_content(_ERROR)}
    rendered = _rendered(_service(tmp_path, contract), _hooks("create_thing"), (peer,))
    answers = json.loads(rendered["tests/peers.json"])["peer"]
    assert {"method": "GET", "path": "/things", "status": 200, "body": []} in answers
    assert {"method": "DELETE", "path": "/things/{thingId}", "status": 204} in answers
    assert [each["path"].count("{") for each in answers] == sorted(each["path"].count("{") for each in answers)
    assert "peers.replace('peer', clients.peer.peer)" in ast.unparse(ast.parse(rendered["tests/conftest.py"]))
    outage = _functions(rendered["tests/test_operations.py"])["test_create_thing_without_its_peers"]
    assert outage.index("before = ") < outage.index("service.peers.stop()") < outage.index("== before")
    assert "service.expect('createThing', (502, 400)" in outage


def test_a_large_contract_is_split_by_group(tmp_path: Path) -> None:
    contract = _contract()
    for number in range(30):
        read = {
            "operationId": f"read{number}",
            "tags": [f"group {number % 2}"],
            "responses": _answer({"type": "object"}),
        }
        contract["paths"][f"/other/{number}"] = {"get": read}
    rendered = _rendered(_service(tmp_path, contract))
    modules = {path for path in rendered if path.startswith("tests/test_")}
    expected = {"contract", "things", "group_0", "group_1"}
    assert modules == {f"tests/test_{name}.py" for name in expected}
    assert len(_functions(rendered["tests/test_group_0.py"])) == 30, "each says 501, and needs a key"


def test_the_order_of_a_contract_changes_no_test(tmp_path: Path) -> None:
    contract = _contract()
    shuffled = {**contract, "paths": dict(reversed(contract["paths"].items()))}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = _rendered(_service(tmp_path / "a", contract))["tests/test_operations.py"]
    second = _rendered(_service(tmp_path / "b", shuffled))["tests/test_operations.py"]
    assert _functions(first) == _functions(second)


_HOSTILE = "'''\"\"\"\\\n{% raw %}{{ 7 }} __import__('os').system('x') #\u2028\x07"


def test_text_of_a_contract_stays_text(tmp_path: Path) -> None:
    contract = _contract(info={"title": _HOSTILE, "version": _HOSTILE})
    properties = {_HOSTILE: {"type": "string", "example": _HOSTILE}, "name": {"type": "string", "example": _HOSTILE}}
    contract["paths"]["/things"]["post"]["requestBody"] = {
        "required": True,
        **_content({"type": "object", "required": ["name", _HOSTILE], "properties": properties}),
    }
    contract["paths"]["/things"]["post"]["operationId"] = f"createThing {_HOSTILE}"
    rendered = _rendered(_service(tmp_path, contract))
    for path, source in rendered.items():
        if path.endswith(".py"):
            names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
            assert "__import__" not in names, path
    literals = {
        node.value
        for node in ast.walk(ast.parse(rendered["tests/test_operations.py"]))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert _HOSTILE in literals


def test_a_schema_that_cannot_be_compiled_gives_no_tests(tmp_path: Path) -> None:
    contract = _contract()
    contract["components"]["schemas"]["Thing"]["properties"]["name"]["pattern"] = "("
    service = _service(tmp_path, contract)
    assert plan_tests(service, HookSet("things"), (), contract_data(service)) == ()
