"""JSON Pointers (RFC 6901)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives import pointer

_DATA = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "0": {"1": "x"}}


@given(st.lists(st.text()))
def test_what_was_joined_is_split_again(tokens: list[str]) -> None:
    assert pointer.split(pointer.join("", *tokens)) == tokens


@given(st.text())
def test_an_escaped_token_holds_no_slash(token: str) -> None:
    assert "/" not in pointer.escape(token)
    assert pointer.unescape(pointer.escape(token)) == token


@pytest.mark.parametrize(
    ("text", "found"),
    [("", _DATA), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/0/1", "x")],
)
def test_the_examples_of_the_rfc(text: str, found: Any) -> None:
    assert pointer.follow(_DATA, pointer.split(text)) == found


@pytest.mark.parametrize("text", ["/nothing", "/foo/2", "/foo/01", "/foo/-", "/foo/-1", "/foo/x", "/foo/0/a", "/foo/²"])
def test_a_pointer_to_nothing(text: str) -> None:
    with pytest.raises(LookupError):
        pointer.follow(_DATA, pointer.split(text))


def test_the_parent_of_a_pointer() -> None:
    assert pointer.parent("/a/b") == "/a"
    assert pointer.parent("") == ""
    assert pointer.join("/a", 3, "b/c") == "/a/3/b~1c"
