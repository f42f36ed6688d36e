"""Parameters from the document to the handler: every place, style, explode and kind, in every version of OpenAPI."""

from typing import Any

import pytest
from asking import REFUSED, Asked, parameter

V30, V31, V32 = "3.0.4", "3.1.1", "3.2.0"
INTEGER: dict[str, Any] = {"type": "integer"}
STRING: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
INTEGERS: dict[str, Any] = {"type": "array", "items": INTEGER}
STRINGS: dict[str, Any] = {"type": "array", "items": STRING}
RGB: dict[str, Any] = {"type": "object", "properties": {name: INTEGER for name in "RGB"}}
CLOSED: dict[str, Any] = {**RGB, "required": ["R", "G"], "additionalProperties": False}
MAP: dict[str, Any] = {"type": "object", "additionalProperties": INTEGER}
NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "list": INTEGERS,
        "object": {"type": "object", "properties": {"x": INTEGER, "texts": STRINGS}},
        "objects": {"type": "array", "items": {"type": "object", "properties": {"x": INTEGER}}},
        "text": STRING,
    },
}


def _read(place: str, asked: Asked, raw: str) -> Any:
    match place:
        case "path":
            return asked.one(c=raw)
        case "header":
            return asked.one(headers={"C": raw})
        case "cookie":
            return asked.one(headers={"Cookie": raw})
        case _:
            return asked.one(raw)


# place, style (None: the default one), explode (None likewise), schema, raw, value
Row = tuple[str, str | None, bool | None, Any, str, Any]
TABLE: list[Row] = [
    ("path", None, None, STRING, "a%2Fb+c", "a/b+c"),
    ("path", None, None, INTEGER, "01", REFUSED),
    ("path", None, None, INTEGERS, "1,2", [1, 2]),
    ("path", None, None, RGB, "R,1,G,2", {"R": 1, "G": 2}),
    ("path", None, None, RGB, "R,1,G", REFUSED),
    ("path", None, True, INTEGERS, "1,2", [1, 2]),
    ("path", None, True, RGB, "R=1,G=2", {"R": 1, "G": 2}),
    ("path", "label", None, STRING, ".a.b", "a.b"),
    ("path", "label", None, STRING, "a", REFUSED),
    ("path", "label", None, NUMBER, ".1.5", 1.5),
    ("path", "label", None, INTEGERS, ".1,2", [1, 2]),
    ("path", "label", True, INTEGERS, ".1.2", [1, 2]),
    ("path", "label", None, RGB, ".R,1,G,2", {"R": 1, "G": 2}),
    ("path", "label", True, RGB, ".R=1.G=2", {"R": 1, "G": 2}),
    ("path", "matrix", None, STRING, ";c=a", "a"),
    ("path", "matrix", None, STRING, ";c", ""),
    ("path", "matrix", None, STRING, ";d=a", REFUSED),
    ("path", "matrix", None, INTEGERS, ";c=1,2", [1, 2]),
    ("path", "matrix", True, INTEGERS, ";c=1;c=2", [1, 2]),
    ("path", "matrix", None, RGB, ";c=R,1,G,2", {"R": 1, "G": 2}),
    ("path", "matrix", True, RGB, ";R=1;G=2", {"R": 1, "G": 2}),
    ("query", None, None, STRING, "c=a+b%2B%26", "a b+&"),
    ("query", None, None, STRING, "c=a&c=b", REFUSED),
    ("query", None, None, STRING, "C=a&d=b", None),
    ("query", None, None, STRING, "c=%FF", REFUSED),
    ("query", None, None, INTEGER, "c=%31", 1),
    ("query", None, None, INTEGER, "c=1e2", 100),
    ("query", None, None, INTEGER, "c=", REFUSED),
    ("query", None, None, INTEGER, "c=9007199254740993", 9007199254740993),
    ("query", None, None, NUMBER, "c=1e400", REFUSED),
    ("query", None, None, {"type": "boolean"}, "c=TRUE", REFUSED),
    ("query", None, None, INTEGERS, "c=1&c=2", [1, 2]),
    ("query", None, None, INTEGERS, "c=1,2", REFUSED),
    ("query", None, None, STRINGS, "c=1,2", ["1,2"]),
    ("query", None, None, {"type": "array", "items": NUMBER}, "c=1.5&c=2", [1.5, 2]),
    ("query", None, False, STRINGS, "c=a%2Cb,c", ["a,b", "c"]),
    ("query", None, False, INTEGERS, "c=1%2C2", [1, 2]),
    ("query", None, None, RGB, "R=1&G=2&other=3", {"R": 1, "G": 2}),
    ("query", None, None, RGB, "other=3", None),
    ("query", None, None, CLOSED, "R=1", REFUSED),
    ("query", None, None, MAP, "a=1&b=2", {"a": 1, "b": 2}),
    ("query", None, False, RGB, "c=R,1,G,2", {"R": 1, "G": 2}),
    ("query", "spaceDelimited", False, INTEGERS, "c=1%202", [1, 2]),
    ("query", "spaceDelimited", False, INTEGERS, "c=1+2", [1, 2]),
    ("query", "spaceDelimited", True, INTEGERS, "c=1&c=2", [1, 2]),
    ("query", "spaceDelimited", False, RGB, "c=R%201%20G%202", {"R": 1, "G": 2}),
    ("query", "pipeDelimited", False, INTEGERS, "c=1|2", [1, 2]),
    ("query", "pipeDelimited", False, INTEGERS, "c=1%7C2", [1, 2]),
    ("query", "pipeDelimited", True, INTEGERS, "c=1&c=2", [1, 2]),
    ("query", "pipeDelimited", False, RGB, "c=R|1|G|2", {"R": 1, "G": 2}),
    ("query", "deepObject", True, RGB, "c[R]=1&c%5BG%5D=2", {"R": 1, "G": 2}),
    ("query", "deepObject", True, CLOSED, "c[R]=1", REFUSED),
    ("query", "deepObject", True, RGB, "c=1", REFUSED),
    ("query", "deepObject", True, RGB, "R=1", None),
    ("query", "deepObject", True, MAP, "c[x]=1", {"x": 1}),
    ("query", "deepObject", True, NESTED, "c[list][]=1&c[list][]=2", {"list": [1, 2]}),
    ("query", "deepObject", True, NESTED, "c[list][0]=1&c[list][1]=2", {"list": [1, 2]}),
    ("query", "deepObject", True, NESTED, "c[list]=1", {"list": [1]}),
    ("query", "deepObject", True, NESTED, "c[object][x]=1&c[object][texts][]=a", {"object": {"x": 1, "texts": ["a"]}}),
    ("query", "deepObject", True, NESTED, "c[objects][0][x]=1&c[objects][1][x]=2", {"objects": [{"x": 1}, {"x": 2}]}),
    ("query", "deepObject", True, NESTED, "c[text]=a&c[text]=b", REFUSED),
    ("header", None, None, STRING, "a, b%20c", "a, b%20c"),
    ("header", None, None, INTEGERS, "1, 2", [1, 2]),
    ("header", None, None, RGB, "R,1,G,2", {"R": 1, "G": 2}),
    ("header", None, True, RGB, "R=1,G=2", {"R": 1, "G": 2}),
    ("cookie", None, None, STRING, "d=1; c=a%20b", "a b"),
    ("cookie", None, None, INTEGERS, "c=1; c=2", [1, 2]),
    ("cookie", None, None, INTEGERS, "c=1&c=2", [1, 2]),
    ("cookie", None, None, RGB, "R=1; G=2", {"R": 1, "G": 2}),
    ("cookie", None, None, RGB, "R=1&G=2", {"R": 1, "G": 2}),
    ("cookie", None, False, INTEGERS, "c=1,2", [1, 2]),
    ("cookie", None, False, RGB, "c=R,1,G,2", {"R": 1, "G": 2}),
]
_DEFAULTS = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


def _marked(row: Row) -> Any:
    place, style, explode, *_, raw, _ = row
    mark = pytest.mark.supports(f"parameter/{place}/{style or _DEFAULTS[place]}")
    return pytest.param(row, marks=mark, id=f"{place}-{style}-{explode}-{raw}")


@pytest.mark.parametrize("version", [V30, V31])
@pytest.mark.parametrize("row", [_marked(row) for row in TABLE])
def test_places_styles_and_kinds(row: Row, version: str) -> None:
    place, style, explode, schema, raw, expected = row
    more = {name: value for name, value in (("style", style), ("explode", explode)) if value is not None}
    assert _read(place, Asked(parameter(place, schema, **more), version=version), raw) == expected


def _content(place: str, media_type: str, schema: Any) -> dict[str, Any]:
    return {"name": "c", "in": place, "required": place == "path", "content": {media_type: {"schema": schema}}}


@pytest.mark.supports("parameter/content")
@pytest.mark.parametrize(
    ("place", "media_type", "schema", "raw", "expected"),
    [
        ("query", "application/json", RGB, "c=%7B%22R%22%3A1%7D", {"R": 1}),
        ("query", "application/json", RGB, "c=%7B%22R%22%3A1.5%7D", REFUSED),
        ("query", "application/json", RGB, "c=x", REFUSED),
        ("query", "application/json", INTEGERS, "c=[1]&c=[2]", REFUSED),
        ("query", "application/vnd.x+json; v=1", RGB, 'c={"R":1}', {"R": 1}),
        ("query", "text/plain", INTEGER, "c=5", 5),
        ("query", "text/plain", STRING, "c=a%20b", "a b"),
        ("query", "application/x-www-form-urlencoded", RGB, "c=R%3D1%26G%3D2", {"R": 1, "G": 2}),
        ("path", "application/json", RGB, "%7B%22R%22%3A1%7D", {"R": 1}),
        ("header", "application/json", RGB, '{"R": 1}', {"R": 1}),
        ("cookie", "application/json", RGB, "c=%7B%22R%22%3A1%7D", {"R": 1}),
    ],
)
def test_content(place: str, media_type: str, schema: Any, raw: str, expected: Any) -> None:
    assert _read(place, Asked(_content(place, media_type, schema)), raw) == expected


@pytest.mark.supports("parameter/querystring")
@pytest.mark.parametrize(
    ("media_type", "raw", "expected"),
    [
        ("application/x-www-form-urlencoded", "R=1&G=2", {"R": 1, "G": 2}),
        ("application/x-www-form-urlencoded", "R=1&no=2", REFUSED),
        ("application/json", "%7B%22R%22%3A1%2C%22G%22%3A2%7D", {"R": 1, "G": 2}),
        ("application/json", "", None),
    ],
)
def test_the_whole_query(media_type: str, raw: str, expected: Any) -> None:
    assert Asked(_content("querystring", media_type, CLOSED), version=V32).one(raw) == expected


@pytest.mark.supports("parameter/cookie/cookie")
def test_cookies_that_are_not_percent_encoded() -> None:
    asked = Asked(parameter("cookie", STRING, style="cookie"), version=V32)
    assert asked.one(headers={"Cookie": "c=a%20b"}) == "a%20b"
    several = Asked(parameter("cookie", INTEGERS, style="cookie"), version=V32)
    assert several.one(headers={"Cookie": "c=1; c=2"}) == [1, 2]


@pytest.mark.supports("parameter/allowReserved")
def test_reserved_characters_stand_for_themselves() -> None:
    reserved = ":/?[]@!$'()*,;="
    assert Asked(parameter("query", STRING, allowReserved=True)).one(f"c={reserved}") == reserved


@pytest.mark.supports("parameter/allowEmptyValue")
def test_empty_values() -> None:
    assert Asked(parameter("query", INTEGER)).one("c=") is REFUSED
    assert Asked(parameter("query", INTEGER, allowEmptyValue=True)).one("c") is None
    assert Asked(parameter("query", {"type": "string", "minLength": 1}, allowEmptyValue=True)).one("c=") == ""


@pytest.mark.supports("parameter/path-level")
def test_parameters_of_a_path_are_overridden_by_name_and_place() -> None:
    shared = [parameter("query", INTEGER), {"name": "d", "in": "query", "schema": INTEGER, "required": True}]
    asked = Asked(parameter("query", STRING), parameter("header", STRING), shared=shared)
    assert asked.all("c=x&d=1", {"C": "h"}) == ["x", 1, "h"]
    assert asked.all("c=x") is REFUSED


@pytest.mark.supports("parameter/unknown")
def test_unknown_ones_are_passed_over() -> None:
    assert Asked(parameter("query", INTEGER)).one("x=1&c=2&y[z]=3", {"X-Y": "1"}) == 2


@pytest.mark.supports("parameter/default")
@pytest.mark.parametrize("version", [V30, V31])
def test_defaults(version: str) -> None:
    schemas = {"Size": {"type": "integer", "maximum": 9, "default": 5}}
    reference = {"$ref": "#/components/schemas/Size"}
    for schema in (reference, {"allOf": [reference]}, {"type": "integer", "default": 5}):
        assert Asked(parameter("query", schema), version=version, schemas=schemas).one() == 5
    deep = {"type": "object", "properties": {"size": reference, "text": STRING}}
    asked = Asked(parameter("query", deep, style="deepObject", explode=True), version=version, schemas=schemas)
    assert asked.one("c[text]=a") == {"size": 5, "text": "a"}
    assert asked.one() is None
    whole = {**deep, "default": {"text": "b"}}
    assert Asked(_content("query", "application/json", whole), schemas=schemas).one() == {"size": 5, "text": "b"}


@pytest.mark.supports("parameter/default")
def test_a_default_that_does_not_fit_is_none() -> None:
    assert Asked(parameter("query", {"type": "integer", "default": "x"})).one() is None
    assert Asked(parameter("query", {"type": ["integer", "null"], "default": None})).one() is None
