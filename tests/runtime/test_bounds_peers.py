"""Peers that answer without end, slowly, packed or elsewhere: a call costs a bounded time and a bounded memory."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fountaingen.runtime.credentials.fetching import Fetcher
from fountaingen.runtime.credentials.keysets import KeysUnusable
from fountaingen.runtime.peers import Peer, PeerClient, PeerError, PeerUnavailable

MOST = 100_000
PIECE = b'"' + b"x" * 10_000


class Endless(httpx.AsyncByteStream):
    """A body that ends when nobody reads it any more."""

    def __init__(self, pause: float = 0.0) -> None:
        self.sent = 0
        self.closed = False
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self._pause)
            self.sent += len(PIECE)
            yield PIECE

    async def aclose(self) -> None:
        """Take note."""
        self.closed = True


def call(answer: httpx.Response, timeout: float = 5.0) -> tuple[Any, list[httpx.Request]]:
    """Return what a call to a peer gives, or raises, and what was sent."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    peer = Peer("things", "http://things:8000", headers={}, timeout=timeout, most=MOST)
    peer.transport = httpx.MockTransport(handle)
    return asyncio.run(PeerClient(peer).call("GET", "/things")), sent


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    endless = Endless()
    with pytest.raises(PeerUnavailable):
        call(httpx.Response(200, stream=endless))
    assert MOST < endless.sent <= MOST + 2 * len(PIECE)
    assert endless.closed


def test_one_that_is_announced_is_not_begun() -> None:
    endless = Endless()
    with pytest.raises(PeerUnavailable):
        call(httpx.Response(200, headers={"content-length": str(10**9)}, stream=endless))
    assert (endless.sent, endless.closed) == (0, True)


def test_one_that_comes_slowly_ends_with_the_time_of_the_call() -> None:
    begin = time.monotonic()
    with pytest.raises(PeerUnavailable):
        call(httpx.Response(200, stream=Endless(pause=0.02)), timeout=0.1)
    assert time.monotonic() - begin < 4


def test_what_is_packed_is_not_unpacked() -> None:
    packed = gzip.compress(gzip.compress(b"0" * 10_000_000))
    with pytest.raises(PeerUnavailable):
        call(httpx.Response(200, headers={"content-encoding": "gzip, gzip"}, stream=httpx.ByteStream(packed)))


def test_nobody_is_asked_to_pack() -> None:
    answer, (sent,) = call(httpx.Response(200, json={"a": 1}))
    assert answer == {"a": 1}
    assert sent.headers["accept-encoding"] == "identity"


def test_redirects_are_not_followed() -> None:
    with pytest.raises(PeerError) as raised:
        call(httpx.Response(302, headers={"location": "http://169.254.169.254/"}))
    assert raised.value.peer_status == 302


def test_the_bound_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_PEER_BYTES", "1234")
    assert Peer.from_environment("things", api_key=None).most == 1234


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}, {"content-length": "600000"}])
def test_keys_are_read_alike(headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=endless))
    monkeypatch.setattr(Fetcher, "transport", transport)
    with pytest.raises(KeysUnusable):
        asyncio.run(Fetcher().get("https://id.example/keys"))
    assert endless.closed
