"""Parameters that a service sends: written so that a service reads the same values back."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.runtime.contract import Operation, Parameter
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters import written
from fountaingen.runtime.parameters.binder import Binder
from fountaingen.runtime.parameters.shapes import shape

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
PLAIN = st.text("abc-._~09", min_size=1, max_size=8)
VALUES = {"string": TEXTS, "integer": st.integers(), "number": st.floats(allow_nan=False, allow_infinity=False)}
SHAPES: dict[str, Any] = {
    "string": {"types": ["string"]},
    "integer": {"types": ["integer"]},
    "number": {"types": ["integer", "number"]},
}
TAKES = [
    ("path", "simple"),
    ("path", "label"),
    ("path", "matrix"),
    ("query", "form"),
    ("query", "spaceDelimited"),
    ("query", "pipeDelimited"),
    ("query", "deepObject"),
    ("header", "simple"),
    ("cookie", "form"),
]

UNESCAPED = ("spaceDelimited", "pipeDelimited")
"""Styles whose delimiter cannot stand in a value (OAS 3.1.1 section 4.8.12.5)."""


def made(place: str, style: str, explode: bool, told: Mapping[str, Any] | None) -> Parameter:
    """Return a parameter that takes anything of a shape."""
    media_type = None if told is not None else "application/json"
    judge = Judges({}).judge({"type": ["string", "number", "object", "array", "boolean", "null"]})
    return Parameter("p", place, True, style, explode, False, shape(told), judge, media_type, None)


def read_back(parameter: Parameter, value: Any) -> Any:
    """Write one parameter as a request does and return what a service reads."""
    scope: dict[str, Any] = {"query_string": b"", "headers": []}
    path: dict[str, str] = {}
    match parameter.place:
        case "path":
            path["p"] = written.filled("{p}", [(parameter, value)])
        case "query":
            scope["query_string"] = written.query([(parameter, value)]).encode()
        case "header":
            scope["headers"] = [(b"p", written.header(parameter, value).encode())]
        case "cookie":
            scope["headers"] = [(b"cookie", written.cookies([(parameter, value)]).encode())]
    (read,) = Binder(Operation("op", "GET", "/{p}", 200, (parameter,), None, {}, (), "op")).bind(scope, path)
    return read


@pytest.mark.parametrize("kind", sorted(VALUES))
@pytest.mark.parametrize(("place", "style"), [each for each in TAKES if each[1] not in (*UNESCAPED, "deepObject")])
@settings(max_examples=20)
@given(data=st.data())
def test_scalars_arrive(place: str, style: str, kind: str, data: st.DataObject) -> None:
    value = data.draw(PLAIN if place == "header" and kind == "string" else VALUES[kind])
    assert read_back(made(place, style, False, SHAPES[kind]), value) == value


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(("place", "style"), [each for each in TAKES if each[1] != "deepObject"])
@settings(max_examples=20)
@given(data=st.data())
def test_lists_arrive(place: str, style: str, explode: bool, data: st.DataObject) -> None:
    value = data.draw(st.lists(PLAIN if place == "header" or style in UNESCAPED else TEXTS, min_size=2, max_size=4))
    if place == "path" and style == "label" and explode:
        value = [each.replace(".", "") or "x" for each in value]
    parameter = made(place, style, explode, {"types": ["array"], "items": SHAPES["string"]})
    assert read_back(parameter, value) == value


@pytest.mark.parametrize(
    ("place", "style", "explode"),
    [
        *((place, style, False) for place, style in TAKES if style != "deepObject"),
        *(("path", style, True) for style in ("simple", "label", "matrix")),
        *(("query", "form", True), ("query", "deepObject", True), ("header", "simple", True), ("cookie", "form", True)),
    ],
)
@settings(max_examples=20)
@given(data=st.data())
def test_objects_arrive(place: str, style: str, explode: bool, data: st.DataObject) -> None:
    texts = (
        st.text("abcxyz09", min_size=1, max_size=5) if place == "header" or style in ("label", *UNESCAPED) else TEXTS
    )
    value = data.draw(st.fixed_dictionaries({"r": texts, "g": texts}))
    told = {"types": ["object"], "properties": {"r": SHAPES["string"], "g": SHAPES["string"]}}
    assert read_back(made(place, style, explode, told), value) == value


@pytest.mark.parametrize("place", ["path", "query", "header", "cookie"])
@settings(max_examples=20)
@given(value=st.dictionaries(PLAIN, st.integers() | PLAIN, max_size=3))
def test_content_arrives(place: str, value: dict[str, Any]) -> None:
    parameter = made(place, "simple" if place in ("path", "header") else "form", False, None)
    assert read_back(parameter, value) == value


def test_forms_are_written() -> None:
    assert (
        written.form({"a b": ["x&y", 2], "o": {"k": True}, "n": None})
        == b"a%20b=x%26y&a%20b=2&o=%7B%22k%22%3Atrue%7D&n="
    )
