"""Callers who mean no good, and a real server: whatever they send or leave out, it goes on serving the others."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

FILES = 160
CONNECTIONS = 64
LIMITS = {
    "HEADER_TIMEOUT": "0.4",
    "BODY_TIMEOUT": "0.4",
    "SEND_TIMEOUT": "0.4",
    "MAX_CONNECTIONS": str(CONNECTIONS),
    "MAX_BODY_BYTES": "5000000",
}
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
SENDS = b"PUT /labels/red HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = SENDS + b"Transfer-Encoding: chunked\r\n\r\n"
RESET = struct.pack("ii", 1, 0)


class Server:
    """A server that is running."""

    def __init__(self, folder: Path, database: Path, loop: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port), "--no-access-log"]
        few_files = ["sh", "-c", 'ulimit -n "$0" && exec "$@"', str(FILES)]
        self.log = database.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*few_files, *command, "--loop", loop, "--timeout-keep-alive", "1"],
                cwd=folder,
                env=os.environ | {"DATABASE_URL": f"sqlite:///{database}", "API_KEYS": "one"} | LIMITS,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.get("/ready") == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
        raise AssertionError("the service did not get ready")

    def get(self, path: str) -> int:
        """Return the status of a request on a connection of its own, which must be answered soon."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=5).status_code

    def dial(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, *sent: bytes) -> bytes:
        """Send pieces and return all that comes until the server closes the connection."""
        with self.dial() as connection:
            for piece in sent:
                connection.sendall(piece)
            return rest(connection)

    def count(self, what: str) -> int:
        """Return how many files (``fd``) or threads (``task``) the process has."""
        return len(os.listdir(f"/proc/{self.process.pid}/{what}"))

    def holds(self, connection: socket.socket) -> bool:
        """Return whether a process has the server's end of a connection."""
        ours, theirs = f":{self.port:04X}", f":{connection.getsockname()[1]:04X}"
        rows = map(str.split, Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
        return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[9] != "0" for row in rows)

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def rest(connection: socket.socket) -> bytes:
    """Return all that comes; a reset is an end, too."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionError:
        pass
    return found


def status(answer: bytes) -> int:
    """Return the status of an answer."""
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def server(
    request: pytest.FixtureRequest, sample_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with small bounds, started as people do: nothing on the command line is about them."""
    found = Server(sample_folder, tmp_path_factory.mktemp("bounds") / "studio.db", request.param)
    yield found
    assert found.get("/labels/nothing") == 404
    found.stop()
    # Out of files, asyncio listens again after a second, be the server closed by then or not.
    assert all("._start_serving(" in line for line in found.log.read_text().splitlines() if "Exception" in line)


class TestHeads:
    @pytest.mark.refuses("document/http/slow-head")
    def test_one_that_does_not_end(self, server: Server) -> None:
        answer = server.exchange(b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ")
        assert status(answer) == 408
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"connection: close" in head
        # As the contract tells of every error.
        assert json.loads(body) == {"message": "the request came too slowly", "errorCode": "request_timeout"}

    def test_one_that_never_begins(self, server: Server) -> None:
        assert server.exchange() == b""

    def test_one_that_comes_byte_by_byte(self, server: Server) -> None:
        with server.dial() as connection:
            connection.settimeout(0.01)
            for byte in GET[:-1] * 100:
                try:
                    connection.sendall(bytes([byte]))
                    if connection.recv(1):
                        break
                except TimeoutError:
                    continue
            else:
                raise AssertionError("it was read for ever")

    @pytest.mark.refuses("document/http/large-head")
    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (b"GET /?" + b"a&" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (b"GET /health HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
            (b"GET /health HTTP/1.1\r\nX: " + b"a" * 2_000_000, 431),
            (b"GET /health HTTP/1.1\r\n" + b"a" * 2_000_000, 431),
            (b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
            (b"GET /health HTTP/1.1\r\nCookie: " + b"a=b;" * 10_000 + b"\r\n\r\n", 431),
        ],
        ids=["url", "query", "header", "endless header", "endless name", "headers", "cookies"],
    )
    def test_one_that_is_too_large(self, server: Server, sent: bytes, expected: int) -> None:
        assert status(server.exchange(sent)) == expected

    def test_one_that_comes_in_pieces_is_measured_as_a_whole(self, server: Server) -> None:
        head = b"GET /health HTTP/1.1\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 900) for n in range(40)) + b"\r\n"
        with server.dial() as connection:
            for start in range(0, len(head), 5000):
                try:
                    connection.sendall(head[start : start + 5000])
                except ConnectionError:
                    break
            assert status(rest(connection)) == 431

    def test_one_that_is_large_enough(self, server: Server) -> None:
        headers = b"".join(b"X-%d: %b\r\n" % (n, b"a" * 300) for n in range(90))
        sent = b"GET /health?" + b"a" * 8000 + b" HTTP/1.1\r\nConnection: close\r\n" + headers + b"\r\n"
        assert status(server.exchange(sent)) == 200

    @pytest.mark.parametrize(
        "sent",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nX\x00: y\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 1e9\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            CHUNKED + b"xyz\r\n",
            CHUNKED + b"ffffffffffffffffffff\r\n",
        ],
    )
    def test_what_is_not_http(self, server: Server, sent: bytes) -> None:
        answer = server.exchange(sent)
        assert status(answer) == 400 and answer.count(b"HTTP/1.1 ") == 1
        # As the contract tells of every error.
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (told["message"], told["errorCode"]) == ("this is not HTTP", "bad_request")


class TestBodies:
    def test_one_that_does_not_end(self, server: Server) -> None:
        assert status(server.exchange(SENDS + b"Content-Length: 100\r\n\r\n{")) == 408

    def test_one_that_is_larger_than_it_says(self, server: Server) -> None:
        answer = server.exchange(SENDS + b'Content-Length: 16\r\n\r\n{"colour":"red"}' + b"a" * 100_000)
        assert status(answer) == 200

    def test_one_that_has_no_end(self, server: Server) -> None:
        with server.dial() as connection:
            connection.sendall(CHUNKED)
            try:
                for _ in range(100):
                    connection.sendall(b"%x\r\n%b\r\n" % (100_000, b" " * 100_000))
            except ConnectionError:
                pass
            assert status(rest(connection)) == 413

    @pytest.mark.parametrize(
        "framing",
        [b"1;" + b"a" * 2_000_000, b"0\r\n" + b"X: y\r\n" * 200, b"0\r\nX: " + b"a" * 2_000_000],
        ids=["extension", "trailers", "endless trailer"],
    )
    def test_one_that_is_mostly_framing(self, server: Server, framing: bytes) -> None:
        assert status(server.exchange(CHUNKED, framing)) == 431

    def test_what_comes_after_it_is_no_header(self, server: Server) -> None:
        sent = b"GET /secret HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert status(server.exchange(sent, b"0\r\nX-API-KEY: one\r\n\r\n")) == 401


class TestConnections:
    def test_requests_that_are_sent_at_once_are_answered_in_order_and_not_without_end(self, server: Server) -> None:
        answer = server.exchange(b"".join(GET.replace(b"Host", b"X-Request-Id: r%d\r\nHost" % n) for n in range(500)))
        ids = [line.partition(b": ")[2] for line in answer.split(b"\r\n") if line.startswith(b"x-request-id")]
        assert ids == [b"r%d" % n for n in range(101)]
        assert answer.count(b"connection: close") == 1

    def test_one_that_is_idle_is_closed(self, server: Server) -> None:
        answer = server.exchange(GET)
        assert status(answer) == 200 and b"connection: close" not in answer

    def test_one_that_sends_on_after_its_answer_is_closed(self, server: Server) -> None:
        with server.dial() as connection:
            connection.sendall(SENDS + b"Content-Length: 9999999999\r\n\r\n")
            assert status(connection.recv(65536)) == 413
            deadline = time.monotonic() + 10
            try:
                while time.monotonic() < deadline:
                    connection.sendall(b"a")
            except ConnectionError:
                return
        raise AssertionError("it was read for ever")

    @pytest.mark.refuses("document/http/too-many-connections")
    @pytest.mark.parametrize("said", [GET, SENDS + b"Content-Length: 100\r\n\r\n{"], ids=["head", "body"])
    def test_many_that_do_not_go_on_keep_nobody_out(self, server: Server, said: bytes) -> None:
        threads = server.count("task")
        with ExitStack() as open_ones:
            for number in range(6 * CONNECTIONS):
                connection = open_ones.enter_context(server.dial())
                connection.sendall(said[: number % len(said)] if said is GET else said)
                if number % CONNECTIONS == 0:
                    assert server.get("/ready") == 200
            assert server.get("/scripts") == 200
            assert server.count("fd") < CONNECTIONS + 64
            assert server.count("task") == threads

    def test_those_that_are_reset_leave_nothing_behind(self, server: Server) -> None:
        for number in range(200):
            with server.dial() as connection:
                connection.sendall((SENDS + b"Content-Length: 100\r\n\r\n{" + GET)[: number % 120])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        assert server.get("/ready") == 200
        deadline = time.monotonic() + 10
        while server.count("fd") > 40 and time.monotonic() < deadline:
            server.get("/ready")
        assert server.count("fd") <= 40


class TestReaders:
    """Callers who take nothing of a large answer."""

    def test_they_are_cut_off(self, server: Server) -> None:
        note = {"data": "a" * 4_000_000}
        url = f"http://127.0.0.1:{server.port}/notes"
        assert httpx.post(url, json=note, trust_env=False, timeout=30).status_code == 201
        with ExitStack() as open_ones:
            idle = []
            for _ in range(8):
                connection = socket.socket()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(10)
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
                idle.append(open_ones.enter_context(connection))
            assert server.get("/health") == 200
            deadline = time.monotonic() + 20
            # By the service, or by the system, which waits for an acknowledgement no longer.
            while (held := any(map(server.holds, idle))) and time.monotonic() < deadline:
                assert server.get("/health") == 200
            assert not held
            for connection in idle:
                assert len(rest(connection)) < 4_000_000
