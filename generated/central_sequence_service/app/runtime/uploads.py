"""Binary content of a request, read in pieces: a body as it arrives, or a part of a form kept beside memory."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from os import PathLike
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .bodies.incoming import refused
from .errors import InsufficientStorage
from .storage.faults import no_room

PIECE = 64 * 1024
"""How many bytes ``chunks`` gives at once, at most."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,()+=@~!")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Label:
    """What a caller says of binary content: ``filename`` is the last part of a path, None where no name is given."""

    filename: str | None = None
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)


class Upload(ABC):
    """Binary content that a caller sends; it is closed when the request has been answered.

    ``filename`` is the last part of the name that the caller gave, for showing: never a path to write to.
    ``content_type`` is what the caller says that it is, ``headers`` are those of its part, by lower-case name.
    ``size`` is in bytes, None where the caller has not announced how much will come.
    """

    def __init__(self, label: Label, size: int | None) -> None:
        self.filename = label.filename
        self.content_type = label.content_type
        self.headers = label.headers
        self.size = size

    @abstractmethod
    async def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``; all that is left where it is negative, nothing at the end.

        Raises ApiError where more or less comes than the contract or the service allows.
        """

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield what is left, in pieces of at most 64 KiB."""
        while piece := await self.read(PIECE):
            yield piece

    async def save(self, path: "str | PathLike[str]") -> int:
        """Write what is left to a new file or over an old one; return how many bytes there were.

        Raises InsufficientStorage where the disk is full; what had been written by then stays.
        """
        written = 0
        with _with_room():
            file = await asyncio.to_thread(open, path, "wb")
            try:
                async for piece in self.chunks():
                    written += await asyncio.to_thread(file.write, piece)
            finally:
                await asyncio.to_thread(file.close)
        return written

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a typed view hold it as it is."""
        return core_schema.is_instance_schema(cls)


def disposition(filename: str, *, inline: bool = False) -> str:
    """Return a Content-Disposition for content to be saved as ``filename``, whoever gave it that name.

    Letters that a header cannot carry are encoded (RFC 6266 section 4.3, RFC 8187); nothing but the last part of a
    path is told.
    """
    last = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(each if each.isprintable() else "_" for each in last).strip(". ") or "file"
    plain = "".join(each if each in _PLAIN else "_" for each in name)
    encoded = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    exact = "" if plain == name else f"; filename*=UTF-8''{encoded}"
    return f'{"inline" if inline else "attachment"}; filename="{plain}"{exact}'


@contextmanager
def _with_room() -> Iterator[None]:
    """Tell the caller of a disk that is full; other faults are not the caller's to know."""
    try:
        yield
    except OSError as error:
        raise no_room(error) or error from error.__cause__


class _Memory(SpooledTemporaryFile[bytes]):
    """Memory that becomes an unnamed file when it has grown enough."""


class Spool:
    """The binary parts of one request, one after the other: ``bound`` bytes in memory, more in an unnamed file."""

    def __init__(self, bound: int) -> None:
        self._bound = max(bound, 1)
        self._file = _Memory(max_size=self._bound)
        # Two parts may be read at a time, and there is one position in the file.
        self._lock = threading.Lock()
        self.size = 0

    async def append(self, piece: bytes) -> None:
        """Add bytes to the end; raises InsufficientStorage where they go to a disk that is full."""
        self.size += len(piece)
        if self._on_disk:
            await asyncio.to_thread(self._write, piece)
        else:
            self._file.write(piece)

    async def read(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes from ``start`` on; raises ValueError where the request has been answered."""
        return await asyncio.to_thread(self._read, start, size) if self._on_disk else self._read(start, size)

    def close(self) -> None:
        """Give the memory or the file back; what a full disk did not take is not missed any more."""
        with suppress(OSError):
            self._file.close()

    @property
    def _on_disk(self) -> bool:
        return self.size > self._bound

    def _write(self, piece: bytes) -> None:
        try:
            with _with_room():
                self._file.write(piece)
        except FileNotFoundError as error:
            # There is no folder for temporary files to which even a byte could be written.
            raise InsufficientStorage from error

    def _read(self, start: int, size: int) -> bytes:
        with self._lock, _with_room():
            self._file.seek(start)
            return self._file.read(size)


class StoredUpload(Upload):
    """A part of a form: ``size`` bytes of a spool from ``start`` on."""

    def __init__(self, label: Label, spool: Spool, start: int, size: int) -> None:
        super().__init__(label, size)
        self._spool = spool
        self._at = start
        self._end = start + size

    async def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``; all that is left where it is negative, nothing at the end."""
        left = self._end - self._at
        piece = await self._spool.read(self._at, left if size < 0 else min(size, left))
        self._at += len(piece)
        return piece


class ArrivingUpload(Upload):
    """A body that is still arriving: nothing but the piece at hand is in memory."""

    def __init__(self, label: Label, arriving: AsyncIterator[bytes], size: int | None, least: int = 0) -> None:
        super().__init__(label, size)
        self._arriving = arriving
        self._least = least
        self._come = 0
        self._rest = b""
        self._closed = False

    async def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``; all that is left where it is negative, nothing at the end.

        Raises PayloadTooLarge where more comes than is allowed, Invalid where less comes than the contract asks for.
        """
        if self._closed:
            raise ValueError("the request has been answered: its body is closed")
        if size < 0:
            return b"".join([piece async for piece in self.chunks()])
        if not self._rest and size:
            self._rest = await self._next()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        self._rest = b""

    async def _next(self) -> bytes:
        piece = await anext(self._arriving, b"")
        self._come += len(piece)
        if not piece and self._come < self._least:
            raise refused(f"the body has less than {self._least} bytes", "minLength")
        return piece
