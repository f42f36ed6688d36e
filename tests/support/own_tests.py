"""The tests that a generated service carries, run as its team runs them: in a process, and with pytest alone."""

import os
import subprocess
import sys
from pathlib import Path


def run_tests(service: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of the service that stands in a folder; nothing is written beside its modules.

    Raises:
        subprocess.TimeoutExpired: they take more than five minutes.
    """
    # A service's environment has no plugins; those of this one take longer to import than most services are tested.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # Those that are committed stand below this repository's settings, which ask for plugins.
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", *options, "tests"]
    return subprocess.run(
        command,
        cwd=service,
        env={**inherited, **alone, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
