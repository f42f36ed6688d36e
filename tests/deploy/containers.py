"""One container, outside any composition."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.engine import Engine

PATIENCE = 120.0


@dataclass(frozen=True)
class Container:
    """A container by its name."""

    engine: Engine
    name: str

    def inspect(self) -> dict[str, Any]:
        """Return what the engine knows of it."""
        (told,) = json.loads(self.engine.docker("inspect", self.name))
        return dict(told)

    def python(self, code: str) -> Any:
        """Return the JSON that ``code`` prints in the container, run by the user and the interpreter of the service."""
        return json.loads(self.engine.docker("exec", self.name, "python", "-c", code))

    def wait_health(self, status: str) -> None:
        """Return when the health check of the image says ``status``."""
        wait_until(lambda: bool(self.inspect()["State"]["Health"]["Status"] == status), self.logs)

    def stop(self) -> float:
        """Ask it to stop as ``docker stop`` does, and return the seconds it takes."""
        since = time.monotonic()
        self.engine.docker("stop", "--time", "60", self.name)
        return time.monotonic() - since

    def logs(self) -> str:
        """Return what it wrote, to both of its outputs."""
        return self.engine.output("logs", "--tail", "200", self.name)


def wait_until(holds: Callable[[], bool], explain: Callable[[], str] = str, patience: float = PATIENCE) -> None:
    """Return when ``holds()``; fail with ``explain()`` where that takes longer than ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited {patience} s:\n{explain()}"
        time.sleep(0.1)
