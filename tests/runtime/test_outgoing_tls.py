"""Calls over TLS: to the address that was judged, by the name that was asked for."""

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fountaingen.runtime.calls.addresses import Destination, Guard
from fountaingen.runtime.calls.calls import PeerUnavailable
from fountaingen.runtime.calls.outlet import Outlet
from fountaingen.runtime.contract import Operation

NAME = "hooks.example"
CALL = Operation("key", "GET", "x", 200, (), None, {}, (), "tell")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of it for NAME, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, plain, serialization.NoEncryption()) + made.public_bytes(pem))
    return file


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """The port of a server on this machine that is NAME by its certificate; it answers the Host it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = f'"{self.headers["Host"]}"'.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def told(url: str, certificate: Path) -> httpx.Response:
    """Call a URL whose name was resolved to this machine."""
    outlet = Outlet(Guard())
    outlet.pause = 0.0
    outlet._tls = ssl.create_default_context(cafile=str(certificate))
    return asyncio.run(outlet.exchange(CALL, Destination(httpx.URL(url), "127.0.0.1"), {}, None))


def test_the_name_is_what_is_verified_and_asked_for(port: int, certificate: Path) -> None:
    assert told(f"https://{NAME}:{port}/", certificate).json() == f"{NAME}:{port}"


def test_another_name_is_not_believed(port: int, certificate: Path) -> None:
    with pytest.raises(PeerUnavailable):
        told(f"https://other.example:{port}/", certificate)
