"""Samples of patterns that write characters by their number, and of classes of everything but."""

import jsonschema_rs
import pytest

from fountaingen.stages.samples.patterns import NotPlain, matching


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\u0041\x42\u{43}$",
        r"^[\u0020-\uD7FF]{3}$",
        r"^[\x41-\x43]+$",
        r"^[\s\S]{2}$",
        r"^[\D]$",
        r"^[^\W]$",
        r"^[\--\/]$",
    ],
)
def test_characters_by_number_and_sets(pattern: str) -> None:
    assert jsonschema_rs.validator_for({"pattern": pattern}).is_valid(matching(pattern))


@pytest.mark.parametrize("pattern", [r"\uD83D", r"\u12", r"\u{110000}", r"\x4"])
def test_what_is_no_character_is_not_plain(pattern: str) -> None:
    with pytest.raises(NotPlain):
        matching(pattern)
