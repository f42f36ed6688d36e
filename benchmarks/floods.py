"""Floods of one service, and how it serves others meanwhile: a row a kind of flood.

    python benchmarks/floods.py [--seconds 3] [--connections 1000] [--database URL] [FLOOD ...]

The server is one uvicorn process with the bounds that it has by default, but for times, which are shorter so that a run
is. Another process asks it for a row, one request after the other on connections of its own, and notes how long that
takes. Before each flood it is waited until the service is quiet again; how long that took after the one before is told,
too. Memory is what the process holds at most, in MiB; files and threads are those at the end of the flood. Floods can
be named; the database is SQLite, unless a URL is given.
"""

import argparse
import asyncio
import importlib
import multiprocessing
import os
import resource
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "runtime"))

TIMES = {"HEADER_TIMEOUT": "2", "BODY_TIMEOUT": "2", "SEND_TIMEOUT": "2"}
GET = b"GET /labels/red HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
VALUES = b'{"data": [' + b"1," * 1_000_000 + b"1]}"
LARGE = b"GET /notes HTTP/1.1\r\nHost: x\r\n\r\n"

Flood = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Say nothing."""
    await reader.read()


async def slow_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a head that never ends, a header a second."""
    writer.write(GET[:-2])
    while True:
        await asyncio.sleep(1)
        writer.write(b"X: y\r\n")
        await writer.drain()


async def slow_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a body that never ends, a byte a second."""
    writer.write(POST + b"Content-Length: 100000\r\n\r\n{")
    while True:
        await asyncio.sleep(1)
        writer.write(b" ")
        await writer.drain()


async def large_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send almost all of a body of the largest size, and stop."""
    writer.write(POST + b"Content-Length: 9000000\r\n\r\n{")
    for _ in range(130):
        writer.write(b" " * 65536)
        await writer.drain()
    await reader.read()


async def deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask for a large answer and take nothing of it."""
    writer.write(LARGE * 5)
    await asyncio.sleep(3600)


async def whole_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a large body of many small values, all of it, again and again."""
    while True:
        writer.write(POST + b"Content-Length: %d\r\n\r\n" % len(VALUES))
        writer.write(VALUES)
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        while len(await reader.read(65536)) == 65536:
            pass


async def requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask as fast as answers come."""
    while True:
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(4096)


async def pipelined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask without waiting for answers."""
    writer.write(GET * 2000)
    while await reader.read(65536):
        pass


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send what is no HTTP."""
    writer.write(os.urandom(65536))
    await reader.read()


async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask, and reset the connection."""
    writer.write(GET)
    await writer.drain()
    writer.transport.abort()


FLOODS: dict[str, Flood | None] = {
    "none": None,
    "silent": silent,
    "slow head": slow_head,
    "slow body": slow_body,
    "large body": large_body,
    "deaf": deaf,
    "requests": requests,
    "pipelined": pipelined,
    "garbage": garbage,
    "resets": resets,
    # The last: it stores what makes lists long.
    "whole body": whole_body,
}


async def flood(port: int, kind: Flood, connections: int, until: float) -> None:
    """Keep so many connections busy, each opened anew when it is closed."""

    async def one() -> None:
        while time.monotonic() < until:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                async with asyncio.timeout(max(until - time.monotonic(), 0.01)):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
                    try:
                        await kind(reader, writer)
                    finally:
                        writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(connections)))


def attack(port: int, name: str, connections: int, until: float) -> None:
    """Run a flood in a process of its own."""
    kind = FLOODS[name]
    if kind is not None:
        asyncio.run(flood(port, kind, connections, until))


def ask(port: int, until: float) -> tuple[list[float], int]:
    """Return how long requests took, one at least, in seconds, and how many failed."""
    times: list[float] = []
    failed = 0
    while not times or time.monotonic() < until:
        begin = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(GET)
                good = connection.recv(4096).startswith(b"HTTP/1.1 200")
        except OSError:
            good = False
        times.append(time.monotonic() - begin)
        failed += not good
        time.sleep(0.005)
    return times, failed


def seen(process: int, what: str) -> int:
    """Return how many files (``fd``) or threads (``task``) a process has."""
    return len(os.listdir(f"/proc/{process}/{what}"))


def memory(process: int) -> float:
    """Return how much memory a process has held at most since it was last asked, in MiB."""
    (line,) = (each for each in Path(f"/proc/{process}/status").read_text().splitlines() if each.startswith("VmHWM"))
    with suppress(OSError):
        Path(f"/proc/{process}/clear_refs").write_text("5")
    return int(line.split()[1]) / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--database", default="")
    parser.add_argument("floods", nargs="*", metavar="FLOOD", help=", ".join(FLOODS))
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    conftest = importlib.import_module("conftest")
    with tempfile.TemporaryDirectory() as folder:
        database = options.database or f"sqlite:///{folder}/flood.db"
        environment = TIMES | {"DATABASE_URL": database, "API_KEYS": "one"}
        server = importlib.import_module("bench_service").start(
            conftest.assemble(Path(folder) / "service"), "app.main:app", environment
        )
        try:
            measure(server, options)
        finally:
            server.process.terminate()
            server.process.wait()


def quiet(port: int) -> float:
    """Wait until three requests in a row are answered at once; return for how long, in seconds."""
    begin = time.monotonic()
    good = 0
    while good < 3:
        times, failed = ask(port, 0.0)
        good = good + 1 if times[0] < 0.05 and not failed else 0
    return time.monotonic() - begin


def measure(server: Any, options: argparse.Namespace) -> None:
    """Print a row a flood."""
    process, port = server.process, server.port
    fill(port)
    print(
        f"{'flood':>12s} {'asked':>7s} {'failed':>7s} {'p50 ms':>8s} {'p99 ms':>8s} {'MiB':>7s} files threads   quiet s"
    )
    for name in options.floods or FLOODS:
        memory(process.pid)
        until = time.monotonic() + options.seconds
        attacker = multiprocessing.Process(target=attack, args=(port, name, options.connections, until))
        attacker.start()
        times, failed = ask(port, until)
        held, files, threads = memory(process.pid), seen(process.pid, "fd"), seen(process.pid, "task")
        attacker.join()
        middle, late = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
        figures = f"{middle * 1000:8.1f} {late * 1000:8.1f} {held:7.0f} {files:5d} {threads:7d} {quiet(port):9.1f}"
        print(f"{name:>12s} {len(times):7d} {failed:7d} {figures}", flush=True)


def fill(port: int) -> None:
    """Write a row that is small and one that is large."""
    for path, body in (("/notes", b'{"data": "%b"}' % (b"a" * 2_000_000)), ("/labels/red", b'{"colour": "red"}')):
        method = b"POST" if path == "/notes" else b"PUT"
        head = b"%b %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" % (method, path.encode())
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            if not connection.recv(4096).startswith(b"HTTP/1.1 20"):
                raise SystemExit(f"{path} was not written")


if __name__ == "__main__":
    main()
