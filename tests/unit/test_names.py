"""Identifiers made from words that people wrote."""

import keyword
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives import names

_WANTED = st.dictionaries(st.text(max_size=8), st.text(max_size=12).map(names.snake), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spokenWordId", "spoken_word_id"),
        ("Spoken word ID", "spoken_word_id"),
        ("HTTPServerURL", "http_server_url"),
        ("größe", "grosse"),
        ("naïve café", "naive_cafe"),
        ("数", "fallback"),
        ("", "fallback"),
        ("--", "fallback"),
        ("1st", "fallback_1st"),
        ("class", "class_"),
        ("None", "none"),
        ("match", "match_"),
        ("a.b[c]", "a_b_c"),
        ("/things/{id}", "things_id"),
    ],
)
def test_snake(text: str, expected: str) -> None:
    assert names.snake(text, "fallback") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("script", "Script"),
        ("HTTPError", "HTTPError"),
        ("spoken-word_id", "SpokenWordId"),
        ("none", "NoneV"),
        ("9", "V9"),
    ],
)
def test_cap_words(text: str, expected: str) -> None:
    assert names.cap_words(text, "V") == expected


@given(st.text())
def test_every_text_becomes_an_identifier(text: str) -> None:
    for name in (names.snake(text), names.cap_words(text)):
        assert name.isascii() and name.isidentifier()
        assert not keyword.iskeyword(name)
    assert names.snake(text) == names.snake(text).lower()


@given(_WANTED, st.frozensets(st.sampled_from(["value", "a", "id", "Id"])))
def test_allocated_names_are_unique_and_valid_and_not_taken(wanted: dict[str, str], taken: frozenset[str]) -> None:
    found = names.allocate(wanted, taken)
    assert found.keys() == wanted.keys()
    folded = [name.casefold() for name in found.values()]
    assert len(set(folded)) == len(folded)
    assert not {name.casefold() for name in taken} & set(folded)
    assert all(name.isidentifier() for name in found.values())


@given(_WANTED, st.randoms())
def test_the_order_of_what_is_wanted_changes_no_name(wanted: dict[str, str], random: Random) -> None:
    shuffled = list(wanted.items())
    random.shuffle(shuffled)
    assert names.allocate(dict(shuffled)) == names.allocate(wanted)


def test_the_first_by_key_keeps_its_name() -> None:
    assert names.allocate({"/b": "name", "/a": "Name", "/c": "from_"}, ["from_"]) == {
        "/a": "Name",
        "/b": "name_2",
        "/c": "from_2",
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("createdAt", "created_at"),
        ("CreatedAt", "created-at"),
        ("größe", "GRÖSSE"),
        ("Straße", "strasse"),
        ("数 量", "数量"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert names.folded(one) == names.folded(other)


def test_names_of_other_alphabets_are_told_apart() -> None:
    assert len({names.folded(text) for text in ("数", "名", "имя", "$", "@", "")}) == 6


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("scripts", "script"),
        ("categories", "category"),
        ("boxes", "box"),
        ("classes", "class"),
        ("wishes", "wish"),
        ("branches", "branch"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("address", "address"),
        ("reorder", "reorder"),
    ],
)
def test_singular(plural: str, singular: str) -> None:
    assert names.singular(plural) == singular


def test_a_reserved_name_gets_an_underscore() -> None:
    assert names.beside("view", ("view",)) == "view_"
    assert names.beside("views", ("view",)) == "views"
