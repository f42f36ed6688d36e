"""Answers of peers: judged by the contract of the peer before anybody uses them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from fountaingen.runtime.calls.answers import Answers
from fountaingen.runtime.contract import ContractError
from fountaingen.runtime.peers import Peer, PeerBroken, PeerClient, PeerError

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
JSON = {"application/json": {"schema": {"$ref": "#/$defs/Thing"}}}
DATA: dict[str, Any] = {
    "schemas": {"Thing": THING},
    "answers": [
        {"method": "GET", "path": "/things/{id}", "responses": {"200": {"content": JSON}, "4xx": {"content": JSON}}},
        {"method": "DELETE", "path": "/things/{id}", "responses": {"204": {"content": {}}}},
        {
            "method": "POST",
            "path": "/text",
            "responses": {"default": {"content": {"text/*": {"schema": {"maxLength": 2}}}}},
        },
    ],
}


def asked(folder: Path, method: str, template: str, response: httpx.Response) -> Any:
    """Call a peer that answers ``response``."""
    (folder / "answers.json").write_text(json.dumps(DATA), encoding="utf-8")

    class Client(PeerClient):
        answers = Answers.load(folder)

    peer = Peer("things", "http://things", headers={})
    peer.transport = httpx.MockTransport(lambda _: response)
    return asyncio.run(Client(peer).call(method, template, path={"id": 1}))


@pytest.mark.parametrize(
    ("call", "response", "body"),
    [
        ("GET /things/{id}", httpx.Response(200, json={"id": 10**20, "more": 1}), {"id": 10**20, "more": 1}),
        ("DELETE /things/{id}", httpx.Response(204), None),
        # Nothing of it is used, so nothing of it is judged.
        ("DELETE /things/{id}", httpx.Response(200, json={"id": "x"}), {"id": "x"}),
        ("POST /text", httpx.Response(200, text="ab"), "ab"),
        ("GET /undeclared", httpx.Response(200, json="anything"), "anything"),
    ],
)
def test_what_the_contract_allows_is_given(tmp_path: Path, call: str, response: httpx.Response, body: Any) -> None:
    method, template = call.split()
    assert asked(tmp_path, method, template, response) == body


@pytest.mark.parametrize(
    ("call", "response", "told"),
    [
        ("GET /things/{id}", httpx.Response(200, json={"id": "1"}), "id"),
        ("GET /things/{id}", httpx.Response(200, json={}), "required"),
        ("GET /things/{id}", httpx.Response(200), "no body"),
        ("GET /things/{id}", httpx.Response(201, json={"id": 1}), "not declared"),
        ("GET /things/{id}", httpx.Response(200, text="1"), "text/plain; charset=utf-8 is not declared"),
        ("GET /things/{id}", httpx.Response(200, content=b'{"id": NaN}'), "line 1"),
        ("GET /things/{id}", httpx.Response(200, content=b"{"), "line 1"),
        ("POST /text", httpx.Response(200, text="abc"), "longer than 2"),
    ],
)
def test_what_it_does_not_allow_is_a_502(
    tmp_path: Path, call: str, response: httpx.Response, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    method, template = call.split()
    with pytest.raises(PeerBroken) as broken:
        asked(tmp_path, method, template, response)
    assert broken.value.status == 502
    assert told in caplog.text
    assert "things breaks its contract" in caplog.text


@pytest.mark.parametrize(("body", "kept"), [({"id": 1}, {"id": 1}), ({"id": "x"}, None)])
def test_an_error_tells_only_what_its_contract_allows(tmp_path: Path, body: Any, kept: Any) -> None:
    with pytest.raises(PeerError) as refused:
        asked(tmp_path, "GET", "/things/{id}", httpx.Response(404, json=body))
    assert (refused.value.peer_status, refused.value.body) == (404, kept)


def test_a_schema_that_does_not_compile_stops_the_start(tmp_path: Path) -> None:
    data = {**DATA, "schemas": {"Thing": {"type": "nonsense"}}}
    (tmp_path / "answers.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ContractError, match="answers"):
        Answers.load(tmp_path)
