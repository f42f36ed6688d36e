"""Every golden service is formatted, clean under the linter and right under the strict type checker."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from goldens import CASES, compiled, names

_RULES = "E,F,I,B,UP,SIM,RUF,PL"
# How many parameters a function has, and how many values a comparison, is the contract's business.
# RUF001 to RUF003: contracts are written in every script.
# PLC0415: the runtime imports cryptography only where a contract has tokens.
_EXCEPT = "PLC0415,PLR0913,PLR0917,PLR2004,RUF001,RUF002,RUF003"
_SAME = {"app/runtime/": "shared_runtime/", "tests/kit/": "shared_kit/"}
_IMPORTED = re.compile(r"^(from|import) (app|tests)\b", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules of all golden services: each service is a package, what is the same in all is there once."""
    whole = tmp_path_factory.mktemp("goldens")
    for case in CASES:
        for service in names(case):
            for path, content in compiled(case).tree.files.items():
                inside = path.removeprefix(f"{service}/")
                if inside != path and inside.endswith(".py"):
                    file = whole / _place(f"{case}_{service}", inside)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
            (whole / f"{case}_{service}" / "__init__.py").touch()
    return whole


def _place(package: str, path: str) -> str:
    for folder, name in _SAME.items():
        if path.startswith(folder):
            return path.replace(folder, name)
    return f"{package}/{path}"


def test_black_would_change_nothing(folder: Path) -> None:
    _passes("black", "--check", "--quiet", "--diff", "--line-length", "120", str(folder))


def test_ruff_finds_nothing(folder: Path) -> None:
    own = 'lint.isort.known-first-party = ["app", "tests"]'
    options = ("--isolated", "--no-cache", "--line-length", "120", "--target-version", "py311", "--config", own)
    _passes(
        "ruff", "check", *options, "--select", _RULES, "--ignore", _EXCEPT, "--output-format", "concise", str(folder)
    )


def test_mypy_finds_nothing(folder: Path, tmp_path: Path) -> None:
    for file in folder.rglob("*.py"):
        package = file.relative_to(folder).parts[0]
        moved = tmp_path / file.relative_to(folder)
        moved.parent.mkdir(parents=True, exist_ok=True)
        moved.write_text(_moved(package, file.read_text(encoding="utf-8")), encoding="utf-8")
    _passes(
        "mypy", "--strict", "--python-version", "3.11", "--cache-dir", str(tmp_path / "cache"), ".", folder=tmp_path
    )


def _moved(package: str, source: str) -> str:
    """Return ``source`` as a module below ``package``, so that one run can tell the services apart."""
    moved = _IMPORTED.sub(rf"\1 {package}.\2", source)
    return moved.replace(f"{package}.app.runtime", "shared_runtime").replace(f"{package}.tests.kit", "shared_kit")


def _passes(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
