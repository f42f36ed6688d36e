"""What comes over the wire: the headers that say what a body is, and its bytes, never more than a bound."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.types import Message, Receive, Scope

from ..errors import ApiError, Invalid, PayloadTooLarge, ServiceUnavailable, Violation

_HEADERS = frozenset({b"content-type", b"content-length", b"content-encoding"})
_MOST_DIGITS = 18
_FEW_DIGITS = 5
LARGE = 256 * 1024
"""Bytes from which on a body takes a while to be parsed and judged, which nothing can interrupt."""
Described = Mapping[bytes, bytes]

NOTHING: Any = object()
"""What is read where no body came, which is not the null of JSON."""


class ClientGone(Exception):
    """The caller left before the body had arrived; nobody waits for an answer."""


class Budget:
    """What all bodies together may hold that are being read into memory, in bytes, and the order of the large ones.

    A large one is ``held`` against it until its request has been answered: what is made of it is larger still.
    """

    __slots__ = ("_one", "held", "left")

    def __init__(self, most: int) -> None:
        self.left = most
        self.held: dict[asyncio.Task[Any] | None, int] = {}
        self._one = asyncio.Lock()

    def hold(self, size: int) -> None:
        """Keep what was taken until the request under way has been answered."""
        task = asyncio.current_task()
        self.held[task] = self.held.get(task, 0) + size

    def release(self) -> None:
        """Give back what is held for the request under way."""
        self.left += self.held.pop(asyncio.current_task(), 0)

    async def turn_if_held(self) -> None:
        """Wait for a turn where the request under way has a large body."""
        if asyncio.current_task() in self.held:
            await self.turn()

    async def turn(self) -> None:
        """Wait until no other large body is next: the event loop serves others between one and the next."""
        async with self._one:
            await asyncio.sleep(0)

    def take(self, size: int) -> None:
        """Take memory for ``size`` bytes; raises ServiceUnavailable where there is none left."""
        if size > self.left:
            raise ServiceUnavailable("too much is being sent at once", headers={"Retry-After": "1"})
        self.left -= size

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self.left += size


def described(scope: Scope) -> Described:
    """Return the headers of ``scope`` that say what its body is, as they were sent."""
    return {name: value for name, value in scope["headers"] if name in _HEADERS}


def announced(headers: Described) -> int | None:
    """Return the length of the body in bytes as its headers announce it, None where they do not."""
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        return None
    # More digits than any body has bytes; nor are they worth an integer of that size.
    return int(length) if len(length) <= _MOST_DIGITS else 10**_MOST_DIGITS


async def read_bounded(headers: Described, receive: Receive, limit: int, budget: Budget) -> bytes:
    """Return the whole body; raises PayloadTooLarge as soon as more than ``limit`` bytes are announced or have come.

    Raises ServiceUnavailable where ``budget`` has no room for it, and ClientGone.
    """
    # What is announced with few digits costs more to look at than to count when it is here.
    if len(headers.get(b"content-length", b"")) > _FEW_DIGITS and (announced(headers) or 0) > limit:
        raise too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    pieces: list[bytes] = []
    size = 0
    try:
        while message["type"] == "http.request":
            piece = message.get("body", b"")
            if size + len(piece) > limit:
                raise too_large(limit)
            budget.take(len(piece))
            size += len(piece)
            pieces.append(piece)
            if not message.get("more_body"):
                if size >= LARGE:
                    await budget.turn()
                    budget.hold(size)
                    size = 0
                return b"".join(pieces)
            message = await receive()
        raise ClientGone
    finally:
        budget.give(size)


async def pieces_of(headers: Described, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; raises as ``read_bounded``."""
    if (announced(headers) or 0) > limit:
        raise too_large(limit)
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
        if piece:
            yield piece


async def peeked(receive: Receive) -> tuple[bool, Receive]:
    """Return whether anything comes at all, and a channel that gives it; raises ClientGone."""
    first = await receive()
    while not first.get("body") and first.get("more_body"):
        first = await receive()
    if first["type"] != "http.request":
        raise ClientGone
    waiting: list[Message] = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return bool(first.get("body")), again


class Shared:
    """What comes of one request for two who wait for it: who reads its body, and who watches whether the caller leaves.

    One message is kept at most, so that no more is taken from the caller than is read.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._lock = asyncio.Lock()
        self._kept: Message | None = None
        self._taken = asyncio.Event()
        self._is_whole = False
        self._has_left = False

    async def next(self) -> Message:
        """Return the next message."""
        async with self._lock:
            message = await self._first()
            self._kept = None
        self._taken.set()
        return message

    async def left(self) -> None:
        """Wait until the caller has left; as long as a part of the body waits to be read, that is not seen."""
        while not self._is_whole:
            self._taken.clear()
            async with self._lock:
                message = await self._first()
            if message["type"] == "http.request" and message.get("more_body"):
                await self._taken.wait()
        while not self._has_left:
            self._has_left = (await self._receive())["type"] != "http.request"

    async def _first(self) -> Message:
        if self._kept is None:
            self._kept = await self._receive()
            self._has_left = self._kept["type"] != "http.request"
            self._is_whole = self._has_left or not self._kept.get("more_body")
        return self._kept


def too_large(limit: int) -> ApiError:
    """Return the error for a body of more than ``limit`` bytes."""
    return PayloadTooLarge(f"the body is larger than {limit} bytes")


def malformed(message: str, path: tuple[str | int, ...] = ()) -> Invalid:
    """Return the error for a body, or the part of it at ``path``, that cannot be read."""
    return Invalid((Violation("body", path, message, "syntax"),), malformed=True)


def refused(message: str, rule: str, path: tuple[str | int, ...] = ()) -> Invalid:
    """Return the error for a body, or the part of it at ``path``, that was read and is not what the contract allows."""
    return Invalid((Violation("body", path, message, rule),))
