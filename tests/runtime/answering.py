"""Services made from a contract and endpoints that a test writes down, called as a server calls them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import MetaData

from fountaingen.model.document import Document
from fountaingen.runtime.application import Service
from fountaingen.runtime.contract import Contract
from fountaingen.runtime.database import Database
from fountaingen.runtime.routing import OperationRouter
from fountaingen.stages.build import build
from fountaingen.stages.normalize import normalize
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.resolve import resolve

Endpoint = Callable[..., Awaitable[Any]]


def document(paths: Mapping[str, Any], version: str = "3.1.0", **components: Any) -> Document:
    """Return a contract; operations are named after method and path."""
    data = {
        "openapi": version,
        "info": {"title": "Answers", "version": "1"},
        "paths": dict(paths),
        "components": components,
    }
    return normalize(Document("specs/answers.yaml", data, b"", {}))


def answering(content: Mapping[str, Any] | None = None, /, status: str = "200", **more: Any) -> dict[str, Any]:
    """Return an operation that answers ``content``, schemas by media type."""
    response: dict[str, Any] = {"description": "An answer.", **more}
    if content is not None:
        response["content"] = {media_type: {"schema": schema} for media_type, schema in content.items()}
    return {"responses": {status: response}}


def contract(written: Document) -> Contract:
    """Return the contract as a service loads it."""
    data = contract_data(build(resolve("answers", written, {})))
    assert not data.problems, data.problems
    with TemporaryDirectory() as folder:
        files = {"operations.json": data.operations, "schemas.json": data.schemas, "openapi.json": written.data}
        for name, value in files.items():
            (Path(folder) / name).write_text(json.dumps(value), "utf-8")
        return Contract.load(Path(folder))


def service(written: Document, endpoints: Mapping[str, Endpoint]) -> Service:
    """Return the application in which ``endpoints`` (``GET /things``) answer; the others answer None."""
    return application(contract(written), endpoints)


def application(loaded: Contract, endpoints: Mapping[str, Endpoint]) -> Service:
    """Return the application of a contract that is loaded already."""

    async def nothing(_call: Any, *_arguments: Any) -> None:
        return None

    router = OperationRouter(loaded)
    for operation in loaded.operations.values():
        endpoint = endpoints.get(f"{operation.method} {operation.path}", nothing)
        router.add_api_route(operation.path, endpoint, methods=[operation.method], operation_id=operation.id)
    return Service(loaded, router, Database(MetaData(), "sqlite://"))


@dataclass
class Answer:
    """What came back; ``complete`` tells whether the whole body did."""

    status: int = 0
    lines: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    complete: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name."""
        return dict(self.lines)

    @property
    def body(self) -> bytes:
        """The body as far as it came."""
        return b"".join(self.pieces)

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


class Caller:
    """One request under way: ``leave`` hangs up, ``piece`` waits for the next piece of the answer."""

    def __init__(self, app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.answer = Answer()
        self._body = body
        self._gone = asyncio.Event()
        self._asked = False
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "scheme": "http",
            "server": ("service", 80),
            "root_path": "",
        }
        self.task = asyncio.create_task(app(self.scope, self._receive, self._send))

    async def piece(self) -> bytes:
        """Return the next piece of the body."""
        return await asyncio.wait_for(self._arrived.get(), 5)

    def leave(self) -> None:
        """Hang up."""
        self._gone.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.lines = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
            return
        self.answer.complete = not message.get("more_body", False)
        if message.get("body"):
            self.answer.pieces.append(message["body"])
            self._arrived.put_nowait(message["body"])


async def called(app: Any, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """Return the whole answer; a header's name is written with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    caller = Caller(app, method, path, named, body.encode())
    await asyncio.wait_for(caller.task, 10)
    return caller.answer


def ask(app: Any, method: str, path: str, **headers: str) -> Answer:
    """Call once, on an event loop of its own."""
    return asyncio.run(called(app, method, path, **headers))


@asynccontextmanager
async def asking(app: Any, method: str, path: str, **headers: str) -> AsyncIterator[Caller]:
    """Hold a request open; it is hung up at the end."""
    caller = Caller(app, method, path, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        yield caller
    finally:
        caller.leave()
        await asyncio.wait((caller.task,), timeout=5)
