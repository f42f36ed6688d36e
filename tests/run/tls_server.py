"""A server of documents that speaks TLS with certificates of its own authority, and misbehaves as it is told."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fountaingen.certificates.authority import Authority, key_pem, new_key, pem_of
from fountaingen.remote.network import Limits, Network

HOST = "docs.example"
OTHER = "other.example"
PRIVATE = "private.example"
ADDRESSES = {HOST: ("127.0.0.1",), OTHER: ("127.0.0.1",), PRIVATE: ("127.0.0.2",)}
"""What the resolver of these tests knows; of these, 127.0.0.1 counts as public."""

Behave = Callable[[ssl.SSLSocket], None]
"""Answers a request that was read."""


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Behave:
    """Return what sends ``body`` and closes the connection."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "Connection: close"])
    return lambda connection: connection.sendall(f"{head}\r\n\r\n".encode("latin-1") + body)


def redirect(location: str) -> Behave:
    """Return what sends browsers elsewhere."""
    return answer(b"", f"Location: {location}", status="302 Found")


@dataclass
class Server:
    """A running server: its port, what it answers by target, what it was asked; unset ``open_`` ends what waits."""

    port: int
    authority: Authority
    answers: dict[str, Behave] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that a project has to name, since the port is another than 443."""
        return tuple(f"https://{host}:{self.port}" for host in ADDRESSES)

    def url(self, target: str, host: str = HOST) -> str:
        """Return the URL of a document."""
        return f"https://{host}:{self.port}{target}"

    def put(self, documents: Mapping[str, str]) -> None:
        """Let these documents be there, by target."""
        self.answers |= {target: answer(text.encode()) for target, text in documents.items()}

    def trust(self) -> ssl.SSLContext:
        """Return what trusts this server's authority and no other."""
        return ssl.create_default_context(cadata=pem_of(self.authority.certificate).decode())

    def network(self, limits: Limits | None = None) -> Network:
        """Return a network in which this server is on the public internet."""
        return Network(self._resolve, lambda ip: ip == "127.0.0.1", self.trust, limits or Limits())

    def _resolve(self, host: str, port: int, seconds: float) -> Sequence[str]:
        assert port == self.port
        assert seconds > 0
        self.resolved.append(host)
        if host not in ADDRESSES:
            raise OSError("unknown")
        return ADDRESSES[host]


@contextmanager
def serving(folder: Path, names: Sequence[str] = (HOST, OTHER)) -> Iterator[Server]:
    """Run a server with certificates for ``names``, in which ``folder`` may hold files, until the block ends."""
    now = datetime.now(UTC)
    authority = Authority.of(new_key(), now)
    contexts = {name: _context(folder, authority, name, now) for name in names}
    default = contexts[names[0]]

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", default)

    default.sni_callback = choose
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1], authority)
        thread = threading.Thread(target=_accept, args=(listener, default, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _context(folder: Path, authority: Authority, name: str, now: datetime) -> ssl.SSLContext:
    key = new_key()
    path = folder / f"{name}.pem"
    path.write_bytes(key_pem(key) + pem_of(authority.issue(name, key, now)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _accept(listener: socket.socket, context: ssl.SSLContext, server: Server) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(plain, context, server), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, server: Server) -> None:
    plain.settimeout(10)
    # A client that refuses ends the connection in the middle of whatever is sent.
    with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
        request = b""
        while b"\r\n\r\n" not in request:
            if not (data := connection.recv(1 << 16)):
                return
            request += data
        server.asked.append(request)
        target = request.split(b" ", 2)[1].decode()
        server.answers.get(target, answer(b"", status="404 Not Found"))(connection)
        connection.unwrap()
