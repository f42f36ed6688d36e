"""What a connection is written to, and what its socket tells and can be told."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

_ESTABLISHED = b"\x01"
"""The state in which a TCP connection of Linux is as long as both sides may send (tcp.h)."""


class Last(asyncio.Transport):
    """What the last answer of a connection is written to: closing it is left to ``end``."""

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._end = end

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write a piece of it."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection with what was written."""
        self._end()


def has_left(transport: asyncio.Transport) -> bool:
    """Whether the other side of a TCP connection will send no more, which uvicorn takes for a good-bye."""
    option = getattr(socket, "TCP_INFO", None)
    sock = transport.get_extra_info("socket")
    if option is None or sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    with suppress(OSError):
        return bool(sock.getsockopt(socket.IPPROTO_TCP, option, 1) != _ESTABLISHED)
    return False


def expect_acknowledgement(transport: asyncio.Transport, seconds: float) -> None:
    """Have the system give up a caller who is gone without a word (RFC 5482)."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    sock = transport.get_extra_info("socket")
    if option is not None and sock is not None and seconds and sock.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
