"""Patterns mean what ECMA-262 says, whatever way people write them."""

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BOTH, judge, problems

from fountaingen.stages.lower.patterns import translated

TABLE: list[tuple[str, list[str], list[str]]] = [
    (r"^\d+$", ["10"], ["\u0661", "a"]),
    (r"^\w$", ["a", "_"], ["é", "-"]),
    (r"^[^\w]$", ["é"], ["a"]),
    (r"^\s$", ["\u00a0", "\ufeff", "\u2028"], ["\u200b", "a"]),
    (r"^[\w-.]+$", ["a-.b"], ["+"]),
    (r"^[\w-\.]$", ["-", "."], ["/"]),
    (r"^[a-z\d-_]$", ["a", "1", "-", "_"], ["+", "A"]),
    (r"^\/a\-b\_\@$", ["/a-b_@"], ["/a-b_"]),
    (r"^\<b\>$", ["<b>"], ["b"]),
    (r"^\cA\ca$", ["\x01\x01"], ["cA"]),
    (r"^[\cA]$", ["\x01"], ["c", "A"]),
    (r"^\p{L}+$", ["é실"], ["1"]),
    (r"^\p{Script=Greek}$", ["\u03b1"], ["a"]),
    (r"^(?<y>\d)-\k<y>$", ["2-2"], ["2-3"]),
    (r"(?<!a)b", ["cb"], ["ab"]),
    (r"^\1(a)$", ["a"], []),
    (r"^\uD83D\uDE00$", ["😀"], ["\ufffd"]),
    (r"^[ -\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*$", ["a😀\n"], ["\x01"]),
    (r"^\u{1F600}$", ["😀"], ["u"]),
    (r"^\0[\b]$", ["\0\b"], ["0b"]),
    (r"^.$", ["a", "😀", "\u0085"], ["\n", "\r", "\u2028"]),
    (r"^[^]$", ["\n"], [""]),
    (r"^a[]|b$", ["b"], ["a"]),
    (r"^{a}{,3}]$", ["{a}{,3}]"], ["aaa]"]),
    (r"^[[:alpha:]]$", [":]", "a]"], ["a", "b"]),
    (r"^[a&&b]$", ["a", "b", "&"], ["c"]),
    (r"x\b", ["x", "xé"], ["xy"]),
    (r"x\B", ["xy"], ["x", "xé"]),
    (r"^a$", ["a"], ["a\n", "b\na"]),
]


@pytest.mark.supports("schema/pattern")
@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(("pattern", "good", "bad"), TABLE, ids=[row[0] for row in TABLE])
def test_patterns(pattern: str, good: list[str], bad: list[str], version: str) -> None:
    found = judge({"type": "string", "pattern": pattern}, version)
    assert [text for text in good if not found.accepts(text)] == []
    assert [text for text in bad if found.accepts(text)] == []


@pytest.mark.refuses("schema/pattern")
@pytest.mark.parametrize("pattern", [r"(", r"[z-a]", r"^a\Z", r"\Aa", r"(?i)a", r"a++", r"(?P<n>a)", r"(?#c)", r"[a"])
def test_what_is_no_expression_of_ecma_262_is_refused(pattern: str) -> None:
    assert "FG115" in [problem.code for problem in problems({"type": "string", "pattern": pattern})]


@pytest.mark.supports("schema/patternProperties")
def test_patterns_of_names_are_read_alike() -> None:
    whole = {"type": "object", "patternProperties": {r"^[\w-.]$": {"type": "integer"}, r"^[\w\-.]$": {"minimum": 1}}}
    found = judge(whole)
    assert found.accepts({"-": 1, "+": "x"})
    assert not found.accepts({"-": "x"})
    assert not found.accepts({".": 0})


PLAIN = r"^[A-Za-z0-9_-]{1,64}(?:\.[a-z]+)*$"


@pytest.mark.parametrize("pattern", [PLAIN, r"^\d{4}-\d{2}$", r"^(?!x)[^/\s]+\.(jpg|png)$", r"^\$\{a\}\\$"])
def test_what_the_engine_reads_alike_stays_as_it_is_written(pattern: str) -> None:
    assert translated(pattern).replace(r"\-", "-") == pattern


@given(st.text(alphabet=r"ab[]^$-|?*+(){},1\pPukxcB.<>:=!_0", max_size=12))
def test_whatever_is_no_expression_stays_as_it_is_and_breaks_nothing(pattern: str) -> None:
    assert isinstance(translated(pattern), str)
    unended = f"{pattern.rstrip(chr(92))}{chr(92)}"
    assert translated(unended) == unended


@given(st.text(alphabet="ab[]^$-|?*+(){},1", max_size=10), st.lists(st.text(alphabet="ab[]^-{},1", max_size=4)))
def test_what_the_engine_takes_anyway_keeps_its_meaning(pattern: str, texts: list[str]) -> None:
    def verdicts(written: str) -> list[bool] | None:
        try:
            return [*map(jsonschema_rs.validator_for({"pattern": written}, offline=True).is_valid, texts)]
        except ValueError:
            return None

    before = verdicts(pattern)
    assert before is None or before == verdicts(translated(pattern))
