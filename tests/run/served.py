"""A contract and its hooks, built and served by a process of its own, whose whole output is kept."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from fountaingen.pipeline import compile_project
from fountaingen.project import discover, find_project
from fountaingen.stages.write import write


def built(folder: Path, contract: str, hooks: str = "") -> Path:
    """Build ``contract`` as the service ``vault``; return the service's folder."""
    (folder / "fountaingen.toml").touch()
    project = find_project(folder)
    project.specs.mkdir()
    (project.specs / "vault.yaml").write_text(contract, encoding="utf-8")
    if hooks:
        project.hooks.mkdir()
        (project.hooks / "vault.py").write_text(hooks, encoding="utf-8")
    write(compile_project(project, discover(project, ())).tree, project.out)
    return project.out / "vault"


@dataclass
class Served:
    """A running service; ``log`` is all that it has written, once it has ended."""

    url: str
    log: str = field(default="")

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)


@contextmanager
def served(folder: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve what stands in ``folder`` until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder.parent / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    running = Served(f"http://127.0.0.1:{port}")
    try:
        _wait(running.url, process, log)
        yield running
    finally:
        process.terminate()
        process.wait(30)
        running.log = log.read_text("utf-8")


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, log.read_text("utf-8")
    raise AssertionError("the service did not begin to listen")
