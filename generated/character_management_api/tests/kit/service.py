"""The service under test, run in this process and spoken to as a client does, without a socket."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack
from urllib.parse import quote, urlencode

import httpx
from fastapi import FastAPI

from . import bodies
from .callers import Caller, Way, credentials
from .contract import DeclaredContract
from .peers import FakePeers

_JSON = "application/json"


class Parts(TypedDict, total=False):
    """What a request carries beside its method: parameters by name, a body (or raw content), a caller.

    ``way`` is the number of the alternative of an operation's security that the caller takes; with ``at`` the caller is
    a stranger to that scheme of it alone.
    """

    path: Mapping[str, object]
    query: Mapping[str, object]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: Any
    content: bytes
    media_type: str
    caller: Caller
    way: int
    at: str


class RunningService:
    """The service between start-up and shutdown; a context manager."""

    def __init__(self, app: FastAPI, contract: DeclaredContract, peers: FakePeers | None = None) -> None:
        self.app = app
        self.contract = contract
        self.peers = peers or FakePeers()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self._runner.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.peers.start()
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _start(self) -> None:
        await self._stack.enter_async_context(self.app.router.lifespan_context(self.app))
        transport = httpx.ASGITransport(app=self.app)
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://service.test")
        )

    def send(self, method: str, target: str, **parts: Unpack[Parts]) -> httpx.Response:
        """Send any request, with no credentials but those in it; ``target`` may hold ``{parameter}``."""
        url = _url(target, parts)
        request = self._client.build_request(method, url, headers=_headers(parts), content=_content(parts))
        return self._runner.run(self._client.send(request))

    def call(self, operation_id: str, **parts: Unpack[Parts]) -> httpx.Response:
        """Call an operation of the contract as ``caller``, by default one whom the service knows."""
        operation = self.contract.operation(operation_id)
        schemes = self.contract.data["securitySchemes"]
        way = Way(parts.get("way"), parts.get("at"))
        known = credentials(parts.get("caller", Caller.KNOWN), operation["security"], schemes, way)
        parts["headers"] = {**known.headers, **parts.get("headers", {})}
        parts["query"] = {**known.query, **parts.get("query", {})}
        parts["cookies"] = {**known.cookies, **parts.get("cookies", {})}
        # Some contracts have paths that only arrive encoded, such as "/#action=list".
        path = operation["path"].replace("#", "%23").replace("?", "%3F")
        return self.send(operation["method"], path, **parts)

    def expect(self, operation_id: str, status: int | tuple[int, ...], **parts: Unpack[Parts]) -> Any:
        """Call an operation, assert its status and that the contract declares the answer; return the answer's value."""
        response = self.call(operation_id, **parts)
        allowed = (status,) if isinstance(status, int) else status
        assert response.status_code in allowed, f"{operation_id} answers {response.status_code}: {response.text}"
        self.contract.check(operation_id, response)
        return _value(response)

    def attempt(self, operation_id: str, **parts: Unpack[Parts]) -> None:
        """Call an operation of which the contract alone does not foretell what it answers.

        Below 500 every answer that is declared will do, and ``tells_of_silence`` where the contract says nothing;
        501 will do where the operation says that it is not implemented.
        """
        response = self.call(operation_id, **parts)
        if response.status_code == 501 and _says(response, "not implemented"):
            return
        assert response.status_code < 500, f"{operation_id} answers {response.status_code}: {response.text}"
        if response.is_success or not self.tells_of_silence(response):
            self.contract.check(operation_id, response)

    def admit(self, operation_id: str, **parts: Unpack[Parts]) -> None:
        """Call an operation and assert that the caller is let in, whatever it answers then."""
        response = self.call(operation_id, **parts)
        assert response.status_code not in (401, 403), f"{operation_id} answers {response.status_code}: {response.text}"

    def expect_undeclared(self, operation_id: str, status: int, **parts: Unpack[Parts]) -> None:
        """Call an operation and assert a status of which its contract says nothing, told as such errors are."""
        response = self.call(operation_id, **parts)
        assert response.status_code == status, f"{operation_id} answers {response.status_code}: {response.text}"
        assert self.tells_of_silence(response), f"{operation_id} answers {response.text}"

    def tells_of_silence(self, response: httpx.Response) -> bool:
        """Tell whether an error of which the contract says nothing is told as it should be.

        That is problem+json (RFC 9457); what HTTP itself refuses is told as every declared error is, if all are alike.
        """
        return _is_problem(response) or self.contract.is_like_every_error(response)

    def expect_not_implemented(self, operation_id: str, hook: str, **parts: Unpack[Parts]) -> None:
        """Call an operation that needs a hook and assert that the answer says so and names the hook."""
        response = self.call(operation_id, **parts)
        assert response.status_code == 501, f"{operation_id} answers {response.status_code}: {response.text}"
        assert _says(response, "not implemented"), response.text
        assert _says(response, hook), response.text


def _url(target: str, parts: Parts) -> str:
    for name, value in parts.get("path", {}).items():
        target = target.replace(f"{{{name}}}", quote(bodies.text(value), safe=",;=.:@"))
    pairs = [(name, each) for name, value in parts.get("query", {}).items() for each in bodies.listed(value)]
    return f"{target}?{urlencode(pairs)}" if pairs else target


def _headers(parts: Parts) -> dict[str, str]:
    headers = dict(parts.get("headers", {}))
    if "body" in parts or "content" in parts:
        headers["Content-Type"] = bodies.content_type(parts.get("media_type", _JSON))
    if cookies := parts.get("cookies"):
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return headers


def _content(parts: Parts) -> bytes | None:
    if "content" in parts:
        return parts["content"]
    if "body" not in parts:
        return None
    return bodies.content(parts["body"], parts.get("media_type", _JSON))


def _says(response: httpx.Response, text: str) -> bool:
    """Tell whether an answer holds ``text``; to HEAD nothing can be said."""
    return response.request.method == "HEAD" or text in response.text


def _is_problem(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("application/problem+json")


def _value(response: httpx.Response) -> Any:
    if not response.content:
        return None
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    return response.json() if media_type.endswith("json") else response.content
