"""What text becomes in each sink, read back as the sink reads it."""

import re
import shlex
from io import StringIO
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fountaingen.primitives import compose, environment, regex, shell, sql
from fountaingen.primitives.dumping import as_yaml
from fountaingen.primitives.markdown import code_span, markdown
from fountaingen.primitives.paths import is_device
from fountaingen.primitives.terminal import log_line, one_line
from fountaingen.primitives.visible import prose, shown

_TEXTS = st.text(
    st.sampled_from("ab \"'\\`$|<>&*_[]()#~!{}@:/.%=-\n\r\t\0\x1b\x85\u2028\u202e\ufeff數é") | st.characters(),
    max_size=24,
)
_MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})


@given(_TEXTS)
def test_a_word_of_a_shell_is_one_word(text: str) -> None:
    assert shlex.split(f"say -- {shell.quoted(text)} more") == ["say", "--", shown(text), "more"]


@example("a'b\\")
@example("${HOME}")
@given(_TEXTS)
def test_a_value_of_an_environment_is_one_line(text: str) -> None:
    line = environment.assignment("NAME", environment.text(text))
    assert line.isprintable()
    read = dotenv_values(stream=StringIO(f"{line}\nNEXT=1\n"), interpolate=False)
    assert list(read) == ["NAME", "NEXT"]
    # python-dotenv knows no escaped dollar, which Compose wants.
    assert (read["NAME"] or "").replace("\\$", "$") == shown(text)


def test_a_suggestion_sets_nothing() -> None:
    line = environment.suggestion("NAME", environment.text("x\nEVIL=1"))
    assert line == r'# NAME="x\\nEVIL=1"'
    assert dict(dotenv_values(stream=StringIO(line))) == {}


@pytest.mark.parametrize("name", ["A B", "A=B", "", "1A", "A\nB", "$A"])
def test_a_variable_has_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        environment.assignment(name, environment.text(""))


@given(_TEXTS)
def test_compose_fills_in_nothing_of_a_text(text: str) -> None:
    assert compose.escaped(text).replace("$$", "") == text.replace("$", "")
    assert compose.escaped(text).count("$") == 2 * text.count("$")
    assert compose.escaped({text: [text]}) == {compose.escaped(text): [compose.escaped(text)]}


def test_compose_fills_in_references() -> None:
    ports = compose.filled("{}:80", compose.reference("PORT", "8080"))
    assert compose.escaped([ports, "${PORT}"]) == ["${PORT:-8080}:80", "$${PORT}"]
    assert type(compose.escaped(ports)) is str
    assert compose.demanded(["A", "B"], "set one") == "${A:-${B:?set one}}"


@pytest.mark.parametrize("otherwise", ["$X", "a}", "${X}", "{"])
def test_what_a_reference_falls_back_on_refers_to_nothing(otherwise: str) -> None:
    with pytest.raises(ValueError, match="cannot be fallen back on"):
        compose.reference("NAME", otherwise)


@pytest.mark.parametrize("name", ["a", "A B", "A}", "", "A\n"])
def test_a_reference_names_a_variable(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a variable"):
        compose.reference(name)


@pytest.mark.parametrize("text", ["", "A", "a b", "a;", 'a"', "a'", "1a", "a" * 64, "é", "a\n"])
def test_a_name_in_sql_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="no name in SQL"):
        sql.name(text)


@given(_TEXTS)
def test_a_regular_expression_takes_its_text_and_nothing_else(text: str) -> None:
    assert re.fullmatch(regex.text(text), text)
    assert not re.fullmatch(regex.text(text), f"{text}x")


def _kinds(tokens: list[Token]) -> list[str]:
    return [token.type for each in tokens for token in (each, *(each.children or ()))]


def _content(source: str) -> str:
    return "".join(
        each.content for token in _MARKDOWN.parse(source) for each in token.children or () if each.content
    ).strip()


@example("<script>alert(1)</script>")
@example("[a](javascript:b)")
@example("![a](//b)")
@example("```\nx")
@example("&lt;b&gt;")
@example("<!--")
@given(_TEXTS)
def test_prose_in_markdown_is_text(text: str) -> None:
    tokens = _MARKDOWN.parse(f"# A {markdown(text)}Z")
    assert set(_kinds(tokens)) <= {"heading_open", "inline", "text", "text_special", "heading_close"}
    assert _content(f"# A {markdown(text)}Z") == f"A {prose(text)}Z"


@example("a|b\\|c")
@example("\\")
@example("`")
@example("``")
@given(_TEXTS)
def test_a_cell_of_a_table_stays_one(text: str) -> None:
    row = f"| h | k |\n|---|---|\n| {markdown(text)} | {code_span(text)} |\n| x | y |\n"
    kinds = _kinds(_MARKDOWN.parse(row))
    assert kinds.count("td_open") == 4
    assert kinds.count("code_inline") == ("`" not in text)
    assert set(kinds).isdisjoint({"html_inline", "link_open", "image", "em_open", "strong_open", "s_open"})


@example("``a`")
@given(_TEXTS)
def test_code_in_markdown_says_what_was_said(text: str) -> None:
    if "|" not in text and prose(text):
        assert _content(f"A {code_span(text)} Z") == f"A {prose(text)} Z"


@pytest.mark.parametrize("text", ["http://x.example", "https://x.example/a", "www.x.example", "ftp://x", "a@b.example"])
def test_no_address_becomes_a_link(text: str) -> None:
    # GitHub makes links of what begins so (GFM 0.29, section 6.9), but for what stands behind a backslash.
    assert not re.search(r"(?<!\\)://|www\.|(?<!\\)@", markdown(text))


@given(_TEXTS)
def test_a_terminal_is_told_nothing(text: str) -> None:
    assert shown(one_line(text)) == one_line(text)
    assert "\n" not in log_line(text)
    assert log_line(text).replace("\t", "") == one_line(text.replace("\t", ""))


_WHOLE = _TEXTS.filter(lambda text: not re.search("[\ud800-\udfff]", text))
"""Without half characters, which no document holds (FG009)."""


@given(st.recursive(_WHOLE | st.integers() | st.booleans() | st.none(), lambda some: st.lists(some, max_size=3)))
def test_yaml_is_read_as_what_was_written(value: Any) -> None:
    text = as_yaml({"a": value, "b": 1})
    assert text.isascii()
    assert yaml.safe_load(text) == {"a": value, "b": 1}


@pytest.mark.parametrize("text", ["yes", "Off", "0o7", "1e3", "1_000", "012", "~", "=", "1:20", "0x1F", ".inf", "null"])
def test_yaml_of_either_version_reads_text_as_text(text: str) -> None:
    assert re.fullmatch(r"a: ['\"].*['\"]\n", as_yaml({"a": text}))


@pytest.mark.parametrize("name", ["con", "NUL", "aux.py", "com1", "LPT9.txt", "prn. ", "com¹"])
def test_devices(name: str) -> None:
    assert is_device(name)


@pytest.mark.parametrize("name", ["console", "orders", "com", "com10", "nulls", "a.con"])
def test_no_devices(name: str) -> None:
    assert not is_device(name)
