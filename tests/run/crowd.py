"""Many clients at once, at little cost: HTTP/1.1 on connections that are kept, in one process."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services import KEY

CLIENTS = 24


class Request(NamedTuple):
    """What is sent to a service at a base URL."""

    method: str
    base: str
    path: str
    body: Any = None


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


class Line:
    """A connection to one service."""

    def __init__(self, base: str) -> None:
        self._at = urlsplit(base)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Request) -> Answer:
        """Send a request and return the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._at.hostname, self._at.port)
        reader, writer = self._streams
        body = b"" if request.body is None else json.dumps(request.body).encode()
        head = f"{request.method} {request.path} HTTP/1.1\r\nhost: {self._at.netloc}\r\nx-api-key: {KEY}\r\n"
        writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        start, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(start.split()[1]), headers, json.loads(content) if content else None)

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


def ask_at_once(requests: Sequence[Request], clients: int = CLIENTS) -> list[Answer]:
    """Send all requests, so many at a time, and return the answers in their order."""
    answers: dict[int, Answer] = {}

    async def client(numbered: Iterator[tuple[int, Request]]) -> None:
        lines: dict[str, Line] = {}
        for number, request in numbered:
            line = lines.setdefault(request.base, Line(request.base))
            answers[number] = await line.ask(request)
        for line in lines.values():
            line.close()

    async def run() -> None:
        numbered = iter(list(enumerate(requests)))
        await asyncio.gather(*(client(numbered) for _ in range(min(clients, len(requests)))))

    asyncio.run(run())
    return [answers[number] for number in range(len(requests))]
