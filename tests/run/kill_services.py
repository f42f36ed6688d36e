"""The ledger and the sequence service, built and run as processes that can be killed."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fountaingen.pipeline import compile_project
from fountaingen.project import discover, find_project
from fountaingen.stages.write import write

REPOSITORY = Path(__file__).parents[2]
LEDGER = "ledger"
SEQUENCE = "central_sequence_service"
KEY = "key-of-the-tests"
_PATIENCE = 60.0


class NotReady(Exception):
    """A service did not start by itself; the text is the last of its log."""


def build(folder: Path) -> Path:
    """Build the two services in ``folder`` and return where they are."""
    specs = folder / "specs"
    specs.mkdir(parents=True)
    (folder / "hooks").mkdir()
    (folder / "fountaingen.toml").touch()
    shutil.copy(Path(__file__).with_name("ledger.yaml"), specs)
    for path in (f"specs/{SEQUENCE}_openapi.yaml", "specs/common.yaml", f"hooks/{SEQUENCE}.py"):
        shutil.copy(REPOSITORY / path, folder / path)
    project = find_project(folder)
    write(compile_project(project, discover(project, ())).tree, project.out)
    return project.out


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One service on one database; ``workers`` processes serve it."""

    service: Path
    url: str
    workers: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and return at once."""
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port)]
        command += ["--no-access-log", "--workers", str(self.workers)]
        own = {"DATABASE_URL": self.url, "API_KEYS": KEY, "METRICS": "false", "LOG_LEVEL": "WARNING"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.service,
                env={**os.environ, **own, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> float:
        """Return when it is ready, with the seconds that this took; raises NotReady."""
        began = time.monotonic()
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > began + _PATIENCE:
                raise NotReady(self.log())
            time.sleep(0.02)
        return time.monotonic() - began

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process that was started first; workers are its children."""
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """End all of its processes at once with kill -9."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        """End one of its workers with kill -9; where there is one process only, that."""
        workers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        # The first child may be the tracker that multiprocessing starts, which nobody would miss.
        os.kill(int(workers[-1]) if self.workers > 1 and workers else self.process.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Return when it has ended."""
        self.process.wait(_PATIENCE)

    def stop(self) -> int:
        """Ask it to end, as whoever runs it does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(_PATIENCE)

    def discard(self) -> None:
        """End it if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
            self.reap()

    def log(self) -> str:
        """Return the last of what it wrote."""
        return self._log.read_text("utf-8", "replace")[-4000:]

    @property
    def _log(self) -> Path:
        return self.service.parent.parent / f"{self.service.name}-{self.port}.log"

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                connection.settimeout(10)
                connection.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.makefile("rb").readline()
        except OSError:
            return False


class Broken(Exception):
    """The connection ended before the answer was whole: nobody knows what became of the request."""


class Caller:
    """One connection, HTTP/1.1, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Any]:
        """Return status and body of the answer, which is JSON or nothing; raises Broken."""
        status, content = await self.fetch(method, path, body, media)
        return status, json.loads(content) if content else None

    async def fetch(
        self, method: str, path: str, body: Any = None, media: str = "application/json"
    ) -> tuple[int, bytes]:
        """Return status and body of the answer; raises Broken."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {KEY}\r\nContent-Length: {len(content)}\r\n"
        head += f"Content-Type: {media}\r\n\r\n" if content else "\r\n"
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(head.encode() + content)
            return await _answer(reader)
        except (OSError, EOFError) as error:
            self.close()
            raise Broken from error

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(lines[0].split()[1]), content
