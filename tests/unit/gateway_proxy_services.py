"""Services that speak HTTP byte by byte, well and badly, for the development gateway to stand in front of."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Speech = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Asked"], Awaitable[None]]


@dataclass
class Asked:
    """A request as the service read it: its head and, where its behaviour read it, its body."""

    head: bytes
    body: bytes = b""

    @property
    def target(self) -> str:
        """The target as it was sent."""
        return self.head.split()[1].decode()


@dataclass
class Service:
    """Listens on a port of its own, in a thread, and does for each path what ``speeches`` say."""

    speeches: Mapping[str, Speech]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, whatever is on its way."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._socket.close()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked = Asked(head)
                self.asked.append(asked)
                await self.speeches[asked.target.partition("?")[0].split("/")[1]](reader, writer, asked)
        except (EOFError, OSError):
            pass
        finally:
            writer.close()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read a body as its head says; raises ValueError where that is said in two ways."""
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:] if line]
    lengths = [value for name, _, value in fields if name.lower() == b"content-length"]
    is_chunked = any(name.lower() == b"transfer-encoding" for name, _, _ in fields)
    if len(lengths) + is_chunked > 1:
        raise ValueError(head)
    if lengths:
        return await reader.readexactly(int(lengths[0]))
    body = b""
    while is_chunked and (size := int(await reader.readline(), 16)) >= 0:
        body += await reader.readexactly(size)
        await reader.readline()
        if not size:
            break
    return body


def answer(body: bytes, *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """Return an answer whole."""
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields, b"", body)
    return b"\r\n".join(lines)
