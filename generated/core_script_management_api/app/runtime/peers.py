"""Calls to the services that this one uses: bounded in time, repeated where that is safe, errors in our own words."""

import asyncio
import os
import random
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pydantic_core
from pydantic import ValidationError

from .errors import ApiError
from .requests import request_id
from .responses import is_json, write_json
from .values import JsonValue
from .views import view

T = TypeVar("T")

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_WAIT_AND_SEE = frozenset({502, 503, 504})
_TRIES = 3
_FIRST_PAUSE = 0.1
_CONNECT = 1.0
_TOTAL = 5.0


class PeerError(ApiError):
    """A peer refused: ``peer_status`` and ``body`` are what it said. Uncaught it is a 502."""

    status = 502

    def __init__(self, peer: str, status: int, body: JsonValue) -> None:
        super().__init__(f"{peer} refused the call with {status}", code="peer_error")
        self.peer = peer
        self.peer_status = status
        self.body = body


class PeerUnavailable(ApiError):
    """A peer could not be reached, was too slow, or failed."""

    status = 502

    def __init__(self, peer: str) -> None:
        super().__init__(f"{peer} is not available", code="peer_unavailable")
        self.peer = peer


class Peer:
    """Where a peer is and how to talk to it. ``transport`` replaces the network in tests."""

    transport: httpx.AsyncBaseTransport | None = None

    def __init__(self, name: str, url: str, *, headers: Mapping[str, str], timeout: float = _TOTAL) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.headers = dict(headers)
        self.timeout = timeout

    @staticmethod
    def from_environment(name: str, *, api_key: str | None) -> "Peer":
        """Return the peer at <NAME>_URL, default http://<name>:8000; the header ``api_key`` carries PEER_API_KEY.

        PEER_TIMEOUT is the most that a call may take, in seconds.
        """
        key = os.environ.get("PEER_API_KEY", "")
        return Peer(
            name,
            os.environ.get(f"{name.upper()}_URL", "") or f"http://{name}:8000",
            headers={api_key: key} if api_key and key else {},
            timeout=_seconds("PEER_TIMEOUT", _TOTAL),
        )


class PeerClient:
    """The base of a generated client: one ``call`` an operation."""

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

        Raises PeerUnavailable where the peer cannot be reached or fails, PeerError for any other answer.
        """
        url = self.peer.url + _filled(template, path or {})
        sent = {**self.peer.headers, **{name: str(value) for name, value in _pairs(headers or {})}}
        if identifier := request_id.get():
            sent["X-Request-Id"] = identifier
        content = None if body is None else write_json(body)
        if content is not None:
            sent["Content-Type"] = "application/json"
        request = self._open().build_request(method, url, params=_pairs(query or {}), content=content, headers=sent)
        try:
            async with asyncio.timeout(self.peer.timeout):
                response = await self._send(request)
        except (httpx.HTTPError, TimeoutError) as error:
            raise PeerUnavailable(self.peer.name) from error
        if response.status_code >= 500:
            raise PeerUnavailable(self.peer.name)
        if not response.is_success:
            raise PeerError(self.peer.name, response.status_code, _said(response))
        try:
            return _body(response)
        except ValueError as error:
            raise PeerUnavailable(self.peer.name) from error

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

    async def _send(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES
            try:
                response = await self._open().send(request)
            except httpx.TransportError as error:
                # What never reached the peer is safe to send again, whatever it was.
                again = request.method in _IDEMPOTENT or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if last or not again:
                    raise
            else:
                if last or request.method not in _IDEMPOTENT or response.status_code not in _WAIT_AND_SEE:
                    return response
            await asyncio.sleep(_FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
        raise PeerUnavailable(self.peer.name)

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


def _body(response: httpx.Response) -> Any:
    """Return what an answer holds: JSON unless it says that it is something else; raises ValueError where it is not."""
    if not response.content:
        return None
    media_type = response.headers.get("content-type", "application/json")
    return pydantic_core.from_json(response.content) if is_json(media_type) else response.text


def _said(response: httpx.Response) -> Any:
    try:
        return _body(response)
    except ValueError:
        return response.text


def _seconds(name: str, default: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{name} must be a number of seconds, not {text!r}")
    return seconds
