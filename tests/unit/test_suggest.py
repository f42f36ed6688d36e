"""Did-you-mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives.suggest import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("create_scrip", ["create_script", "list_scripts"], "create_script"),
        ("PETS", ["Pets", "Toys"], "Pets"),
        ("zebra", ["create_script"], None),
        ("word", [], None),
    ],
)
def test_the_nearest_word(word: str, known: list[str], expected: str | None) -> None:
    assert nearest(word, known) == expected


def test_the_end_of_a_message() -> None:
    assert did_you_mean("Pett", ["Pet"]) == "; did you mean 'Pet'?"
    assert did_you_mean("Pett", ["Zoo"]) == ""


@given(st.text(max_size=6), st.lists(st.text(max_size=6), max_size=5))
def test_only_known_words_in_any_order(word: str, known: list[str]) -> None:
    found = nearest(word, known)
    assert found is None or found in known
    assert nearest(word, reversed(known)) == found
