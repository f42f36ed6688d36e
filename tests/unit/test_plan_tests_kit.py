"""The kit that services carry: it judges answers by the contract alone, and replaces peers."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from fountaingen.testkit.callers import API_KEY, Caller, credentials
from fountaingen.testkit.contract import DeclaredContract
from fountaingen.testkit.peers import FakePeers
from fountaingen.testkit.yaml import read_yaml

_SCHEMES: Mapping[str, Any] = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2"},
}


@pytest.fixture
def contract(tmp_path: Path) -> DeclaredContract:
    responses = {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/$defs/Thing"}}}},
        "4XX": {"content": {"application/json": {"schema": {"type": "object", "required": ["message"]}}}},
        "204": {},
        "409": {"content": {"text/plain": {"schema": True}}},
    }
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/$defs/Id"}}}
    operations = {"operations": {"get": {"method": "GET", "path": "/", "responses": responses}}}
    schemas = {"response": {"Thing": thing, "Id": {"type": "integer"}}}
    (tmp_path / "operations.json").write_text(json.dumps(operations), encoding="utf-8")
    (tmp_path / "schemas.json").write_text(json.dumps(schemas), encoding="utf-8")
    return DeclaredContract(tmp_path)


def _response(status: int, **content: Any) -> httpx.Response:
    return httpx.Response(status, request=httpx.Request("GET", "http://service.test/"), **content)


@pytest.mark.parametrize(
    "response",
    [
        _response(200, json={"id": 1}),
        _response(204),
        _response(418, json={"message": "short and stout"}),
        _response(409, text="taken"),
        _response(409, json={"title": "Conflict"}, headers={"Content-Type": "application/problem+json"}),
    ],
)
def test_a_declared_answer_is_accepted(contract: DeclaredContract, response: httpx.Response) -> None:
    contract.check("get", response)


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (_response(200, json={"id": "one"}), "integer"),
        (_response(200, json={}), "required"),
        (_response(200, text="{}"), "answers 200 as 'text/plain'"),
        (_response(500, json={"message": "broken"}), "which it does not declare"),
        (_response(404, json={"detail": "FastAPI's own"}), "required"),
        (_response(404, json={}, headers={"Content-Type": "application/problem+json"}), "answers 404 as"),
    ],
)
def test_any_other_answer_is_not(contract: DeclaredContract, response: httpx.Response, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        contract.check("get", response)


def test_credentials_are_put_where_the_contract_wants_them() -> None:
    known = credentials(Caller.KNOWN, [{"header": [], "query": []}], _SCHEMES)
    assert known.headers == {"X-Key": API_KEY}
    assert known.query == {"key": API_KEY}
    assert credentials(Caller.KNOWN, [{"oauth": ["read"]}], _SCHEMES).headers["Authorization"].startswith("Bearer ")
    assert credentials(Caller.KNOWN, [{"basic": []}], _SCHEMES).headers["Authorization"].startswith("Basic ")


def test_nobody_sends_nothing_and_a_stranger_something_else() -> None:
    assert credentials(Caller.NOBODY, [{"header": []}], _SCHEMES).headers == {}
    assert credentials(Caller.UNKNOWN, [{"header": []}], _SCHEMES).headers["X-Key"] != API_KEY
    assert credentials(Caller.KNOWN, [], _SCHEMES).headers == {}
    assert credentials(Caller.KNOWN, [{"digest": []}, {"header": []}], _SCHEMES).headers == {"X-Key": API_KEY}


class _Peer:
    def __init__(self) -> None:
        self.transport: httpx.AsyncBaseTransport | None = None
        self.timeout = 5.0

    def get(self, path: str) -> httpx.Response:
        async def call() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport) as client:
                return await client.get(f"http://peer{path}")

        return asyncio.run(call())


def test_a_peer_is_replaced_stopped_and_started_again() -> None:
    latest = {"method": "GET", "path": "/things/latest", "status": 200, "body": "latest"}
    one = {"method": "GET", "path": "/things/{id}", "status": 200, "body": {"id": 1}}
    peers, peer = FakePeers({"peer": [latest, one]}), _Peer()
    peers.replace("peer", peer)
    assert peer.get("/things/7").json() == {"id": 1}
    assert peer.get("/things/latest").json() == "latest"
    assert peer.get("/others").status_code == 404
    peers.stop()
    assert peer.timeout < 1
    with pytest.raises(httpx.ConnectError):
        peer.get("/things/7")
    peers.start()
    assert (peer.timeout, peer.get("/things/7").status_code) == (5.0, 200)


def test_yaml_is_read_as_openapi_means_it() -> None:
    text = b"{on: yes, 200: 0o17, date: 2024-01-01, float: 1e3, text: '1', octal: 017, empty: , list: [~, true, 0x1F]}"
    expected = {"on": "yes", "200": 15, "date": "2024-01-01", "float": 1000.0, "text": "1", "octal": 17, "empty": None}
    assert read_yaml(text) == expected | {"list": [None, True, 31]}


def test_yaml_that_is_dumped_comes_back() -> None:
    value = {"a": [1, 2.5, None, True, "text", "1", "null", "", "true"], "b": {"c": "two\nlines", "d": []}}
    assert read_yaml(yaml.safe_dump(value).encode()) == value
