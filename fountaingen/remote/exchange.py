"""One request and its answer, on a connection that is there: HTTP/1.1, bounded in bytes and in time."""

import ssl
from dataclasses import dataclass
from typing import NoReturn

import h11

from fountaingen.primitives.urls import Address
from fountaingen.remote.network import Deadline, Limits, Unfetched

_HEAD = 32 << 10
"""How many bytes the head of an answer may have."""
_AROUND = 1 << 20
"""How many bytes may come beside those of the document: heads, and what frames its parts."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Redirect:
    """An answer that names another URL, as it is written there."""

    location: str


def ask(connection: ssl.SSLSocket, address: Address, limits: Limits, deadline: Deadline) -> bytes | Redirect:
    """Send a GET and return the document, or where it is instead.

    No compression is asked for and none is taken; what the server says of the document's type is not believed.

    Raises:
        Unfetched: another answer, one too large, or none in time.
    """
    try:
        return _Exchange(connection, limits, deadline).run(address)
    except TimeoutError as error:
        raise Unfetched("its server took too long to answer") from error
    except OSError as error:
        raise Unfetched("its server closed the connection") from error
    except h11.ProtocolError as error:
        raise Unfetched("its server does not speak HTTP as it should") from error


class _Exchange:
    """The state of one exchange: what was received of it."""

    def __init__(self, connection: ssl.SSLSocket, limits: Limits, deadline: Deadline) -> None:
        self._connection = connection
        self._limits = limits
        self._deadline = deadline
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        self._received = 0

    def run(self, address: Address) -> bytes | Redirect:
        headers = [
            ("Host", address.authority),
            ("User-Agent", "fountaingen"),
            ("Accept", "application/yaml, application/json, */*;q=0.5"),
            ("Connection", "close"),
        ]
        self._send(h11.Request(method="GET", target=address.target, headers=headers))
        self._send(h11.EndOfMessage())
        while not isinstance(event := self._event(), h11.Response):
            pass
        if event.status_code in _REDIRECTS:
            return Redirect(_header(event, b"location"))
        self._check(event)
        return self._body()

    def _body(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while isinstance(event := self._event(), h11.Data):
            size += len(event.data)
            if size > self._limits.size:
                self._too_large()
            parts.append(bytes(event.data))
        return b"".join(parts)

    def _check(self, response: h11.Response) -> None:
        if response.status_code != 200:
            raise Unfetched(f"its server answers {response.status_code}")
        if _header(response, b"content-encoding").lower() not in ("", "identity"):
            raise Unfetched("its server compresses it, though that was not asked for")
        length = _header(response, b"content-length")
        if length.isdigit() and int(length[:20]) > self._limits.size:
            self._too_large()

    def _send(self, event: h11.Request | h11.EndOfMessage) -> None:
        self._connection.settimeout(self._deadline.within(self._limits.read))
        self._connection.sendall(self._http.send(event) or b"")

    def _event(self) -> h11.Event:
        while not isinstance(event := self._http.next_event(), h11.Event):
            if event is h11.PAUSED:
                raise Unfetched("its server speaks another protocol than was asked for")
            self._connection.settimeout(self._deadline.within(self._limits.read))
            data = self._connection.recv(1 << 16)
            self._received += len(data)
            if self._received > self._limits.size + _AROUND:
                self._too_large()
            self._http.receive_data(data)
        return event

    def _too_large(self) -> NoReturn:
        raise Unfetched(f"it is larger than {self._limits.size:,} bytes")


def _header(response: h11.Response, name: bytes) -> str:
    """Return what the header ``name`` says, empty where it is not there; of several all, with commas."""
    return ", ".join(value.decode("latin-1") for key, value in response.headers if key == name)
