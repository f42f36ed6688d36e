"""Calls to the services that this one uses: bounded in time, repeated where that is safe, errors in our own words."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from .calls.answers import Answers
from .calls.calls import PeerBroken, PeerError, PeerUnavailable, tried, understood
from .calls.reading import PLAIN, Unreadable, whole
from .observability.traces import Leg, current
from .responses.outcomes import write_json
from .serving.requests import request_id
from .settings import seconds, size
from .views import view

__all__ = ["Peer", "PeerBroken", "PeerClient", "PeerClients", "PeerError", "PeerUnavailable"]

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_CONNECT = 1.0
_TOTAL = 5.0
_MOST = 64 * 1024 * 1024


class Peer:
    """Where a peer is and how to talk to it: a call may take ``timeout`` seconds, its answer hold ``most`` bytes.

    ``transport`` replaces the network in tests.
    """

    transport: httpx.AsyncBaseTransport | None = None

    def __init__(
        self, name: str, url: str, *, headers: Mapping[str, str], timeout: float = _TOTAL, most: int = _MOST
    ) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.headers = dict(headers)
        self.timeout = timeout
        self.most = most

    @staticmethod
    def from_environment(name: str, *, api_key: str | None) -> "Peer":
        """Return the peer at <NAME>_URL, default http://<name>:8000; the header ``api_key`` carries PEER_API_KEY.

        PEER_TIMEOUT is the most that a call may take, in seconds, MAX_PEER_BYTES the most that an answer may hold.
        """
        key = os.environ.get("PEER_API_KEY", "")
        return Peer(
            name,
            os.environ.get(f"{name.upper()}_URL", "") or f"http://{name}:8000",
            headers={api_key: key} if api_key and key else {},
            timeout=seconds(os.environ, "PEER_TIMEOUT", _TOTAL),
            most=size(os.environ, "MAX_PEER_BYTES", _MOST),
        )


class PeerClient:
    """The base of a generated client: one ``call`` an operation.

    ``answers`` is what the peer's contract says of its answers; without it they are typed, and not judged.
    """

    answers: Answers | None = None

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def call(
        self,
        method: str,
        template: str,
        /,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Any:
        """Return the body of a 2xx answer, None where there is none; a header whose value is None is not sent.

        Raises PeerUnavailable where the peer cannot be reached or fails, PeerBroken where it answers what its contract
        does not allow, PeerError for any other answer.
        """
        url = self.peer.url + _filled(template, path or {})
        sent = {**PLAIN, **self.peer.headers, **{name: str(value) for name, value in _pairs(headers or {})}}
        if identifier := request_id.get():
            sent["X-Request-Id"] = identifier
        content = None if body is None else write_json(body)
        if content is not None:
            sent["Content-Type"] = "application/json"
        request = self._open().build_request(method, url, params=_pairs(query or {}), content=content, headers=sent)
        try:
            async with asyncio.timeout(self.peer.timeout):
                response = await tried(method, lambda: self._sent(template, request), _FIRST_PAUSE)
        except (httpx.HTTPError, TimeoutError, Unreadable) as error:
            raise PeerUnavailable(self.peer.name) from error
        declared = self.answers.declared(method, template) if self.answers is not None else None
        return understood(self.peer.name, response, declared)

    async def _sent(self, template: str, request: httpx.Request) -> httpx.Response:
        leg = Leg(self.peer.name, template, trusted=True)

        async def answer() -> httpx.Response:
            return await whole(await self._open().send(request, stream=True), self.peer.most)

        return await current.traces.sent(leg, request, answer)

    def typed(self, type_: type[T], answer: Any) -> T:
        """Return what the peer answered as ``type_``; raises PeerUnavailable where it is nothing of the kind."""
        try:
            return view(type_, answer)
        except ValidationError as error:
            raise PeerUnavailable(self.peer.name) from error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        # Connections belong to the loop they were opened on; tests run several, one after the other.
        if self._client is None or self._loop is not loop:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(self.peer.timeout, connect=_CONNECT),
                transport=self.peer.transport,
                follow_redirects=False,
                trust_env=False,
            )
            self._loop = loop
        return self._client


class PeerClients:
    """The clients of a service, as attributes; closed together."""

    async def aclose(self) -> None:
        """Close the connections of every client."""
        for client in vars(self).values():
            if isinstance(client, PeerClient):
                await client.aclose()


def _filled(template: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        template = template.replace("{" + name + "}", quote(_text(value), safe=""))
    return template


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str | int | float | bool | None]]:
    return [
        (name, _text(each))
        for name, value in query.items()
        if value is not None
        for each in (value if isinstance(value, list | tuple) else (value,))
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
