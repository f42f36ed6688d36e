"""Connections to servers of the public internet, and to no other: what is connected to is what was looked at."""

import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fountaingen.primitives.internet import is_public
from fountaingen.primitives.urls import Address
from fountaingen.stages.files import MAX_BYTES

Resolve = Callable[[str, int, float], Sequence[str]]
"""Returns the IP addresses of a host, given it, the port and how many seconds it may take; raises OSError."""


class Unfetched(Exception):
    """A document that is not fetched; the message says why, in words that follow its name."""


@dataclass(frozen=True)
class Limits:
    """What a fetch may take: seconds to find and to reach a server, between two readings, in all; bytes; redirects."""

    connect: float = 10.0
    read: float = 10.0
    total: float = 60.0
    size: int = MAX_BYTES
    redirects: int = 5


@dataclass(frozen=True)
class Deadline:
    """A moment by which all has to be done, on the monotonic clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float = math.inf) -> float:
        """Return how many of ``seconds`` are left; raises TimeoutError where none is."""
        left = min(seconds, self.at - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left


def resolved(host: str, port: int, seconds: float) -> Sequence[str]:
    """Ask the system for the addresses of a host; raises OSError, TimeoutError after ``seconds``."""
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.extend(str(info[4][0]) for info in infos)
        except (OSError, UnicodeError) as error:
            failed.append(error)

    # The system's resolver takes no time limit, and a thread that waits for it must not keep the process.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise OSError(str(failed[0])) from failed[0]
    if not found:
        raise TimeoutError
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Network:
    """What a fetch meets of the world. Only tests give other parts than these, as arguments."""

    resolve: Resolve = resolved
    permits: Callable[[str], bool] = is_public
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    limits: Limits = field(default_factory=Limits)

    def connect(self, address: Address, deadline: Deadline) -> ssl.SSLSocket:
        """Return a connection to the server of ``address``, whose certificate is for its name.

        The name is resolved once, every address looked at, and one of these connected to; a proxy is never used.

        Raises:
            Unfetched: an address is not of the public internet, or the server cannot be reached or is another.
        """
        try:
            seconds = deadline.within(self.limits.connect)
            addresses = self.resolve(address.host, address.port, seconds)
        except TimeoutError as error:
            raise Unfetched("its host took too long to be found") from error
        except OSError as error:
            raise Unfetched("its host is not found") from error
        if not addresses or not all(map(self.permits, addresses)):
            raise Unfetched("its host has an address that is not of the public internet")
        plain = self._reached(addresses, address.port, deadline)
        try:
            plain.settimeout(deadline.within(self.limits.connect))
            return self.trust().wrap_socket(plain, server_hostname=address.host, suppress_ragged_eofs=False)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise Unfetched(f"its server is not trusted: {error.verify_message}") from error
        except (OSError, ValueError) as error:
            plain.close()
            raise Unfetched("its server does not speak TLS as it should") from error

    def _reached(self, addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
        for each in addresses:
            with suppress(OSError):
                return socket.create_connection((each, port), timeout=deadline.within(self.limits.connect))
        raise Unfetched("its server cannot be reached")
