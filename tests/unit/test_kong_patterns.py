"""Regular expressions of routes: what PCRE and Rust's crate refuse, and what is left means the same in Python."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.kong.patterns import pcre, rust

_RANDOM = st.text(alphabet="ab/.*+?{}()[]|\\^$<>:=!-_,01 P#&", max_size=24)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/u/(", 'missing closing parenthesis in "/u/("'),
        ("/u/[a", 'missing terminating ] for character class in "/u/[a"'),
        ("/u)", 'unmatched closing parenthesis in "/u)" at ")"'),
        ("*a", 'quantifier does not follow a repeatable item in "*a" at "*a"'),
        ("a{3,2}", 'numbers out of order in {} quantifier in "a{3,2}" at "}"'),
        ("a{99999}", 'number too big in {} quantifier in "a{99999}" at "}"'),
        ("[b-a]", 'range out of order in character class in "[b-a]" at "a]"'),
        ("a\\", '\\ at end of pattern in "a\\"'),
        ("\\y", 'unrecognized character follows \\ in "\\y"'),
        ("(?z)", 'unrecognized character after (? or (?- in "(?z)" at "z)"'),
        ("(?<a-b>c)", 'syntax error in subpattern name (missing terminator?) in "(?<a-b>c)" at "-b>c)"'),
        ("(?<1a>c)", 'subpattern name must start with a non-digit in "(?<1a>c)" at "1a>c)"'),
        ("(?<>c)", 'subpattern name expected in "(?<>c)" at ">c)"'),
        (
            "(?<a>b)(?<a>c)",
            'two named subpatterns have the same name (PCRE2_DUPNAMES not set) in "(?<a>b)(?<a>c)" at "c)"',
        ),
        ("(a)\\2", 'reference to non-existent subpattern in "(a)\\2"'),
    ],
)
def test_what_pcre_refuses(pattern: str, expected: str) -> None:
    assert pcre.fault(pattern) == f"pcre2_compile() failed: {expected}"


@pytest.mark.parametrize("size", [31, 32, 33, 60])
def test_the_length_of_the_name_of_a_group(size: int) -> None:
    fault = pcre.fault(f"/(?<{'n' * size}>[^/]+)$")
    assert (fault is None) is (size <= 32)
    if fault:
        assert "subpattern name is too long (maximum 32 code units)" in fault and fault.endswith('at ">[^/]+)$"')


@pytest.mark.parametrize(
    "pattern",
    [
        "/u/(?<id>[^#?/]+)$",
        "/a{id}",
        "[]a]",
        "[^]]",
        "a??",
        "a*+",
        "(?i)a",
        "(?:a|b)",
        "(?#x)a",
        "\\Qa\\E",
        "(?=a)b",
        "{",
    ],
)
def test_what_pcre_takes(pattern: str) -> None:
    assert pcre.fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "message", "marked"),
    [
        ("/u/(?!x)", "look-around, including look-ahead and look-behind, is not supported", "(?!"),
        ("(?=a)b", "look-around, including look-ahead and look-behind, is not supported", "(?="),
        ("(a)\\1", "backreferences are not supported", "\\1"),
        ("(?P<=a)b", "invalid capture group character", "="),
        ("a(?>b)", "unrecognized flag", ">"),
        ("a\\Gb", "unrecognized escape sequence", "\\G"),
        ("a{2x}", "unclosed counted repetition", "{2"),
        ("[\\b]", "invalid escape sequence found in character class", "\\b"),
    ],
)
def test_what_the_router_refuses(pattern: str, message: str, marked: str) -> None:
    refused = rust.refusal(pattern)
    assert refused is not None
    assert (refused.message, pattern[refused.start : refused.end]) == (message, marked)


def test_a_variable_of_a_template_is_no_repetition() -> None:
    refused = rust.refusal("^/u/{id}$")
    assert refused is not None
    assert rust.shown("^/u/{id}$", refused) == (
        "regex parse error:\n    ^/u/{id}$\n         ^\nerror: repetition quantifier expects a valid decimal"
    )


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^/a$", "/a", True),
        ("^/a$", "/a\n", False),
        ("^/(?<id>[^/]+)$", "/x", True),
        ("^/[[:alpha:]]+$", "/ab", True),
        ("^/[[:alpha:]]+$", "/a1", False),
        ("^/[a[]+$", "/[a", True),
        ("^/a}$", "/a}", True),
        ("^/a\\z", "/a", True),
    ],
)
def test_the_same_in_python(pattern: str, text: str, fits: bool) -> None:
    assert (rust.compiled(pattern).search(text) is not None) is fits


@given(_RANDOM)
def test_every_pattern_is_refused_run_or_said_to_be_beyond_python(pattern: str) -> None:
    written = "^" + pattern.replace("?<", "?P<")
    if pcre.fault(pattern) is None and rust.refusal(written) is None:
        with contextlib.suppress(rust.Unmodelled):
            rust.compiled(written).search("/a/b")


def test_what_is_beyond_python_is_said() -> None:
    with pytest.raises(rust.Unmodelled, match=r"cannot be tried"):
        rust.compiled("^/\\p{Greek}$")


@given(st.text(alphabet="ab/.*+?()|$", max_size=16))
def test_what_python_takes_pcre_takes(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    assert pcre.fault(pattern) is None or "(?" in pattern
