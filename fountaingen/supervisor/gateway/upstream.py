"""A lean HTTP/1.1 client that streams both ways at once and leaves paths, queries and bodies as they are."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import h11

from fountaingen.supervisor.gateway.headers import Field

Address = tuple[str, int]

_LARGEST_HEAD = 64 * 1024
_READ = 64 * 1024
_IDLE = 2.0
"""Seconds after which an idle connection is not used again: servers close theirs after some more."""
_MOST_IDLE = 64


class Unreachable(Exception):
    """No connection could be made: nothing was sent."""


class Unresolved(Unreachable):
    """The name of the service is unknown."""


class Deserted(Unreachable):
    """There is nothing that could be connected to."""


class Broken(Exception):
    """The connection ended, or what came over it is not HTTP."""


class TimedOut(Exception):
    """The service took too long."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, between two reads, for a write to be taken."""

    connect: float = 60.0
    read: float = 60.0
    write: float = 60.0


@dataclass(frozen=True)
class Head:
    """The beginning of a request as it is sent."""

    method: bytes
    target: bytes
    headers: tuple[Field, ...]


@dataclass(frozen=True)
class Reply:
    """The beginning of an answer."""

    status: int
    headers: tuple[Field, ...]


class Connection:
    """A connection to a service, on which one request and its answer are on their way at a time."""

    def __init__(self, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.address = address
        self.was_used = False
        self._reader = reader
        self._writer = writer
        self._protocol = h11.Connection(h11.CLIENT, _LARGEST_HEAD)
        self._idle_since = 0.0

    @classmethod
    async def open(cls, address: Address, seconds: float) -> "Connection":
        """Connect; raises Unreachable, Unresolved or TimedOut."""
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(*address, limit=_READ)
        except TimeoutError as error:
            raise TimedOut from error
        except OSError as error:
            raise Unresolved if isinstance(error, socket.gaierror) else Unreachable from error
        return cls(address, reader, writer)

    async def begin(self, head: Head, patience: Patience) -> None:
        """Send the beginning of a request."""
        try:
            request = h11.Request(method=head.method, target=head.target, headers=list(head.headers))
        except h11.ProtocolError as error:
            raise Broken(str(error)) from error
        await self._send(request, patience)

    async def push(self, data: bytes, patience: Patience) -> None:
        """Send some of the body."""
        await self._send(h11.Data(data=data), patience)

    async def end(self, patience: Patience) -> None:
        """Say that the body is complete."""
        await self._send(h11.EndOfMessage(), patience)

    async def reply(self, patience: Patience, is_waiting: Callable[[], bool]) -> Reply:
        """Return the beginning of the answer; while ``is_waiting()`` is false the service may take its time.

        Raises:
            Broken, TimedOut: there is none, or none that is HTTP.
        """
        while True:
            event = await self._next(patience, is_waiting)
            if isinstance(event, h11.Response) and event.status_code < 600:
                return Reply(event.status_code, tuple((bytes(name), bytes(value)) for name, value in event.headers))
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise Broken("unexpected answer")

    async def body(self, patience: Patience) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it comes, trailers left out; raises Broken or TimedOut where it stops."""
        while True:
            event = await self._next(patience, lambda: True)
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    def release(self) -> bool:
        """Make the connection ready for another request; false where that cannot be, and it is closed."""
        states = self._protocol.states
        if states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE} or self._protocol.trailing_data[0]:
            self.close()
            return False
        self._protocol.start_next_cycle()
        self._idle_since = asyncio.get_running_loop().time()
        self.was_used = True
        return True

    async def is_fresh(self) -> bool:
        """Tell whether the connection, idle by now, can be expected to be open still, and nothing came unasked."""
        if asyncio.get_running_loop().time() - self._idle_since > _IDLE or self._writer.is_closing():
            return False
        try:
            # What a service sent beyond its last answer must not become the answer to somebody else.
            async with asyncio.timeout(0):
                await self._reader.read(1)
        except TimeoutError:
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        """Close the connection at once, whatever is on its way."""
        transport = self._writer.transport
        with suppress(Exception):
            transport.abort()

    async def _send(self, event: h11.Event, patience: Patience) -> None:
        try:
            data = self._protocol.send(event)
            if data:
                self._writer.write(data)
                async with asyncio.timeout(patience.write):
                    await self._writer.drain()
        except TimeoutError as error:
            raise TimedOut from error
        except (OSError, h11.ProtocolError) as error:
            raise Broken(str(error)) from error

    async def _next(self, patience: Patience, is_waiting: Callable[[], bool]) -> h11.Event:
        while True:
            try:
                event = self._protocol.next_event()
                if event is not h11.NEED_DATA:
                    if not isinstance(event, h11.Event) or isinstance(event, h11.ConnectionClosed):
                        raise Broken("the connection was closed")
                    return event
                async with asyncio.timeout(patience.read):
                    data = await self._reader.read(_READ)
                self._protocol.receive_data(data)
            except TimeoutError as error:
                if is_waiting():
                    raise TimedOut from error
            except (OSError, h11.ProtocolError) as error:
                raise Broken(str(error)) from error


class Pool:
    """Connections that are idle now, by address."""

    def __init__(self) -> None:
        self._idle: dict[Address, list[Connection]] = {}

    async def take(self, address: Address, patience: Patience, *, is_new: bool = False) -> Connection:
        """Return a connection to ``address``; raises Unreachable, Unresolved or TimedOut."""
        idle = self._idle.get(address, [])
        while idle and not is_new:
            connection = idle.pop()
            if await connection.is_fresh():
                return connection
            connection.close()
        return await Connection.open(address, patience.connect)

    def put_back(self, connection: Connection) -> None:
        """Keep a connection for the next request, where it can take one."""
        if connection.release():
            idle = self._idle.setdefault(connection.address, [])
            idle.append(connection)
            if len(idle) > _MOST_IDLE:
                idle.pop(0).close()

    async def __aenter__(self) -> "Pool":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in (each for idle in self._idle.values() for each in idle):
            connection.close()
        self._idle.clear()


@dataclass(frozen=True)
class Backend:
    """Where a service is reached: its targets, and how many others are tried where one is not to be reached."""

    targets: tuple[Address, ...]
    patience: Patience
    retries: int = 5


class Balancer:
    """Takes the targets of a backend in turn."""

    def __init__(self, resolved: Mapping[str, Address]) -> None:
        self._resolved = resolved
        self._turns: dict[Backend, int] = {}

    def addresses(self, backend: Backend) -> tuple[Address, ...]:
        """Return the addresses to try, the one whose turn it is first."""
        if not backend.targets:
            return ()
        turn = self._turns.get(backend, 0)
        self._turns[backend] = turn + 1
        count = len(backend.targets)
        order = (backend.targets[(turn + step) % count] for step in range(min(count, backend.retries + 1)))
        return tuple(dict.fromkeys(self._address(*each) for each in order))

    def _address(self, host: str, port: int) -> Address:
        return self._resolved.get(f"{host}:{port}") or self._resolved.get(host) or (host, port)
