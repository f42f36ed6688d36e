"""Services as production runs them: uvicorn, several processes of each, on databases that they share."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx
from services import KEY, SERVICES, Services

_PATIENCE = 60.0
_LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
_NOTHING: Mapping[str, str] = MappingProxyType({})
# On a machine with much to do nobody is given up so soon.
_PATIENT = ("--timeout-keep-alive", "120", "--timeout-worker-healthcheck", "120")
_OURS = ("PEER_API_KEY", "TEST_DATABASE_URL", *(f"{name.upper()}_URL" for name in SERVICES))


@dataclass(frozen=True)
class Replica:
    """One uvicorn and where it listens."""

    url: str
    log: Path


@contextmanager
def replica(
    service: Path, database: str, workers: int = 1, environment: Mapping[str, str] = _NOTHING
) -> Iterator[Replica]:
    """Run the service of a folder on ``database`` with so many worker processes, until it listens and after."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
    command = ["-m", "uvicorn", "app.main:app", "--port", "0", "--workers", str(workers), "--no-access-log", *_PATIENT]
    log = service.parent / f"{service.name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=service,
            env={**inherited, "API_KEYS": KEY, "PEER_API_KEY": KEY, "DATABASE_URL": database, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: process.poll() is not None or _listening(log) is not None, log)
        found = _listening(log)
        assert found is not None, log.read_text()
        wait_until(lambda: status(found + "/health") == 200, log)
        yield Replica(found, log)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


class Replicated(Services):
    """Services, one replica of each."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        super().__init__()
        self._urls = dict(urls)

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        return self._urls[service]


def status(url: str) -> int:
    """Return what a GET answers, 0 where nobody does."""
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def wait_until(holds: Callable[[], bool], log: Path) -> None:
    """Return when ``holds()``; fail with what was written where that takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline, log.read_text()[-4000:]
        time.sleep(0.02)


def _listening(log: Path) -> str | None:
    found = _LISTENING.search(log.read_text())
    return found[1] if found else None
