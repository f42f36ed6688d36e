"""Parameters: the tables of the OpenAPI standard, and what a client encodes comes back."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.contract import Operation, Parameter
from fountaingen.runtime.errors import Invalid
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.binder import Binder
from fountaingen.runtime.parameters.shapes import Shape, shape

JUDGES = Judges({})
INTEGER: dict[str, Any] = {"types": ["integer"]}
STRING: dict[str, Any] = {"types": ["string"]}
STRINGS: dict[str, Any] = {"types": ["array"], "items": STRING}
INTEGERS: dict[str, Any] = {"types": ["array"], "items": INTEGER}
RGB: dict[str, Any] = {"types": ["object"], "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
COLOURS = ["blue", "black", "brown"]
MIXTURE = {"R": 100, "G": 200, "B": 150}
RGB_SCHEMA = {
    "type": "object",
    "required": ["R", "G", "B"],
    "properties": {name: {"type": "integer"} for name in "RGB"},
    "additionalProperties": False,
}
ONE_OF_COLOURS = {"type": "string", "enum": COLOURS}
ARRAY_OF_COLOURS = {"type": "array", "items": ONE_OF_COLOURS, "minItems": 2}


def parameter(place: str, style: str, explode: bool, kind: dict[str, Any], schema: Any, **options: Any) -> Parameter:
    """Return a parameter named color."""
    return Parameter(
        name=options.get("name", "color"),
        place=place,
        required=options.get("required", True),
        style=style,
        explode=explode,
        allow_empty=options.get("allow_empty", False),
        shape=shape(kind) if kind else Shape(),
        judge=JUDGES.judge(schema),
        media_type=options.get("media_type"),
        default=options.get("default"),
    )


def bind(each: Parameter, raw: str, *others: Parameter) -> Any:
    """Return what the parameter is in a request that has ``raw`` in its place."""
    operation = Operation("x", "GET", "/{color}", 200, (each, *others), None, {}, (), "x")
    scope: dict[str, Any] = {"type": "http", "query_string": b"", "headers": []}
    path: dict[str, str] = {}
    match each.place:
        case "path":
            path[each.name] = raw
        case "query":
            scope["query_string"] = raw.encode()
        case "header":
            scope["headers"] = [(each.name.lower().encode(), raw.encode("latin-1"))]
        case "cookie":
            scope["headers"] = [(b"cookie", raw.encode("latin-1"))]
    return Binder(operation).bind(scope, path)[0]


# place, style, explode, shape, schema, raw, value; None is a refusal
TABLE: list[tuple[str, str, bool, Any, Any, str, Any]] = [
    ("path", "simple", False, STRING, ONE_OF_COLOURS, "blue", "blue"),
    ("path", "simple", False, STRING, ONE_OF_COLOURS, "red", None),
    ("path", "simple", False, STRINGS, ARRAY_OF_COLOURS, "blue,black,brown", COLOURS),
    ("path", "simple", True, STRINGS, ARRAY_OF_COLOURS, "blue%2Cblack%2Cbrown", COLOURS),
    ("path", "simple", False, RGB, RGB_SCHEMA, "R,100,G,200,B,150", MIXTURE),
    ("path", "simple", False, RGB, RGB_SCHEMA, "R=100,G=200,B=150", None),
    ("path", "simple", True, RGB, RGB_SCHEMA, "R=100,G=200,B=150", MIXTURE),
    ("path", "simple", True, RGB, RGB_SCHEMA, "R,100,G,200,B,150", None),
    ("path", "simple", False, INTEGERS, {"items": {"type": "integer"}}, "3,4,x", None),
    ("path", "simple", False, STRING, {}, "a%20b%2Fc%C3%A9", "a b/cé"),
    ("path", "simple", False, STRING, {}, "%FF", None),
    ("path", "label", False, STRING, ONE_OF_COLOURS, ".blue", "blue"),
    ("path", "label", False, STRING, ONE_OF_COLOURS, "blue", None),
    ("path", "label", False, STRINGS, ARRAY_OF_COLOURS, ".blue,black,brown", COLOURS),
    ("path", "label", True, STRINGS, ARRAY_OF_COLOURS, ".blue.black.brown", COLOURS),
    ("path", "label", False, RGB, RGB_SCHEMA, ".R,100,G,200,B,150", MIXTURE),
    ("path", "label", True, RGB, RGB_SCHEMA, ".R=100.G=200.B=150", MIXTURE),
    ("path", "matrix", False, STRING, ONE_OF_COLOURS, ";color=blue", "blue"),
    ("path", "matrix", False, STRING, ONE_OF_COLOURS, ";colour=blue", None),
    ("path", "matrix", False, STRING, ONE_OF_COLOURS, "blue", None),
    ("path", "matrix", False, STRINGS, ARRAY_OF_COLOURS, ";color=blue,black,brown", COLOURS),
    ("path", "matrix", True, STRINGS, ARRAY_OF_COLOURS, ";color=blue;color=black;color=brown", COLOURS),
    ("path", "matrix", False, RGB, RGB_SCHEMA, ";color=R,100,G,200,B,150", MIXTURE),
    ("path", "matrix", True, RGB, RGB_SCHEMA, ";R=100;G=200;B=150", MIXTURE),
    ("query", "form", True, STRING, ONE_OF_COLOURS, "color=blue", "blue"),
    ("query", "form", True, STRING, ONE_OF_COLOURS, "color=", None),
    ("query", "form", True, STRING, ONE_OF_COLOURS, "", None),
    ("query", "form", True, STRING, ONE_OF_COLOURS, "color=blue&color=black", None),
    ("query", "form", True, STRING, {}, "color=a%26b%3Dc+d&x=1", "a&b=c d"),
    ("query", "form", True, STRINGS, ARRAY_OF_COLOURS, "color=blue&color=black&color=brown", COLOURS),
    ("query", "form", True, STRINGS, ARRAY_OF_COLOURS, "color=blue,black,brown", None),
    ("query", "form", True, STRINGS, {}, "color=blue,black", ["blue,black"]),
    ("query", "form", False, STRINGS, ARRAY_OF_COLOURS, "color=blue,black,brown", COLOURS),
    ("query", "form", False, STRINGS, ARRAY_OF_COLOURS, "color=blue%2cblack", ["blue", "black"]),
    ("query", "form", False, STRINGS, {}, "color=a%2Cb,c", ["a,b", "c"]),
    ("query", "form", False, STRINGS, {}, "color=a%2Cb", ["a,b"]),
    ("query", "form", False, STRINGS, {}, "color=a,,b", ["a", "", "b"]),
    ("query", "form", False, INTEGERS, {"items": {"type": "integer"}}, "color=3,4,%205", None),
    ("query", "form", False, INTEGERS, {"items": {"type": "integer"}}, "color=", []),
    ("query", "form", True, RGB, RGB_SCHEMA, "R=100&G=200&B=150&unknown=1", MIXTURE),
    ("query", "form", True, RGB, RGB_SCHEMA, "R=100&G=200", None),
    ("query", "form", False, RGB, RGB_SCHEMA, "color=R,100,G,200,B,150", MIXTURE),
    ("query", "spaceDelimited", False, STRINGS, ARRAY_OF_COLOURS, "color=blue%20black+brown", COLOURS),
    ("query", "spaceDelimited", False, STRINGS, ARRAY_OF_COLOURS, "color=blue,black,brown", None),
    ("query", "spaceDelimited", False, RGB, RGB_SCHEMA, "color=R%20100%20G%20200%20B%20150", MIXTURE),
    ("query", "pipeDelimited", False, STRINGS, {}, "color=blue|black|brown", COLOURS),
    ("query", "pipeDelimited", False, STRINGS, {}, "color=blue%7Cblack%7cbrown", COLOURS),
    ("query", "pipeDelimited", False, STRINGS, {}, "color=a%7Cb|c", ["a|b", "c"]),
    ("query", "deepObject", True, RGB, RGB_SCHEMA, "color[R]=100&color[G]=200&color[B]=150", MIXTURE),
    ("query", "deepObject", True, RGB, RGB_SCHEMA, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150", MIXTURE),
    ("query", "deepObject", True, RGB, RGB_SCHEMA, "color[R]=1&color[G]=2&color[B]=3&color[X]=4", None),
    ("header", "simple", False, INTEGERS, {"items": {"type": "integer"}}, "3, 4,5", [3, 4, 5]),
    ("header", "simple", False, STRING, {}, "a, b%20c", "a, b%20c"),
    ("header", "simple", True, RGB, RGB_SCHEMA, "R=100,G=200,B=150", MIXTURE),
    ("cookie", "form", True, STRING, ONE_OF_COLOURS, "other=1; color=blue", "blue"),
    ("cookie", "form", False, STRINGS, ARRAY_OF_COLOURS, "color=blue,black,brown", COLOURS),
]


@pytest.mark.parametrize("row", TABLE)
def test_styles(row: tuple[str, str, bool, Any, Any, str, Any]) -> None:
    place, style, explode, kind, schema, raw, value = row
    each = parameter(place, style, explode, kind, schema)
    if value is None:
        with pytest.raises(Invalid):
            bind(each, raw)
    else:
        assert bind(each, raw) == value


# types, text, value; the schema accepts what the types say
SCALARS: list[tuple[list[str], str, Any]] = [
    (["integer"], "7", 7),
    (["integer"], "-7", -7),
    (["integer"], "0", 0),
    (["integer"], "007", None),
    (["integer"], "+7", None),
    (["integer"], "1_0", None),
    (["integer"], "٣", None),
    (["integer"], " 7", None),
    (["integer"], "1.5", None),
    (["integer"], "123456789012345678901234567890", 123456789012345678901234567890),
    (["integer"], "9" * 5000, None),
    (["number"], "1.5", 1.5),
    (["number"], "1e3", 1000.0),
    (["number"], "1e999", None),
    (["number"], "NaN", None),
    (["number"], "Infinity", None),
    (["number"], "1,5", None),
    (["boolean"], "true", True),
    (["boolean"], "True", None),
    (["boolean"], "1", None),
    (["string"], "null", "null"),
    (["string"], "", ""),
    (["integer", "string"], "12", 12),
    (["integer", "string"], "all", "all"),
]


@pytest.mark.parametrize(("types", "text", "value"), SCALARS)
def test_scalars(types: list[str], text: str, value: Any) -> None:
    each = parameter("query", "form", True, {"types": types}, {"type": types})
    raw = "color=" + quote(text)
    if value is None:
        with pytest.raises(Invalid):
            bind(each, raw)
    else:
        bound = bind(each, raw)
        assert bound == value
        assert type(bound) is type(value)


def test_a_type_that_the_schema_refuses_gives_way_to_the_next() -> None:
    schema = {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "string", "maxLength": 3}]}
    each = parameter("query", "form", True, {"types": ["integer", "string"]}, schema)
    assert bind(each, "color=4") == 4
    assert bind(each, "color=44") == "44"
    with pytest.raises(Invalid):
        bind(each, "color=4444")


def test_null_is_read_where_the_schema_has_it() -> None:
    each = parameter("query", "form", True, {"types": ["null", "integer"]}, {"type": ["null", "integer"]})
    assert bind(each, "color=null") is None
    assert bind(each, "color=") is None
    assert bind(each, "color=3") == 3


def test_an_absent_parameter_is_its_default_and_the_default_stays_whole() -> None:
    each = parameter("query", "form", True, STRINGS, {}, required=False, default=["a"])
    first = bind(each, "other=1")
    assert first == ["a"]
    first.append("b")
    assert bind(each, "") == ["a"]


def test_an_empty_value_is_let_through_where_it_is_allowed() -> None:
    each = parameter("query", "form", True, INTEGER, {"type": "integer"}, allow_empty=True)
    assert bind(each, "color") is None
    assert bind(each, "color=3") == 3


def test_content_is_read_as_json() -> None:
    each = parameter("query", "form", True, {}, {"type": "object"}, media_type="application/json")
    assert bind(each, "color=%7B%22a%22%3A1%7D") == {"a": 1}
    for refused in ("color=notjson", "color=1", "color=%7B%22a%22%3ANaN%7D"):
        with pytest.raises(Invalid):
            bind(each, refused)


def test_an_exploded_object_takes_no_other_parameter_for_a_member() -> None:
    kind = {"types": ["object"], "additional": INTEGER}
    each = parameter("query", "form", True, kind, {"type": "object"})
    other = parameter("query", "form", True, INTEGER, {"type": "integer"}, name="limit")
    assert bind(each, "a=1&limit=2&b=3", other) == {"a": 1, "b": 3}


def test_deep_objects_hold_lists_and_objects() -> None:
    kind = {
        "types": ["object"],
        "properties": {"tags": STRINGS, "inner": {"types": ["object"], "properties": {"n": INTEGER}}},
    }
    each = parameter("query", "deepObject", True, kind, {"type": "object"})
    expected = {"tags": ["a", "b"], "inner": {"n": 1}}
    assert bind(each, "color[tags][]=a&color[tags][]=b&color[inner][n]=1") == expected
    assert bind(each, "color[tags]=a&color[tags]=b&color[inner][n]=1") == expected
    assert bind(each, "color[tags][1]=b&color[tags][0]=a&color[inner][n]=1") == expected
    assert bind(each, "color[tags]=a") == {"tags": ["a"]}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    each = parameter("query", "form", True, INTEGER, {"type": "integer"})
    other = parameter("query", "form", True, INTEGER, {"type": "integer"}, name="limit")
    with pytest.raises(Invalid) as caught:
        bind(each, "color=x&limit=y", other)
    assert [violation.field for violation in caught.value.violations] == ["color", "limit"]
    assert "x" not in caught.value.violations[0].message.split()
    with pytest.raises(Invalid) as caught:
        bind(each, "color=x&limit=%FF", other)
    assert len(caught.value.violations) == 2


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
WHOLE = st.integers(-(10**30), 10**30)
NAME = st.text("abcXYZ_0", min_size=1, max_size=4)


def quoted(value: Any) -> str:
    """Encode every delimiter, as RFC 6570 does."""
    return quote(str(value), safe="").replace(".", "%2E")


def encode(style: str, explode: bool, value: Any, name: str = "color") -> str:
    """Return ``value`` in a style (OAS 3.1 section 4.8.12.4)."""
    joint = {"simple": ",", "label": ".", "matrix": ";", "form": "&"}[style] if explode else ","
    lead = {"simple": "", "label": ".", "matrix": ";", "form": ""}[style]
    named = style in ("matrix", "form")
    if isinstance(value, dict):
        if explode:
            return lead + joint.join(f"{quoted(key)}={quoted(each)}" for key, each in value.items())
        return lead + (f"{name}=" if named else "") + ",".join(quoted(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        if explode and named:
            return lead + joint.join(f"{name}={quoted(each)}" for each in value)
        return lead + (f"{name}=" if named else "") + joint.join(quoted(each) for each in value)
    return lead + (f"{name}=" if named else "") + quoted(value)


@pytest.mark.supports("parameter/percent-encoding")
@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(
    ("place", "style"), [("path", "simple"), ("path", "label"), ("path", "matrix"), ("query", "form")]
)
@given(data=st.data())
def test_what_is_encoded_comes_back(place: str, style: str, explode: bool, data: st.DataObject) -> None:
    kind, schema, values = data.draw(
        st.sampled_from(
            [
                (STRING, {"type": "string"}, TEXT),
                (INTEGER, {"type": "integer"}, WHOLE),
                (STRINGS, {"type": "array"}, st.lists(TEXT, min_size=1, max_size=4)),
                (INTEGERS, {"items": {"type": "integer"}}, st.lists(WHOLE, min_size=1, max_size=4)),
            ]
        )
    )
    value = data.draw(values)
    each = parameter(place, style, explode, kind, schema)
    assert bind(each, encode(style, explode, value)) == value


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(
    ("place", "style"), [("path", "simple"), ("path", "label"), ("path", "matrix"), ("query", "form")]
)
@given(value=st.dictionaries(NAME, TEXT, min_size=1, max_size=4))
def test_objects_come_back(place: str, style: str, explode: bool, value: dict[str, str]) -> None:
    kind = {"types": ["object"], "properties": {name: STRING for name in value}}
    each = parameter(place, style, explode, kind, {"type": "object"})
    assert bind(each, encode(style, explode, value)) == value


@given(query=st.binary(max_size=40), header=st.binary(max_size=20))
def test_no_bytes_at_all_break_the_decoder(query: bytes, header: bytes) -> None:
    parameters = (
        parameter("query", "form", True, INTEGERS, {"type": "array"}, required=False),
        parameter("query", "deepObject", True, RGB, {}, required=False, name="deep"),
        parameter("header", "simple", True, RGB, {}, required=False),
        parameter("cookie", "form", True, STRINGS, {}, required=False),
    )
    scope = {"type": "http", "query_string": query, "headers": [(b"color", header), (b"cookie", header)]}
    try:
        Binder(Operation("x", "GET", "/", 200, parameters, None, {}, (), "x")).bind(scope, {})
    except Invalid as invalid:
        assert invalid.violations
