"""Import statements as isort would write them."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.stages.plan.printing import imports

_THEIRS = ("typing", "collections.abc", "pathlib", "sqlalchemy", "sqlalchemy.orm", "fastapi.routing", "pytest")
_MODULES = st.sampled_from((*_THEIRS, "app", "app.models", "app.runtime.call", "app.runtime.values", "app.hooks"))
_NAMES = st.sampled_from(["CONTRACT", "A", "AB", "Ab", "Key", "view", "wire", "Page", "ExactJSON", "x", "URL_OF"])
_WANTED = st.dictionaries(_MODULES, st.sets(_NAMES, min_size=1, max_size=4), min_size=1, max_size=5)


def test_nothing_is_imported_for_nothing() -> None:
    assert imports({"app": set()}) == ""


def test_sections_are_apart() -> None:
    written = imports({"app.models": {"Base"}, "typing": {"Any"}, "sqlalchemy": {"Text", "BigInteger"}})
    assert written.split("\n\n") == [
        "from typing import Any",
        "from sqlalchemy import BigInteger, Text",
        "from app.models import Base",
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with many modules of imports, so that ruff runs once."""
    folder = tmp_path_factory.mktemp("imports")

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(_WANTED)
    def write(wanted: dict[str, set[str]]) -> None:
        number = len(list(folder.iterdir()))
        (folder / f"m{number}.py").write_text(f'"""A module."""\n\n{imports(wanted)}\n')

    write()
    return folder


def test_ruff_would_sort_nothing(written: Path) -> None:
    own = 'lint.isort.known-first-party = ["app"]'
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "I", "--config", own]
    done = subprocess.run([*command, "--line-length", "400", str(written)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
