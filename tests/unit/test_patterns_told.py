"""Patterns that are refused say why, and what any stage takes the next one takes too."""

from judging import judge, problems


def test_a_pattern_that_ignores_case_passes_every_stage() -> None:
    found = judge({"type": "string", "pattern": "(?i)^abc$"}, "3.1.0")
    assert found.accepts("aBC")
    assert not found.accepts("abd")


def test_a_pattern_too_large_for_the_engine_is_not_called_a_mistake() -> None:
    told = [problem.message for problem in problems({"type": "string", "pattern": "^.{0,65535}$"})]
    assert told
    assert all("has memory for" in message for message in told)
