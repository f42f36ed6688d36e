"""The media types of a body: which one is meant, how each is read, what is refused and how that is said."""

from dataclasses import replace
from typing import Any

import pytest
from reading import FORM, Got, declared, read

from fountaingen.runtime.bodies.reader import BodyReader, takes_uploads
from fountaingen.runtime.contract import Body
from fountaingen.runtime.errors import ApiError, Invalid, PayloadTooLarge, UnsupportedMediaType

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "box": {"type": "object", "properties": {"w": {"type": "integer"}}},
        "boxes": {"type": "array", "items": {"type": "object", "required": ["w"]}},
    },
}


def refused(body: Body, raw: bytes, content_type: str = "", **settings: Any) -> ApiError:
    """Return the error that a body is refused with."""
    with pytest.raises(ApiError) as caught:
        read(body, raw, content_type, **settings)
    return caught.value


@pytest.mark.supports("request-body/content/several")
def test_each_media_type_has_its_own_schema() -> None:
    body = declared(
        {
            "application/json": {"schema": {"type": "object"}},
            "application/vnd.list+json": {"schema": {"type": "array"}},
            "text/plain": {"schema": {"type": "string", "maxLength": 3}},
            FORM: {"schema": PET},
        }
    )
    assert read(body, b"{}") == {}
    assert read(body, b"[]", "application/vnd.list+json") == []
    assert read(body, b"abc", "text/plain;charset=us-ascii") == "abc"
    assert read(body, b"name=xy&age=3", FORM) == {"name": "xy", "age": 3}
    for raw, kind in ((b"[]", "application/json"), (b"{}", "application/vnd.list+json"), (b"abcd", "text/plain")):
        assert isinstance(refused(body, raw, kind), Invalid)


@pytest.mark.supports("request-body/content/range")
def test_a_range_reads_each_type_as_what_it_is() -> None:
    body = declared({"*/*": {}, "image/*": {"schema": {"type": "string", "format": "binary"}}})
    assert read(body, b'{"a": 1}', "application/problem+json") == {"a": 1}
    assert read(body, b"a=1", FORM) == {"a": "1"}
    assert read(body, b"text", "text/csv") == "text"
    assert read(body, b"<a><b>x</b></a>", "application/xml") == {"b": "x"}
    assert read(body, b"\x89PNG", "image/png") == Got(None, "image/png", b"\x89PNG")
    assert read(body, b"\x00", "application/zip") == Got(None, "application/zip", b"\x00")


def test_a_type_that_does_not_say_that_it_is_json_is_json_where_nothing_else_fits() -> None:
    body = declared({"application/vnd.things.v1": {"schema": {"type": "object", "required": ["a"]}}})
    assert read(body, b'{"a": 1}', "application/vnd.things.v1") == {"a": 1}
    assert isinstance(refused(body, b"{}", "application/vnd.things.v1"), Invalid)


@pytest.mark.supports("request-body/required")
def test_no_body() -> None:
    kinds: dict[str, Any] = {
        "application/json": {"schema": {}},
        "application/octet-stream": {},
        "application/xml": {"schema": {"type": "object"}},
    }
    for kind, media in kinds.items():
        optional, required = declared({kind: media}, required=False), declared({kind: media})
        assert read(optional, b"", "") is None
        assert read(optional, [b"", b""], "") is None
        error = refused(required, b"", "")
        assert isinstance(error, Invalid) and error.malformed
    assert read(declared({"application/json": {"schema": {}}}), b"null") is None
    assert read(declared({"application/octet-stream": {}}), b"", "application/octet-stream") == Got(
        None, "application/octet-stream", b""
    )


@pytest.mark.supports("request-body/unsupported-media-type")
def test_what_is_not_declared_is_told_what_would_be_taken() -> None:
    body = declared({"application/json": {"schema": {}}, "text/*": {"schema": {"type": "string"}}})
    for sent in ("application/xml", "nonsense", "application/"):
        error = refused(body, b"x", sent)
        assert isinstance(error, UnsupportedMediaType)
        assert error.headers == {"Accept": "application/json, text/*", "Accept-Post": "application/json, text/*"}
    error = refused(body, b"x", "application/json", headers=((b"content-encoding", b"gzip"),))
    assert isinstance(error, UnsupportedMediaType) and error.headers == {"Accept-Encoding": "identity"}
    assert read(body, b"1", "application/json", headers=((b"content-encoding", b"identity"),)) == 1


@pytest.mark.supports("request-body/charset")
def test_charsets() -> None:
    body = declared({"text/plain": {"schema": {"type": "string"}}, "application/json": {"schema": {}}, FORM: {}})
    assert read(body, "żółw".encode("utf-16"), "text/plain; charset=UTF-16") == "żółw"
    assert read(body, "ü".encode("latin-1"), 'text/plain; charset="ISO-8859-1"') == "ü"
    assert read(body, b'"x"', "application/json; charset=utf-8") == "x"
    for kind in ("text/plain; charset=zip", "application/json; charset=latin-1", f"{FORM}; charset=utf-16"):
        assert isinstance(refused(body, b'"x"', kind), UnsupportedMediaType)
    error = refused(body, b"\xff", "text/plain")
    assert isinstance(error, Invalid) and error.malformed


@pytest.mark.supports("request-body/text/plain")
def test_text_is_read_as_what_its_schema_takes() -> None:
    assert read(declared({"text/plain": {"schema": {"type": "integer"}}}), b"7", "text/plain") == 7
    assert read(declared({"text/plain": {"schema": {"type": "string"}}}), b"7", "text/plain") == "7"
    assert read(declared({"application/yaml": {"schema": {"type": "string"}}}), b"a: 1", "application/yaml") == "a: 1"
    assert isinstance(refused(declared({"text/plain": {"schema": {"type": "boolean"}}}), b"7", "text/plain"), Invalid)


@pytest.mark.supports("request-body/application/octet-stream")
@pytest.mark.parametrize("kind", ["application/octet-stream", "application/pdf", "image/png", "text/csv"])
def test_binary_content_is_handed_over_as_it_arrives(kind: str) -> None:
    body = declared({kind: {"schema": {"type": "string", "format": "binary"}}})
    assert takes_uploads(body)
    assert read(body, [b"ab", b"", b"\xff"], f"{kind}; x=1") == Got(None, f"{kind}; x=1", b"ab\xff")


def test_binary_content_is_bounded_while_it_arrives() -> None:
    schema = {"type": "string", "format": "binary", "minLength": 3, "maxLength": 6}
    body = declared({"application/pdf": {"schema": schema}})
    assert read(body, [b"abc", b"def"], "application/pdf").data == b"abcdef"
    assert isinstance(refused(body, b"ab", "application/pdf"), Invalid)
    with pytest.raises(PayloadTooLarge):
        read(body, [b"abc", b"def", b"g"], "application/pdf")
    with pytest.raises(PayloadTooLarge):
        read(declared({"application/pdf": {}}), [b"abc", b"def"], "application/pdf", max_upload_bytes=5)
    assert read(declared({"application/pdf": {}}), b"abcdef", "application/pdf", max_body_bytes=3).data == b"abcdef"


@pytest.mark.supports("request-body/application/x-www-form-urlencoded")
def test_members_of_forms_are_typed_by_their_schemas() -> None:
    body = declared({FORM: {"schema": PET}})
    sent = b'name=a+b&age=4&tags=x&tags=%C3%A9&box={"w":1}&boxes={"w":1}&boxes={"w":2}&other=5'
    assert read(body, sent, FORM) == {
        "name": "a b",
        "age": 4,
        "tags": ["x", "é"],
        "box": {"w": 1},
        "boxes": [{"w": 1}, {"w": 2}],
        "other": "5",
    }
    assert read(body, b"name=xy&tags=x", FORM) == {"name": "xy", "tags": ["x"]}
    assert read(body, b'name=xy&boxes=[{"w":1}]', FORM) == {"name": "xy", "boxes": [{"w": 1}]}
    assert isinstance(refused(body, b"name=xy&age=four", FORM), Invalid)
    error = refused(body, b"name=xy&box={", FORM)
    assert isinstance(error, Invalid) and error.malformed and error.violations[0].field == "box"
    error = refused(body, b"name=%ff", FORM)
    assert isinstance(error, Invalid) and error.malformed


@pytest.mark.supports("request-body/encoding/style")
@pytest.mark.supports("request-body/encoding/contentType")
@pytest.mark.supports("request-body/application/x-www-form-urlencoded/encoding")
def test_the_encoding_of_a_form_says_how_its_members_are_written() -> None:
    schema = {
        "type": "object",
        "properties": {
            "joined": {"type": "array", "items": {"type": "integer"}},
            "piped": {"type": "array", "items": {"type": "string"}},
            "deep": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "text": {"type": "array", "items": {"type": "integer"}},
        },
        "additionalProperties": False,
    }
    encoding = {
        "joined": {"style": "form", "explode": False},
        "piped": {"style": "pipeDelimited", "explode": False},
        "deep": {"style": "deepObject", "explode": True},
        "text": {"contentType": "application/json"},
    }
    body = declared({FORM: {"schema": schema, "encoding": encoding}})
    assert read(body, b"joined=1,2&piped=a%7Cb&deep[n]=3&text=[4,5]", FORM) == {
        "joined": [1, 2],
        "piped": ["a", "b"],
        "deep": {"n": 3},
        "text": [4, 5],
    }
    assert isinstance(refused(body, b"unknown=1", FORM), Invalid)


def test_the_usual_body_is_read_without_a_detour(monkeypatch: pytest.MonkeyPatch) -> None:
    def detour(*_: object) -> None:
        raise AssertionError("a plain body takes the long way")

    monkeypatch.setattr(BodyReader, "_other", detour)
    assert read(declared({"application/json": {"schema": PET}, "text/plain": {}}), b'{"name": "xy"}')["name"] == "xy"


def test_an_operation_may_have_a_bound_of_its_own() -> None:
    body = replace(declared({"text/plain": {"schema": {"type": "string"}}, "application/pdf": {}}), limit=5)
    assert read(body, b"12345", "text/plain") == "12345"
    for kind in ("text/plain", "application/pdf"):
        assert isinstance(refused(body, b"123456", kind), PayloadTooLarge)
