"""Patterns of other dialects than ECMA-262, as people bring them along."""

import jsonschema_rs
import pytest

from fountaingen.stages.lower.patterns import is_foreign, translated


@pytest.mark.supports("schema/pattern/other-dialects")
@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        (r"\A[a-z]+\Z", "abc", "abc1"),
        (r"[a-z]\z", "1a", "a1"),
        (r"(?i)^[a-z]{2}$", "aB", "aB1"),
        (r"^(?P<kind>a|b)-\k<kind>$", "b-b", "a-b"),
    ],
)
def test_what_means_one_thing_only_is_read_so(pattern: str, accepted: str, refused: str) -> None:
    validator = jsonschema_rs.validator_for({"pattern": translated(pattern)}, offline=True)
    assert is_foreign(pattern)
    assert validator.is_valid(accepted)
    assert not validator.is_valid(refused)


@pytest.mark.parametrize("pattern", ["^a$", r"(?<kind>a)\k<kind>", "(?:i)", r"\\A", "(?=i)"])
def test_ecma_262_is_at_home(pattern: str) -> None:
    assert not is_foreign(pattern)
