"""The five services as ``fountaingen up`` runs them: started, asked over HTTP, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from services import KEY, SEQUENCE, SERVICES, Services

_REPOSITORY = Path(__file__).parents[2]
_PATIENCE = 180.0
_OURS = ("API_KEYS", "PEER_API_KEY", "DATABASE_URL", *(f"{name.upper()}_URL" for name in SERVICES))


@dataclass
class Up:
    """One ``fountaingen up`` in the folder ``project``: its arguments and what it adds to the environment."""

    project: Path
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def announcement(self) -> Path:
        """The file that says where the services are."""
        return self.project / ".fountaingen" / "up.json"

    def start(self) -> None:
        """Start it and return when every service is ready."""
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fountaingen", "up", *self.arguments],
                cwd=self.project,
                env={**inherited, "PYTHONPATH": str(_REPOSITORY), "API_KEYS": KEY, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_ready, "the services are not ready", self.output)

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(_PATIENCE)

    def kill(self) -> None:
        """End it and its services as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_PATIENCE)
        wait_until(lambda: not any(map(_answers, self.urls.values())), "services outlive their supervisor", self.output)

    def kill_service(self, service: str) -> None:
        """End one service as the system does when memory runs out; it is for its supervisor to start it again."""
        folder = str((self.project / "generated" / service).resolve())
        for process in Path("/proc").glob("[0-9]*"):
            if _link(process / "cwd") == folder:
                os.kill(int(process.name), signal.SIGKILL)

    def discard(self) -> None:
        """End it if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def output(self) -> str:
        """Return the last of what it and its services wrote."""
        return self._log.read_text("utf-8", "replace")[-8000:]

    @property
    def _log(self) -> Path:
        return self.project / "up.log"

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"up ended with {self._process.returncode}:\n{self.output()}"
        try:
            announced = json.loads(self.announcement.read_bytes())
        except (OSError, ValueError):
            return False
        if announced["process"] != self._process.pid:
            return False
        self.urls = {name: service["url"] for name, service in announced["services"].items()}
        return True


class Fleet(Services):
    """The services of one project, however many ``up`` run them."""

    def __init__(self, project: Path, *ups: Up) -> None:
        super().__init__()
        self.project = project
        self.ups = ups

    def start(self, *ups: Up) -> None:
        """Start every ``up``, one after the other; where some are given, those from now on."""
        self.ups = ups or self.ups
        for up in self.ups:
            up.start()

    def stop(self) -> list[int]:
        """Stop every ``up``, callers before those they call, and return the exit codes."""
        return [up.stop() for up in reversed(self.ups)]

    def close(self) -> None:
        """Stop what still runs."""
        for up in reversed(self.ups):
            up.discard()
        self._client.close()

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        return next(up.urls[service] for up in self.ups if service in up.urls)


def together(project: Path) -> Up:
    """Return the ``up`` that runs all services on ports of the system's choice."""
    return Up(project, ("--free-ports",))


def apart(project: Path) -> tuple[Up, Up]:
    """Return an ``up`` for the sequence service and one for the others.

    The first keeps its port when it is started again, so that the others find it.
    """
    port = _quiet_port()
    others = [name for name in SERVICES if name != SEQUENCE]
    where = {f"{SEQUENCE.upper()}_URL": f"http://127.0.0.1:{port}"}
    return Up(project, (SEQUENCE, "--port-base", str(port))), Up(project, ("--free-ports", *others), where)


def wait_until(holds: Callable[[], bool], otherwise: str, explain: Callable[[], str] = str) -> None:
    """Return when ``holds()``; fail with ``otherwise`` where that takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{otherwise}:\n{explain()}"
        time.sleep(0.02)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url + "/health", timeout=1, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _quiet_port() -> int:
    """Return a free port below those that the system gives to whoever asks for any."""
    return next(port for port in _below_ephemeral() if _is_free(port))


def _below_ephemeral() -> Iterator[int]:
    first = 20_000 + os.getpid() % 10_000
    yield from range(first, 32_000)


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
