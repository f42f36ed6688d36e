"""The request under way, kept for the callbacks of its operation and no other: their URLs are made of it."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope

from ..call import Call
from ..contract import Operation
from ..responses.streams import Leaving
from ..serving.handler import Endpoint, Handler, Means
from .expressions import Exchange, Message


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A request as its endpoint was given it: ``arguments`` are its parameters in order, then its body if any."""

    operation: Operation
    scope: Scope
    arguments: tuple[Any, ...]

    def exchange(self) -> Exchange:
        """Return what expressions are evaluated against, parameters as they are declared (OAS 3.1 4.8.20.3)."""
        found: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter, value in zip(self.operation.parameters, self.arguments, strict=False):
            name = parameter.name.lower() if parameter.place == "header" else parameter.name
            found.setdefault(parameter.place, {})[name] = value
        body = self.arguments[-1] if self.operation.body is not None and self.arguments else None
        request = Message(found["header"], body, found["query"], found["path"])
        return Exchange(_url(self.scope), self.operation.method, request)


_scope: ContextVar[Scope] = ContextVar("scope")
under_way: ContextVar[UnderWay | None] = ContextVar("under_way", default=None)


class RememberingHandler(Handler):
    """The handler of an operation that has callbacks; tasks that its hook starts remember the request too."""

    __slots__ = ()

    def __init__(self, operation: Operation, endpoint: Endpoint, means: Means) -> None:
        async def remembered(call: Call, /, *arguments: Any) -> Any:
            under_way.set(UnderWay(operation, _scope.get(), arguments))
            return await endpoint(call, *arguments)

        super().__init__(operation, remembered, means)

    async def answer(self, scope: Scope, receive: Receive, path: Mapping[str, str], request_id: str) -> Leaving:
        """Return what to send."""
        _scope.set(scope)
        return await super().answer(scope, receive, path, request_id)


def handler(operation: Operation, endpoint: Endpoint, means: Means) -> Handler:
    """Return the handler of ``operation``: one that remembers requests only where a callback may ask for them."""
    remembers = operation.id in means.contract.owners.values()
    return (RememberingHandler if remembers else Handler)(operation, endpoint, means)


def _url(scope: Scope) -> str:
    """Return the URL of a request as its caller wrote it (``$url``)."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if not host:
        server = scope.get("server") or ("localhost", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    path = scope.get("raw_path") or str(scope["path"]).encode()
    query = f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""
    return f"{scope.get('scheme', 'http')}://{host}{path.decode('latin-1')}{query}"
