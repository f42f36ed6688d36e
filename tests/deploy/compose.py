"""Docker Compose, the real one, with the engine of these tests."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.engine import COMPOSE, Engine
from deploy.shell import attempt, run


class Compose:
    """The composition in a folder, with some of its profiles."""

    def __init__(self, engine: Engine, folder: Path, *profiles: str) -> None:
        self.engine = engine
        self.folder = folder
        self._command: list[str | Path] = [COMPOSE, *(part for profile in profiles for part in ("--profile", profile))]

    def __call__(self, *arguments: str, patience: float = 900.0) -> str:
        """Return what Compose says; raises ``Failed``."""
        environment = self.engine.environment
        return run([*self._command, *arguments], environment=environment, folder=self.folder, patience=patience)

    def attempt(self, *arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Return how a command ended that is given more of an environment."""
        both = {**self.engine.environment, **environment}
        return attempt([*self._command, *arguments], environment=both, folder=self.folder)

    def configuration(self) -> dict[str, Any]:
        """Return the composition as Compose reads it."""
        return dict(json.loads(self("config", "--format", "json")))

    def up(self, *arguments: str) -> None:
        """Bring everything up and return when it is healthy; nothing is pulled or built."""
        try:
            self("up", "--detach", "--no-build", "--pull", "never", "--wait", "--wait-timeout", "300", *arguments)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self('ps', '--all')}\n{self('logs', '--tail', '15')}") from None

    def container(self, service: str) -> str:
        """Return the id of the container of a service, which has one."""
        (identifier,) = self.containers(service)
        return identifier

    def containers(self, service: str) -> list[str]:
        """Return the ids of the containers of a service."""
        return self("ps", "--all", "--quiet", service).split()

    def inspect(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a service's container."""
        (told,) = json.loads(self.engine.docker("inspect", self.container(service)))
        return dict(told)
