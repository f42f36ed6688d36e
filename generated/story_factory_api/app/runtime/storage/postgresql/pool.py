"""Connections for reads: as many as are needed, up to a number; whoever waits too long for one is told so."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from ...errors import ServiceUnavailable
from .connections import Held


class Pool:
    """At most ``size`` connections; ``timeout`` is in seconds."""

    def __init__(self, connect: Callable[[], Awaitable[Held]], size: int, timeout: float) -> None:
        self._connect = connect
        self._timeout = timeout
        self._free: list[Held] = []
        self._waiting: deque[asyncio.Future[Held | None]] = deque()
        self._open = True
        self.size = size
        self.taken = 0

    @property
    def waiting(self) -> int:
        """How many wait for a connection."""
        return len(self._waiting)

    async def take(self) -> Held:
        """Return a connection that is nobody else's until it is given back; raises ServiceUnavailable."""
        while self._free:
            held = self._free.pop()
            if held.usable:
                self.taken += 1
                return held
            held.discard()
        if self.taken < self.size:
            self.taken += 1
        elif (handed := await self._wait()) is not None:
            return handed
        return await self._made()

    def give(self, held: Held) -> None:
        """Take a connection back and hand it to whoever has waited longest; a broken one is let go of."""
        if not held.usable or not self._open:
            held.discard()
            self._pass_on(None)
        else:
            self._pass_on(held)

    async def close(self) -> None:
        """Close what nobody uses; what is in use is closed when it is given back."""
        self._open = False
        free, self._free = self._free, []
        await asyncio.gather(*(held.close() for held in free))

    async def _made(self) -> Held:
        try:
            return await self._connect()
        except BaseException:
            self._pass_on(None)
            raise

    async def _wait(self) -> Held | None:
        """Return a connection that was given back, None where one may be made in its place."""
        future: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(self._timeout):
                return await future
        except BaseException as error:
            self._waiting = deque(each for each in self._waiting if each is not future)
            if future.done() and not future.cancelled():
                # It came just too late.
                self._pass_on(future.result())
            if isinstance(error, TimeoutError):
                raise ServiceUnavailable(
                    "too many requests wait for the database", headers={"Retry-After": "1"}
                ) from None
            raise

    def _pass_on(self, held: Held | None) -> None:
        """Hand a connection, or the right to make one, to the first who waits."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(held)
                return
        self.taken -= 1
        if held is not None:
            self._free.append(held)
