"""The development gateway without a network: what it sends on, what it answers, by a clock that stands still."""

import asyncio
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fountaingen.kong.loader import entities
from fountaingen.supervisor.gateway.application import Gateway
from fountaingen.supervisor.gateway.compiled import Compiled
from fountaingen.supervisor.gateway.proxying import Forwarder, Intake, Outlet
from fountaingen.supervisor.gateway.upstream import Backend, Head, Reply

Plugins = list[dict[str, Any]]
NOON = 1_700_049_600.0
"""Noon of some day, UTC."""


def configuration(plugins: Plugins, **more: Any) -> dict[str, Any]:
    """Return a configuration with one service, ``orders``, at api.test, and ``plugins`` on it."""
    route = {"name": "any", "hosts": ["api.test"], "paths": ["/"], "strip_path": False, "preserve_host": True}
    service = {"name": "orders", "host": "orders", "port": 8000, "routes": [route], "plugins": plugins}
    return {"_format_version": "3.0", "services": [service], **copy.deepcopy(more)}


@dataclass(frozen=True)
class Answer:
    """What a client saw."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key == name.lower()), None)


@dataclass
class Clock:
    """Says what it is told."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Front:
    """A gateway whose services answer 200 to everything; ``sent`` is what they were sent last, None if nothing."""

    data: Mapping[str, Any]
    clock: Clock = field(default_factory=Clock)
    sent: Head | None = None
    answered: tuple[tuple[bytes, bytes], ...] = ()

    def __post_init__(self) -> None:
        self.compiled = Compiled(entities(self.data), self.clock)
        self._gateway = Gateway(self.compiled, _Recorder(self))

    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """Send a request and return the answer."""
        self.sent = None
        return asyncio.run(self._ask(method, target, headers, body))

    def told(self, name: str) -> list[str]:
        """Return the values of a header as the service got it."""
        assert self.sent is not None
        return [value.decode("latin-1") for key, value in self.sent.headers if key == name.encode()]

    async def _ask(
        self, method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]], body: bytes
    ) -> Answer:
        path, _, query = target.partition("?")
        given = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in given]
        if not any(name == b"host" for name, _ in fields):
            fields.insert(0, (b"host", b"api.test"))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": fields,
            "client": ("192.0.2.7", 1234),
            "server": ("127.0.0.1", 8080),
        }
        seen: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            seen.append(message)

        await self._gateway(scope, receive, send)
        shown = [(name.decode(), value.decode("latin-1")) for name, value in seen[0]["headers"]]
        return Answer(seen[0]["status"], shown, b"".join(each["body"] for each in seen[1:]))


class _Recorder(Forwarder):
    def __init__(self, front: Front) -> None:
        self._front = front

    async def forward(self, head: Head, backend: Backend, intake: Intake, outlet: Outlet) -> None:
        """Note what would be sent, take the body, answer 200."""
        while await intake.chunk() is not None:
            pass
        self._front.sent = head
        await outlet.begin(Reply(200, self._front.answered))
        await outlet.push(b"done", is_last=True)
