"""Broken contracts: ``tests/invalid/<case>/specs`` is loaded and validated, ``expected.txt`` holds what is told.

Cases of what is found later (``FG6…`` settings and names, ``FG8…`` deployment) are compiled, with the settings in the
case's ``fountaingen.toml``.
``FOUNTAINGEN_UPDATE=1 pytest tests/test_invalid.py`` writes the expected texts anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fountaingen.model.problems import Problem, Rejected, format_problem, in_order
from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover, find_project
from fountaingen.stages import load, resolve, validate

_LATER = ("FG6", "FG8")
_CASES = sorted(path.parent for path in (Path(__file__).parent / "invalid").glob("*/specs"))


@pytest.mark.parametrize("case", _CASES, ids=lambda path: path.name)
def test_problems_are_told(case: Path) -> None:
    found = _compiled(case) if case.name.startswith(_LATER) else _problems(case / "specs")
    problems = in_order(found)
    told = "".join(f"{format_problem(problem)}\n" for problem in problems)
    expected = case / "expected.txt"
    if os.environ.get("FOUNTAINGEN_UPDATE") == "1":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", _CASES, ids=lambda path: path.name)
def test_a_case_is_about_the_code_it_is_named_after(case: Path) -> None:
    if case.name.startswith("FG"):
        assert f"[{case.name[:5]}]" in (case / "expected.txt").read_text(encoding="utf-8")


def _compiled(case: Path) -> tuple[Problem, ...]:
    try:
        project = find_project(case) if (case / "fountaingen.toml").is_file() else Project(case, Settings())
        return compile_project(project, discover(project, ())).problems
    except Rejected as rejected:
        return rejected.problems


def _problems(specs: Path) -> Iterator[Problem]:
    read = load.reader(specs, "specs")
    contracts = [*specs.glob("*.yaml"), *specs.glob("*.json"), *specs.glob("*/openapi.yaml")]
    for path in contracts:
        name = f"specs/{path.relative_to(specs).as_posix()}"
        try:
            document = load.load(path, name)
            if load.is_openapi(document):
                yield from validate.validate(document, resolve.gather(document, read))
        except Rejected as rejected:
            yield from rejected.problems
