"""Bodies that are sent while they are made: piece by piece, no faster than the caller takes them."""

import asyncio
import logging
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from starlette.types import Receive, Send

from ..bodies.incoming import ClientGone
from .outcomes import Outcome, RawHeaders, ResponseViolation

logger = logging.getLogger(__name__)

PIECE = 64 * 1024
"""How many bytes of a file are read and sent at once."""


class StreamBroken(Exception):
    """A stream cannot go on; the connection is cut, so that what was sent does not pass for the whole."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes to come. ``length`` is how many, where that is known.

    ``patience`` is for how many seconds the first piece is waited for before the headers go out, None for as long as it
    takes; ``pulse`` is sent whenever nothing has come for ``pause`` seconds.
    """

    pieces: AsyncIterator[bytes]
    length: int | None = None
    patience: float | None = None
    pulse: bytes = b""
    pause: float | None = None


class Streamed:
    """An answer whose body is a stream: ``begin`` it where errors can still be told, then ``send`` it.

    ``left`` waits until the caller has left, where the body of the request may still be read; None for all others.
    """

    __slots__ = ("_feed", "_stream", "headers", "left", "status")

    def __init__(self, status: int, headers: RawHeaders, stream: Stream) -> None:
        self.status = status
        self.headers = headers
        self._stream = stream
        self._feed: _Feed | None = None
        self.left: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def begin(self) -> None:
        """Wait for the first piece; raises what the maker of the stream raises before there is one."""
        self._feed = _Feed(self._stream.pieces)
        try:
            await self._feed.first(self._stream.patience)
        except BaseException:
            await self._feed.close()
            raise

    async def send(self, receive: Receive, send: Send, identifier: bytes, *, bodiless: bool) -> None:
        """Send the answer until it ends or the caller is gone; raises StreamBroken where it cannot be completed."""
        feed = self._feed or _Feed(self._stream.pieces)
        headers = [*self.headers, (b"x-request-id", identifier)]
        if self._stream.length is not None:
            headers.append((b"content-length", b"%d" % self._stream.length))
        sending = asyncio.ensure_future(self._send(feed, send, headers, bodiless))
        leaving = asyncio.ensure_future(_gone(receive) if self.left is None else self.left())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stopped(leaving)
            # Where the caller has left or the service stops.
            await _stopped(sending)
            await feed.close()
        if not sending.cancelled():
            # Of a maker that reads the request, and was told so before the server said it here.
            with suppress(ClientGone):
                sending.result()

    async def _send(self, feed: "_Feed", send: Send, headers: RawHeaders, bodiless: bool) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if not bodiless:
            await self._send_pieces(feed, send)
        await send({"type": "http.response.body", "body": b""})

    async def _send_pieces(self, feed: "_Feed", send: Send) -> None:
        sent, length = 0, self._stream.length
        while (piece := await self._next(feed)) is not None:
            sent += len(piece)
            if length is not None and sent > length:
                raise StreamBroken(f"the stream holds more than the {length} bytes that it announced")
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if length is not None and sent != length:
            raise StreamBroken(f"the stream holds {sent} bytes, not the {length} that it announced")

    async def _next(self, feed: "_Feed") -> bytes | None:
        try:
            return await feed.next(self._stream.pause)
        except TimeoutError:
            return self._stream.pulse
        except ClientGone:
            raise
        except Exception as error:
            if isinstance(error, ResponseViolation):
                logger.error("a stream breaks the contract: %s", error)
            else:
                logger.exception("a stream broke")
            raise StreamBroken("the stream could not be completed") from None


Leaving: TypeAlias = Outcome | Streamed
"""What leaves: as a whole, or while it is made."""


class _Feed:
    """Pulls a stream from one task, which a maker that holds a lock or a timeout between pieces needs."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        # One piece waits at most: the maker is held up until the one before has been sent.
        self._waiting: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(1)
        self._held: list[bytes | Exception | None] = []
        self._pieces = pieces
        self._task = asyncio.create_task(self._pull())

    async def first(self, patience: float | None) -> None:
        """Wait until there is a piece or the end, for ``patience`` seconds at most; raises what the maker raises."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                self._held.append(await self._waiting.get())
        if self._held and isinstance(self._held[0], Exception):
            raise self._held[0]

    async def next(self, pause: float | None) -> bytes | None:
        """Return the next piece, None at the end; raises TimeoutError after ``pause`` seconds, or as the maker does."""
        if self._held:
            piece = self._held.pop()
        else:
            async with asyncio.timeout(pause):
                piece = await self._waiting.get()
        if isinstance(piece, TimeoutError):
            raise RuntimeError("the maker of the stream ran out of time") from piece
        if isinstance(piece, Exception):
            raise piece
        return piece

    async def close(self) -> None:
        """Stop the maker: what it waits for is cancelled, and it is closed."""
        await _stopped(self._task)

    async def _pull(self) -> None:
        try:
            async for piece in self._pieces:
                if piece:
                    await self._waiting.put(piece)
        except Exception as error:
            await self._waiting.put(error)
        else:
            await self._waiting.put(None)
        finally:
            await closed(self._pieces)


async def closed(pieces: AsyncIterable[object]) -> None:
    """Close the generator behind ``pieces``, where it is one."""
    close = getattr(pieces, "aclose", None)
    if close is not None:
        try:
            await close()
        except Exception:
            logger.exception("a stream could not be closed")


async def file_pieces(path: Path) -> AsyncIterator[bytes]:
    """Yield a file in pieces, read in threads."""
    file = await asyncio.to_thread(open, path, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()


def stream_of(value: AsyncIterable[bytes | str] | Path, charset: str = "utf-8") -> Stream:
    """Return the stream of a file, or of pieces; text among them is written in ``charset``. Raises OSError."""
    if isinstance(value, Path):
        return Stream(file_pieces(value), length=os.stat(value).st_size)
    return Stream(_encoded(value, charset))


def bounded(stream: Stream, least: int, most: int | None) -> Stream:
    """Return ``stream`` with its length judged: it raises ResponseViolation where that is none of the contract's."""
    if stream.length is not None:
        check_size(stream.length, least, most)
        return stream
    return replace(stream, pieces=_measured(stream.pieces, least, most)) if least or most is not None else stream


def check_size(size: int, least: int, most: int | None) -> None:
    """Raise ResponseViolation where ``size`` is none that the contract allows."""
    if size < least or (most is not None and size > most):
        raise ResponseViolation(f"the body holds {size} bytes, which the schema does not allow")


async def mapped(values: AsyncIterable[object], write: Callable[[object], bytes]) -> AsyncIterator[bytes]:
    """Yield what ``write`` makes of each of ``values``; they are closed with the generator."""
    try:
        async for value in values:
            yield write(value)
    finally:
        await closed(values)


async def _encoded(pieces: AsyncIterable[bytes | str], charset: str) -> AsyncIterator[bytes]:
    try:
        async for piece in pieces:
            yield piece.encode(charset) if isinstance(piece, str) else piece
    finally:
        await closed(pieces)


async def _measured(pieces: AsyncIterator[bytes], least: int, most: int | None) -> AsyncIterator[bytes]:
    size = 0
    try:
        async for piece in pieces:
            size += len(piece)
            check_size(max(size, least), least, most)
            yield piece
        check_size(size, least, most)
    finally:
        await closed(pieces)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stopped(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait((task,))
