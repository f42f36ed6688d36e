"""Running programs: their output, or a failure that says what they said."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 900.0
"""Seconds after which a program of these tests is taken to hang; the machine may be busy with others."""


class Failed(AssertionError):
    """A program ended with another exit code than 0."""


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    patience: float = PATIENCE,
) -> str:
    """Return what ``command`` writes to its standard output; raises ``Failed`` with all it wrote where it fails.

    ``environment`` is added to the one of this process.
    """
    done = attempt(command, environment=environment, folder=folder, patience=patience)
    if done.returncode:
        said = f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout


def attempt(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    patience: float = PATIENCE,
) -> "subprocess.CompletedProcess[str]":
    """Return how ``command`` ended and what it wrote."""
    return subprocess.run(
        [*map(str, command)],
        env={**os.environ, **(environment or {})},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=patience,
        check=False,
    )
