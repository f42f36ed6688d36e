"""What is generated for each golden case, file by file.

``FOUNTAINGEN_UPDATE=1 pytest tests/golden`` writes the files that are there anew; an empty one adds a file to a case.
"""

import os
from pathlib import Path

import pytest
from goldens import CASES, FOLDER, content

_EXPECTED = [
    (case, path.relative_to(FOLDER / case / "expected").as_posix())
    for case in CASES
    for path in sorted((FOLDER / case / "expected").rglob("*"))
    if path.is_file()
]


@pytest.mark.parametrize(("case", "path"), _EXPECTED, ids=lambda value: value)
def test_generated_as_expected(case: str, path: str) -> None:
    expected: Path = FOLDER / case / "expected" / path
    generated = content(case, path)
    assert generated is not None, f"{path} is not generated"
    if os.environ.get("FOUNTAINGEN_UPDATE") == "1":
        expected.write_bytes(generated)
    assert generated.decode() == expected.read_text(encoding="utf-8")


def test_every_case_expects_something() -> None:
    assert {case for case, _ in _EXPECTED} == set(CASES)
