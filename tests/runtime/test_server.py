"""A real server: it says when it is ready, speaks JSON lines only, and ends cleanly with what it accepted."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx


def start(folder: Path, database: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start uvicorn on a free port and wait until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), "--no-access-log"],
        cwd=folder,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{database}", "ACCESS_LOG": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/ready", trust_env=False).status_code == 200:
                return process, url
        except httpx.TransportError:
            assert process.poll() is None, process.communicate()[0]
    raise AssertionError("the service did not get ready")


def test_a_term_signal_ends_it_cleanly_and_loses_nothing(sample_folder: Path, tmp_path: Path) -> None:
    database = tmp_path / "studio.db"
    process, url = start(sample_folder, database)
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(number: int) -> None:
        with httpx.Client(base_url=url, trust_env=False) as client:
            for count in range(10_000):
                name = f"{number}-{count}"
                try:
                    answer = client.put(f"/labels/{name}", json={"colour": "red"})
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                acknowledged.append(name)
                if len(acknowledged) > 50:
                    enough.set()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    for thread in threads:
        thread.join()
    assert process.returncode in (0, -signal.SIGTERM)
    with sqlite3.connect(database) as connection:
        assert set(acknowledged) <= {name for (name,) in connection.execute("SELECT name FROM labels")}
    lines = [json.loads(line) for line in output.splitlines()]
    assert {line["service"] for line in lines} == {"Studio"}
    assert any(line["logger"] == "uvicorn.error" and "Finished server process" in line["message"] for line in lines)
    access = next(line for line in lines if line["logger"] == "app.access" and line["path"].startswith("/labels/"))
    assert (access["method"], access["status"], access["operation"]) == ("PUT", 200, "putLabel")
    assert access["request_id"]


def test_what_is_refused_half_way_is_answered_although_the_connection_ends_with_it(
    sample_folder: Path, tmp_path: Path
) -> None:
    process, url = start(sample_folder, tmp_path / "studio.db")
    body = b" " * 20_000_000
    try:
        for version in (b"1.0", b"1.1"):
            head = (
                b"PUT /labels/red HTTP/%b\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                % version
            )
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as connection:
                # Who sends all of it before looking for an answer must not find the connection reset (RFC 9112 9.6).
                connection.sendall(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 413 ") and answer.count(b"HTTP/1.1 ") == 1
    finally:
        process.terminate()
        process.communicate(timeout=30)
