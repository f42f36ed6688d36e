"""Peers: what is sent, what is tried again, what an error becomes."""

import asyncio
from typing import Any

import httpx
import pytest

from fountaingen.runtime import peers
from fountaingen.runtime.peers import Peer, PeerClient, PeerClients, PeerError, PeerUnavailable
from fountaingen.runtime.serving import requests


class Net:
    """A network that answers from a list; an exception in it is raised."""

    def __init__(self, *answers: httpx.Response | type[httpx.TransportError]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Give the next answer."""
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.Response):
            return answer
        raise answer("broken", request=request)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_FIRST_PAUSE", 0.0)


def call(net: Net, method: str, template: str, **options: Any) -> Any:
    """Make one call."""
    peer = Peer("sequence", "http://sequence:8000/", headers={"X-API-KEY": "k"})
    peer.transport = httpx.MockTransport(net)
    return asyncio.run(PeerClient(peer).call(method, template, **options))


def test_what_is_sent() -> None:
    net = Net(httpx.Response(200, json={"n": 10**20}))
    requests.request_id.set("r-1")
    query = {"a": [1, 2], "b": None, "c": True, "d": "x y"}
    assert call(net, "POST", "/a/{b}/c", path={"b": "../x?"}, query=query, body={"big": 10**30}) == {"n": 10**20}
    request = net.requests[0]
    assert request.url.raw_path == b"/a/..%2Fx%3F/c?a=1&a=2&c=true&d=x+y"
    assert request.headers["x-api-key"] == "k"
    assert request.headers["x-request-id"] == "r-1"
    assert request.content == b'{"big":1000000000000000000000000000000}'


def test_headers_are_text_and_an_absent_one_is_not_sent() -> None:
    net = Net(httpx.Response(204))
    call(net, "GET", "/a", headers={"If-Match": "v1", "X-Count": 7, "X-Flag": True, "X-None": None})
    sent = net.requests[0].headers
    assert (sent["if-match"], sent["x-count"], sent["x-flag"], sent["x-api-key"]) == ("v1", "7", "true", "k")
    assert "x-none" not in sent


def test_no_body() -> None:
    assert call(Net(httpx.Response(204)), "DELETE", "/a") is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_safe_is_tried_three_times(method: str) -> None:
    net = Net(httpx.Response(503), httpx.ReadError, httpx.Response(200, json=1))
    assert call(net, method, "/a") == 1
    with pytest.raises(PeerUnavailable):
        call(Net(httpx.Response(502), httpx.Response(504), httpx.Response(503)), method, "/a")
    with pytest.raises(PeerUnavailable):
        call(Net(httpx.ReadError, httpx.ReadTimeout, httpx.ReadError), method, "/a")


def test_a_post_is_sent_again_only_where_it_never_arrived() -> None:
    assert call(Net(httpx.ConnectError, httpx.ConnectTimeout, httpx.Response(201, json=1)), "POST", "/a") == 1
    for first in (httpx.Response(503), httpx.ReadError, httpx.Response(500)):
        net = Net(first, httpx.Response(201, json=1))
        with pytest.raises(PeerUnavailable):
            call(net, "POST", "/a")
        assert len(net.requests) == 1


def test_a_refusal_is_told_and_is_a_502_if_nobody_minds() -> None:
    with pytest.raises(PeerError) as caught:
        call(Net(httpx.Response(404, json={"message": "no"})), "GET", "/a")
    error = caught.value
    assert (error.status, error.peer_status, error.body, error.peer) == (502, 404, {"message": "no"}, "sequence")
    with pytest.raises(PeerError):
        call(Net(httpx.Response(302, headers={"location": "http://evil"})), "GET", "/a")


def test_an_answer_that_is_no_json_is_a_peer_that_failed() -> None:
    with pytest.raises(PeerUnavailable):
        call(Net(httpx.Response(200, content=b"<html>")), "POST", "/a")


def test_time_is_bounded() -> None:
    async def slow(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    peer = Peer("sequence", "http://sequence", headers={}, timeout=0.05)
    peer.transport = httpx.MockTransport(slow)
    with pytest.raises(PeerUnavailable):
        asyncio.run(PeerClient(peer).call("GET", "/a"))


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Peer.from_environment("core_api", api_key="X").url == "http://core_api:8000"
    monkeypatch.setenv("CORE_API_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PEER_API_KEY", "secret")
    monkeypatch.setenv("PEER_TIMEOUT", "2.5")
    peer = Peer.from_environment("core_api", api_key="X")
    assert (peer.url, peer.headers, peer.timeout) == ("http://127.0.0.1:9", {"X": "secret"}, 2.5)
    assert Peer.from_environment("core_api", api_key=None).headers == {}
    monkeypatch.setenv("PEER_TIMEOUT", "soon")
    with pytest.raises(ValueError, match="PEER_TIMEOUT"):
        Peer.from_environment("core_api", api_key=None)


def test_clients_close_and_open_again() -> None:
    class Clients(PeerClients):
        def __init__(self) -> None:
            self.one = PeerClient(Peer("one", "http://one", headers={}))

    async def twice() -> None:
        clients = Clients()
        clients.one.peer.transport = httpx.MockTransport(Net(httpx.Response(200, json=1), httpx.Response(200, json=2)))
        assert await clients.one.call("GET", "/") == 1
        await clients.aclose()
        assert await clients.one.call("GET", "/") == 2

    asyncio.run(twice())
