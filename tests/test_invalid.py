"""Broken contracts: ``tests/invalid/<case>/specs`` is loaded and validated, ``expected.txt`` holds what is told.

``FOUNTAINGEN_UPDATE=1 pytest tests/test_invalid.py`` writes the expected texts anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fountaingen.model.problems import Problem, Rejected, format_problem, in_order
from fountaingen.stages import load, resolve, validate

_CASES = sorted(path.parent for path in (Path(__file__).parent / "invalid").glob("*/specs"))


@pytest.mark.parametrize("case", _CASES, ids=lambda path: path.name)
def test_problems_are_told(case: Path) -> None:
    problems = in_order(_problems(case / "specs"))
    told = "".join(f"{format_problem(problem)}\n" for problem in problems)
    expected = case / "expected.txt"
    if os.environ.get("FOUNTAINGEN_UPDATE") == "1":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", _CASES, ids=lambda path: path.name)
def test_a_case_is_about_the_code_it_is_named_after(case: Path) -> None:
    if case.name.startswith("FG"):
        assert f"[{case.name[:5]}]" in (case / "expected.txt").read_text(encoding="utf-8")


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
