"""One exchange with a service: the request's body goes up while the answer comes down, until either side has left."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fountaingen.supervisor.gateway.headers import Field, end_to_end
from fountaingen.supervisor.gateway.upstream import (
    Backend,
    Balancer,
    Broken,
    Connection,
    Deserted,
    Head,
    Patience,
    Pool,
    Reply,
    TimedOut,
    Unreachable,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS"))
_CLIENT_PATIENCE = 60.0


class ClientGone(Exception):
    """The client closed its connection."""


class ClientSlow(Exception):
    """Nothing came of a body for too long."""


class TooLarge(Exception):
    """A body grew beyond its limit."""


class Intake:
    """A request's body as it comes from the client, then the news that the client is gone."""

    def __init__(self, receive: Receive, limit: int | None, *, has_body: bool) -> None:
        self._receive = receive
        self._limit = limit
        self.has_body = has_body
        self.is_sent = False

    async def chunk(self) -> bytes | None:
        """Return some of the body, None after the last; raises ClientGone, ClientSlow or TooLarge."""
        if not self.has_body:
            return None
        try:
            async with asyncio.timeout(_CLIENT_PATIENCE):
                message = await self._receive()
        except TimeoutError as error:
            raise ClientSlow from error
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.has_body = bool(message.get("more_body"))
        data = bytes(message.get("body", b""))
        if self._limit is not None:
            self._limit -= len(data)
            if self._limit < 0:
                raise TooLarge
        return data

    async def until_gone(self) -> None:
        """Wait for the client to leave."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


@dataclass
class Outlet:
    """Where the answer goes; ``dress`` makes the header fields that the client sees of those that the service sent."""

    send: Send
    dress: Callable[[list[Field]], list[Field]]
    has_begun: bool = False

    async def begin(self, reply: Reply) -> None:
        """Send the beginning of the answer."""
        self.has_begun = True
        headers = self.dress(end_to_end(reply.headers))
        await self.send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def push(self, data: bytes, *, is_last: bool = False) -> None:
        """Send some of the body."""
        await self.send({"type": "http.response.body", "body": data, "more_body": not is_last})


class Forwarder:
    """Sends requests to services, over connections that are used again."""

    def __init__(self, pool: Pool, balancer: Balancer) -> None:
        self._pool = pool
        self._balancer = balancer

    async def forward(self, head: Head, backend: Backend, intake: Intake, outlet: Outlet) -> None:
        """Send a request, stream the answer back.

        Raises:
            Unreachable, Broken, TimedOut: the service did not answer, or not to the end.
            ClientGone, ClientSlow, TooLarge: the client left, stopped sending, or sent too much.
        """
        has_body = intake.has_body
        connection = await self._connect(backend)
        try:
            await self._exchange(connection, head, backend.patience, (intake, outlet))
        except Broken:
            # A service may close an idle connection just when it is used: what can be said twice is.
            if has_body or outlet.has_begun or not connection.was_used or head.method not in _IDEMPOTENT:
                raise
            connection = await self._pool.take(connection.address, backend.patience, is_new=True)
            await self._exchange(connection, head, backend.patience, (intake, outlet))

    async def _connect(self, backend: Backend) -> Connection:
        failure: Exception = Deserted()
        for address in self._balancer.addresses(backend):
            try:
                return await self._pool.take(address, backend.patience)
            except (Unreachable, TimedOut) as error:
                failure = error
        raise failure

    async def _exchange(
        self, connection: Connection, head: Head, patience: Patience, sides: tuple[Intake, Outlet]
    ) -> None:
        intake, outlet = sides
        up = asyncio.create_task(_up(connection, head, patience, intake))
        down = asyncio.create_task(_down(connection, patience, intake, outlet))
        is_complete = False
        try:
            done, _ = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            (down if down in done else up).result()
            is_complete = True
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            if is_complete:
                self._pool.put_back(connection)
            else:
                connection.close()


async def _up(connection: Connection, head: Head, patience: Patience, intake: Intake) -> None:
    """Send the request, then wait for the client to leave; ends with an exception in any case."""
    is_taken = await _taken(connection.begin(head, patience))
    while (data := await intake.chunk()) is not None:
        # A service may answer, and close, before it has read everything: the answer is still to be read.
        is_taken = is_taken and await _taken(connection.push(data, patience))
    if is_taken:
        await _taken(connection.end(patience))
    intake.is_sent = True
    await intake.until_gone()
    raise ClientGone


async def _taken(sending: Awaitable[None]) -> bool:
    try:
        await sending
    except Broken:
        return False
    return True


async def _down(connection: Connection, patience: Patience, intake: Intake, outlet: Outlet) -> None:
    await outlet.begin(await connection.reply(patience, lambda: intake.is_sent))
    async for data in connection.body(patience):
        await outlet.push(data)
    await outlet.push(b"", is_last=True)
