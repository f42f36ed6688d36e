"""The probe that containers are asked with: what it takes for a service that is well."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from fountaingen.runtime import probe

Answering = Callable[[bytes], int]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Return a function that starts a server of one answer, and returns its port."""
    listeners: list[socket.socket] = []
    threads: list[Thread] = []

    def serve(listener: socket.socket, answer: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(answer)

    def start(answer: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threads.append(Thread(target=serve, args=(listener, answer), daemon=True))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join(10)
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    "status", [b"200 OK", b"204 No Content", b"401 Unauthorized", b"404 Not Found", b"501 Not Implemented"]
)
def test_a_service_that_answers_is_well(status: bytes, answering: Answering) -> None:
    assert probe.fault("/health", answering(b"HTTP/1.1 " + status + b"\r\n\r\n")) == ""


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_service_that_fails_is_not(status: int, answering: Answering) -> None:
    port = answering(b"HTTP/1.1 %d Broken\r\nretry-after: 1\r\n\r\n" % status)
    assert probe.fault("/ready", port) == f"/ready answers {status}"


@pytest.mark.parametrize("answer", [b"", b"\r\n", b"SSH-2.0 200\r\n", b"HTTP/1.1\r\n", b"HTTP/1.1 what\r\n"])
def test_what_is_not_http_is_not(answer: bytes, answering: Answering) -> None:
    assert probe.fault("/health", answering(answer)) == "the answer is not HTTP"


def test_nobody_there_is_not() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    assert "refused" in probe.fault("/health", port)


def test_silence_is_not() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        assert "timed out" in probe.fault("/health", silent.getsockname()[1], patience=0.05)


def test_it_runs_without_any_package() -> None:
    script = Path(probe.__file__)
    command = [sys.executable, "-S", "-P", "-X", "importtime", script, "/health"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "socket" in imported
    assert not imported & {"http.client", "urllib.request", "asyncio", "ssl", "email", "site"}
