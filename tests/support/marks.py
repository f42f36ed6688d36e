"""The marks ``supports`` and ``refuses`` of all tests, collected apart from the run that asks for them.

A run of one file sees the marks of all, and marks may be made by parameters.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

TESTS = Path(__file__).parents[1]
KINDS = ("supports", "refuses")
AREAS = ("schema", "parameter", "request-body", "response", "security", "operation", "document")
_RESULT = "FOUNTAINGEN_MARKS"


class Unreadable(Exception):
    """The marks cannot be collected; the text says where and why."""


@dataclass(frozen=True, order=True)
class Mark:
    """What one test shows: ``feature`` is honoured (``supports``) or refused; ``waiver`` is the extension for it."""

    feature: str
    kind: str
    test: str
    waiver: str = ""


def marks(folder: Path = TESTS) -> tuple[Mark, ...]:
    """Return every mark below ``folder``, sorted; raises Unreadable."""
    files = [
        str(path.relative_to(folder.parent))
        for path in sorted(folder.rglob("test_*.py"))
        if any(f"mark.{kind}(" in path.read_text(encoding="utf-8") for kind in KINDS)
    ]
    options = ("-q", "--collect-only", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "support.marks")
    with TemporaryDirectory() as scratch:
        result = Path(scratch) / "marks.json"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *files],
            cwd=folder.parent,
            # Nothing is run, so no plugin but this one is needed.
            env={**os.environ, _RESULT: str(result), "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unreadable(done.stdout[-3000:] + done.stderr[-1000:])
        return tuple(sorted({Mark(**each) for each in json.loads(result.read_bytes())}))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the marks of the collected tests where ``marks`` asked for them."""
    if result := os.environ.get(_RESULT):
        found = sorted(set(_found(session.items)))
        Path(result).write_text(json.dumps([asdict(each) for each in found]), encoding="utf-8")


def _found(items: Iterable[pytest.Item]) -> Iterator[Mark]:
    for item in items:
        for mark in item.iter_markers():
            if mark.name in KINDS:
                yield read(mark, item.nodeid.partition("[")[0])


def read(mark: pytest.Mark, test: str) -> Mark:
    """Return what a mark of a test says; raises UsageError where it says nothing."""
    match mark.args:
        case (str(feature),) if mark.kwargs.keys() <= {"waiver"}:
            area, slash, rest = feature.partition("/")
            if area in AREAS and slash and rest and feature == feature.strip("/ "):
                return Mark(feature, mark.name, test, str(mark.kwargs.get("waiver", "")))
    told = f"{test}: {mark.name}{mark.args} is not area/thing, with waiver= where one can be given"
    raise pytest.UsageError(f"{told}; areas are {', '.join(AREAS)}")
