"""Text becomes code only through its encoder, and stays what it was."""

import ast
import math
import tokenize
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives.code import Code, comment, docstring, identifier, join, literal

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(_VALUES)
def test_a_literal_is_its_value_in_ascii(value: Any) -> None:
    written = literal(value)
    assert isinstance(written, Code)
    assert written.isascii()
    assert ast.literal_eval(written) == value
    assert repr(ast.literal_eval(written)) == repr(value)


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, [object()], {"a": {1}}, math.inf, math.nan])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no literal"):
        literal(value)


@given(st.text(), st.integers(min_value=20, max_value=110))
def test_a_docstring_ends_where_it_should(text: str, limit: int) -> None:
    written = docstring(text, limit)
    assert written.isascii() and written.isprintable()
    assert len(written) <= limit + 6
    module = ast.parse(f"def f():\n    {written}\n")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 1
    assert ast.get_docstring(function, clean=False) == written[3:-3]


@given(st.text())
def test_a_comment_is_one_line(text: str) -> None:
    written = comment(text)
    assert written.isascii()
    tokens = list(tokenize.generate_tokens(StringIO(f"# {written}\n").readline))
    assert [token.type for token in tokens] == [tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("List the scripts", "List the scripts"),
        ("Two\n  lines\tof\u2028text", "Two lines of text"),
        ("Löscht die Größe", "Loscht die Grosse"),
        ("\u201cquoted\u201d \u2013 and so on\u2026", "'quoted' - and so on..."),
        ('ends early""" + code()', "ends early''' + code()"),
        ("back\\slash", "back/slash"),
        ("full\uff02width\uff3c", "full'width/"),
        ("\u202eright to left", "?right to left"),
        ("数", "?"),
        ("", "No description."),
    ],
)
def test_docstrings_keep_what_they_can(text: str, expected: str) -> None:
    assert docstring(text) == f'"""{expected}"""'


def test_a_long_docstring_is_cut_at_a_word() -> None:
    assert docstring("one two three, four", 16) == '"""one two..."""'


@pytest.mark.parametrize("text", ["a", "_a1", "app.models", "a.b.c"])
def test_identifiers_pass(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", ["", "1a", "a b", "a.", "größe", "a;b", "a\n"])
def test_anything_else_is_no_identifier(text: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        identifier(text)


def test_join_gives_code() -> None:
    joined = join(", ", [Code("a"), Code("b")])
    assert isinstance(joined, Code)
    assert joined == "a, b"
