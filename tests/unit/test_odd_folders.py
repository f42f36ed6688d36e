"""Folders that are called like anything: what is printed of them is one line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fountaingen.commands.app import app

_CONTRACT = "openapi: 3.1.0\ninfo: {title: Test, version: '1'}\npaths: {}\n"


@pytest.mark.parametrize("name", ["a\nb", "$(x) 'y' \"z\"", "-o", "\x1b[2J\u202e"])
def test_a_build_from_and_into_odd_folders(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    (tmp_path / name / "orders.yaml").write_text(_CONTRACT)
    result = CliRunner().invoke(app, ["build", "-o", f"out{name}", "--", name])
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert line.isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"out{name}"])
