"""What tells contracts from fragments reads what strangers wrote before anything else does: in a moment."""

import time
from pathlib import Path

import pytest

from fountaingen.stages.marks import is_contract


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: " * 200_000, True),
        ("a:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(1, 400)), True),
        ("[" * 200_000, False),
        ("? " * 100_000, True),
        ('"' * 100_001, True),
        ("a: &a 1\nb: [" + "*a," * 100_000 + "]", False),
    ],
    ids=["flow", "block", "lists", "keys", "quotes", "aliases"],
)
def test_no_text_takes_long(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    start = time.process_time()
    assert is_contract(path) is expected
    assert time.process_time() - start < 2
