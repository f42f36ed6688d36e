"""The scripts of a system, called as somebody calls them who looks after it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services import Services

from deploy.conftest import Running
from deploy.shell import attempt, run


@dataclass(frozen=True)
class Scripts:
    """The scripts of a running system, and where they are to put backups."""

    running: Running
    backups: Path

    @property
    def services(self) -> Services:
        """The services behind the published port."""
        return self.running.services

    def attempt(self, name: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Return how a script ended, called from another folder."""
        script = self.running.compose.folder / "scripts" / name
        return attempt([script, *arguments], environment=self.running.deployment.engine.environment, folder=Path("/"))

    def __call__(self, name: str, *arguments: str | Path) -> str:
        """Return what a script says; raises ``Failed``."""
        script = self.running.compose.folder / "scripts" / name
        return run([script, *arguments], environment=self.running.deployment.engine.environment, folder=Path("/"))

    def started(self) -> dict[str, str]:
        """Return which containers run."""
        told = [json.loads(line) for line in self.running.compose("ps", "--format", "json").splitlines()]
        return {each["Service"]: each["ID"] for each in told}

    def backup(self, service: str) -> Path:
        """Back everything up and return the file of one service."""
        with self.running.deployment.lapses.measure("backup.sh of all services"):
            said = self("backup.sh", "--to", self.backups)
        (found,) = (Path(line) for line in said.splitlines() if f"/{service}/" in line)
        return found
