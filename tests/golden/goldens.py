"""Golden cases: ``tests/golden/<case>/{specs,hooks}`` are built in memory, ``expected/`` holds what they are about.

A case may have settings of its own, in a ``fountaingen.toml``.
"""

from functools import cache
from pathlib import Path

from support import compiling

from fountaingen.model.problems import format_problem
from fountaingen.pipeline import Compiled

FOLDER = Path(__file__).parent
CASES = sorted(path.parent.name for path in FOLDER.glob("*/specs"))
PROBLEMS = "problems.txt"


def compiled(case: str) -> Compiled:
    """Return what a build of ``case`` would write."""
    return compiling.compiled(FOLDER / case)


@cache
def names(case: str) -> tuple[str, ...]:
    """Return the names of the services of ``case``."""
    return tuple(service.name for service in compiled(case).understood.services)


def written(case: str, folder: Path) -> Path:
    """Write what a build of ``case`` gives below ``folder`` and return it."""
    for path, content in compiled(case).tree.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def content(case: str, path: str) -> bytes | None:
    """Return a generated file, or the problems that a build tells of; None where there is no such file."""
    if path == PROBLEMS:
        return "".join(f"{format_problem(problem)}\n" for problem in compiled(case).problems).encode()
    return compiled(case).tree.files.get(path)
