"""The command at its limits: told in a line, with exit code 1, and nothing written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Wide", "version": "1"},
    "paths": {},
    "components": {"schemas": {}},
}


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fountaingen", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    return tmp_path


def test_what_takes_too_long_is_told_and_nothing_written(project: Path) -> None:
    wide = {f"p{number}": {"type": "object", "properties": {"a": {"type": "string"}}} for number in range(3_000)}
    data = {**_CONTRACT, "components": {"schemas": {"Wide": {"type": "object", "properties": wide}}}}
    (project / "specs" / "wide.json").write_text(json.dumps(data))
    done = _run(project, "build", FOUNTAINGEN_LIMITS="0.1")
    assert done.returncode == 1
    assert re.match(r"specs/wide\.json:1:1: error\[FG024\]: .* takes more than \d+ seconds of computing", done.stderr)
    assert "Traceback" not in done.stderr
    assert not (project / "generated").exists()


def test_a_name_that_the_terminal_does_not_know_is_shown(project: Path) -> None:
    (project / "specs" / "na\u00efve.json").write_text(json.dumps(_CONTRACT).replace("Wide", "\U0001f600"))
    done = _run(project, "explain", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\U0001f600 1" in done.stdout


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_takes_no_other_file_with_it(project: Path, closed: str) -> None:
    (project / "specs" / "small.json").write_text(json.dumps(_CONTRACT))
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "fountaingen", "lint"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
