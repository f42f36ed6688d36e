"""Code is made of code; text becomes it only through its encoder, and stays what it was."""

import ast
import io
import math
import pickle
import re
import tokenize
import unicodedata
from typing import Any

import pytest
from black import Mode, format_str
from hypothesis import example, given
from hypothesis import strategies as st

from fountaingen.primitives.code import Code, comment, docstring, identifier, join, literal, plain
from fountaingen.primitives.visible import prose, shown, width

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
_TEXTS = st.text(st.sampled_from("a \"'\\#\r\n\t\x0c\x85\u2028\u202e\u200b\ufeff\uff02é数\ud800") | st.characters())
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
"""PEP 263."""


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


@example('"', 20)
@example('""""', 20)
@example("\\", 20)
@example('a\\"""\\', 20)
@example("\U0001f4a5" * 90, 80)
@given(_TEXTS, st.integers(min_value=20, max_value=110))
def test_a_docstring_ends_where_it_should_and_says_what_was_said(text: str, limit: int) -> None:
    written = docstring(text, limit)
    assert written.isprintable()
    assert width(written) <= limit + 6
    module = ast.parse(f"def f():\n    {written}\n")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 1
    said = (ast.get_docstring(function, clean=False) or "").strip()
    whole = prose(text) or "No description."
    assert whole == said or whole.startswith(said.removesuffix("..."))


@given(_TEXTS)
def test_black_leaves_a_docstring_as_it_is(text: str) -> None:
    source = f"def f():\n    {docstring(text)}\n"
    assert format_str(source, mode=Mode(line_length=120)) == source


@given(_TEXTS)
def test_a_comment_is_one_line(text: str) -> None:
    written = comment(text)
    assert written.isprintable()
    tokens = list(tokenize.generate_tokens(io.StringIO(f"# {written}\n").readline))
    assert [token.type for token in tokens] == [tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER]


@pytest.mark.parametrize(
    "text",
    [
        "coding: latin-1",
        "-*- coding: utf-7 -*-",
        "a encoding=utf-16.yaml",
        "vim: set fileencoding=cp037 :",
        "x # -*- coding:rot13",
        "y\ncoding: latin-1",
    ],
)
def test_no_comment_says_how_a_file_is_encoded(text: str) -> None:
    for line in (f"# {comment(text)}", f"#{comment(text)}"):
        assert not _COOKIE.match(line)
    assert tokenize.detect_encoding(io.BytesIO(f"# {comment(text)}\n".encode()).readline)[0] == "utf-8"


@pytest.mark.parametrize(
    "text",
    [
        "noqa",
        "NOQA: F401",
        "type: ignore",
        "type:ignore[attr-defined]",
        "fmt: off",
        "ruff: noqa",
        "mypy: ignore-errors",
        "isort:skip_file",
        "pragma: no cover",
        "nosec",
        "pylint: disable=all",
        "pyright: basic",
    ],
)
def test_no_comment_gives_a_tool_orders(text: str) -> None:
    order = re.compile(rf"#\s*{re.escape(text)}", re.IGNORECASE)
    for said in (text, f"orders #{text}", f"orders # {text}", f"# {text}"):
        assert not order.search(f"# {comment(said)}")
        assert comment(said) != said


@pytest.mark.parametrize("text", ["specs/orders.yaml", "C# and F#", "issue #12", "a note: this", "types of things"])
def test_comments_keep_what_no_tool_obeys(text: str) -> None:
    assert comment(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("List the scripts", '"""List the scripts"""'),
        ("Two\n  lines\tof\r\ntext", '"""Two lines of text"""'),
        ("a line\u2028of its own", 'r"""a line\\u2028of its own"""'),
        ("Löscht die Größe", '"""Löscht die Größe"""'),
        ("\u201cquoted\u201d \u2013 and so on\u2026", '"""\u201cquoted\u201d \u2013 and so on\u2026"""'),
        ('ends early""" + code()', '"""ends early\\"\\"\\" + code()"""'),
        ('say "hi"', '"""say "hi" """'),
        ('"hi" is said', '""" "hi" is said"""'),
        ("back\\slash", 'r"""back\\slash"""'),
        ("at the end\\", '"""at the end\\\\"""'),
        ("full\uff02width\uff3c", '"""full\uff02width\uff3c"""'),
        ("\u202eright to left", 'r"""\\u202eright to left"""'),
        ("NUL\0 and \x1b[31m", 'r"""NUL\\x00 and \\x1b[31m"""'),
        (">>> print(1)", 'r"""\\x3e>> print(1)"""'),
        ("数", '"""数"""'),
        ("", '"""No description."""'),
    ],
)
def test_docstrings_keep_what_they_can(text: str, expected: str) -> None:
    assert docstring(text) == expected


def test_a_long_docstring_is_cut_at_a_word() -> None:
    assert docstring("one two three, four", 16) == '"""one two..."""'
    assert docstring("数" * 20, 20) == f'"""{"数" * 8}..."""'


@given(st.text())
def test_what_is_shown_is_seen_and_nothing_is_lost(text: str) -> None:
    seen = shown(text)
    assert {unicodedata.category(each) for each in seen}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    assert "".join(shown(each) for each in text) == seen
    assert len(seen) >= len(text)
    assert shown(seen) == seen


def test_bytes_that_hide_in_selectors_are_seen() -> None:
    assert shown("\u2764\ufe0f") == "\u2764\ufe0f"
    assert shown("a\ufe00\U000e0101\u3164") == "a\\ufe00\\U000e0101\\u3164"


@pytest.mark.parametrize("text", ["a", "_a1", "app.models", "a.b.c"])
def test_identifiers_pass(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", ["", "1a", "a b", "a.", "größe", "a;b", "a\n", "\uff41", "ﬁ", "a\u200b"])
def test_anything_else_is_no_identifier(text: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        identifier(text)


@pytest.mark.parametrize("text", ["orders", "core-api", "python:3.12.12-slim", "r.example.com/a/b@sha256:0", "8000"])
def test_plain_names_pass(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["", "-x", ".a", "a b", "a\n", "$A", "a'b", "`a`", "a#b", "ä"])
def test_anything_else_is_no_plain_name(text: str) -> None:
    with pytest.raises(ValueError, match="no plain name"):
        plain(text)


def test_join_gives_code() -> None:
    joined = join(", ", [Code("a"), Code("b")])
    assert isinstance(joined, Code)
    assert joined == "a, b"


def test_code_is_composed_of_code_and_numbers() -> None:
    made = Code.of("{{{}: {}}}", literal("a"), 3)
    assert isinstance(made, Code)
    assert made == "{'a': 3}"


@pytest.mark.parametrize("piece", ["text", True, None, 1.5, ["a"]])
def test_code_is_not_composed_of_anything_else(piece: Any) -> None:
    with pytest.raises(TypeError, match="code is made of Code"):
        Code.of("{}", piece)
    with pytest.raises(TypeError, match="code is made of Code"):
        join(", ", [piece])


def test_code_passes_between_processes() -> None:
    made = Code.of("f({})", literal("x"))
    again = pickle.loads(pickle.dumps(made))
    assert (type(again), again, again.atoms) == (Code, made, made.atoms)
