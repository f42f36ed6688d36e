"""Bodies: bounded, by media type, refused in the right way."""

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.bodies.incoming import ClientGone
from fountaingen.runtime.bodies.json_text import is_finite
from fountaingen.runtime.bodies.reader import BodyReader
from fountaingen.runtime.contract import Body, Media
from fountaingen.runtime.errors import Invalid, PayloadTooLarge, UnsupportedMediaType
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.shapes import shape
from fountaingen.runtime.settings import Settings

JUDGES = Judges({})


def read(
    content: dict[str, Any],
    chunks: list[bytes],
    content_type: str = "application/json",
    **options: Any,
) -> Any:
    """Read a body of ``chunks`` against schemas by media type."""
    return read_media(
        {key: Media(JUDGES.judge(value)) for key, value in content.items()}, chunks, content_type, **options
    )


def read_media(
    content: dict[str, Media], chunks: list[bytes], content_type: str = "application/json", **options: Any
) -> Any:
    """Read a body of ``chunks`` as one of the media types ``content``."""
    body = Body(options.get("required", True), content)
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if messages:
        messages[-1]["more_body"] = False
    else:
        messages = [{"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    named = ((b"content-type", content_type.encode()),) if content_type else ()
    scope = {"headers": [*named, *options.get("headers", ())]}
    return asyncio.run(BodyReader(body, Settings(max_body_bytes=options.get("limit", 1000))).read(scope, receive))


JSON = {"application/json": {"type": "object"}}


def test_json_in_one_piece_and_in_many() -> None:
    assert read(JSON, [b'{"a": 1}']) == {"a": 1}
    assert read(JSON, [b'{"a"', b"", b": 1}"]) == {"a": 1}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,}',
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": -1E+999}',
        b'{"a": ' + b"1" * 400 + b".0}",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 300 + b"1" + b"}" * 300,
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read(JSON, [raw], limit=10_000)
    assert caught.value.malformed


def test_what_the_schema_refuses_is_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        read({"application/json": {"properties": {"a": {"items": {"type": "string"}}}}}, [b'{"a": ["x", 7]}'])
    assert not caught.value.malformed
    assert caught.value.violations[0].field == "a.1"
    assert caught.value.violations[0].pointer == "/a/1"


def test_numbers_are_exact() -> None:
    value = read({"application/json": {}}, [b"[123456789012345678901234567890, 1.0, 1e3, 0.1]"])
    assert value == [123456789012345678901234567890, 1.0, 1000.0, 0.1]
    assert [type(each) for each in value] == [int, float, float, float]


@pytest.mark.supports("request-body/optional")
def test_an_optional_body_may_be_absent() -> None:
    assert read(JSON, [b""], "", required=False) is None
    assert read(JSON, [b""], required=False) is None
    with pytest.raises(Invalid):
        read(JSON, [b""], "")


def test_too_much_is_refused_by_what_is_announced_and_by_what_comes() -> None:
    with pytest.raises(PayloadTooLarge):
        read(JSON, [b"{}"], headers=((b"content-length", b"100001"),))
    with pytest.raises(PayloadTooLarge):
        read(JSON, [b"{}"], headers=((b"content-length", b"9" * 5000),))
    with pytest.raises(PayloadTooLarge):
        read(JSON, [b" " * 600, b" " * 600])
    with pytest.raises(PayloadTooLarge):
        read(JSON, [b" " * 1001])
    assert read(JSON, [b"{}" + b" " * 998]) == {}


def test_a_caller_who_leaves() -> None:
    with pytest.raises(ClientGone):
        read(JSON, [])


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("application/json", "application/json; charset=utf-8"),
        ("application/json", "Application/JSON"),
        ("application/vnd.x+json", "application/vnd.x+json"),
        ("application/*", "application/json"),
        ("*/*", "application/json"),
        ("application/json", ""),
    ],
)
def test_media_types_that_are_json(declared: str, sent: str) -> None:
    assert read({declared: {}}, [b"[1]"], sent) == [1]


def test_what_is_not_declared() -> None:
    for sent in ("text/plain", "application/xml", "nonsense"):
        with pytest.raises(UnsupportedMediaType):
            read(JSON, [b"{}"], sent)
    with pytest.raises(UnsupportedMediaType):
        read({"text/plain": {}}, [b"x"], "text/plain; charset=zip")


def test_text() -> None:
    assert read({"text/plain": {"maxLength": 2}}, ["é".encode("latin-1")], "text/plain; charset=latin-1") == "é"
    with pytest.raises(Invalid):
        read({"text/plain": {"maxLength": 2}}, [b"abc"], "text/plain")
    with pytest.raises(Invalid):
        read({"text/plain": {}}, [b"\xff"], "text/plain")
    assert read({"text/plain": {"type": "string"}}, [b""], "text/plain") == ""


def test_forms() -> None:
    form = "application/x-www-form-urlencoded"
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "tags": {"type": "array"}}}
    kind = shape(
        {
            "types": ["object"],
            "properties": {"n": {"types": ["integer"]}, "tags": {"types": ["array"], "items": {"types": ["string"]}}},
        }
    )
    media = Media(JUDGES.judge(schema), kind)
    assert read_media({form: media}, [b"n=3&tags=a"], form) == {"n": 3, "tags": ["a"]}
    assert read_media({form: media}, [b"n=3&tags=a+b&tags=%C3%A9"], form) == {"n": 3, "tags": ["a b", "é"]}
    assert read({form: {}}, [b"a=1&b=2&b=3"], form) == {"a": "1", "b": ["2", "3"]}


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_is_finite_finds_every_number(value: Any) -> None:
    def walk(part: Any) -> bool:
        if isinstance(part, float):
            return math.isfinite(part)
        if isinstance(part, list | dict):
            return all(map(walk, part.values() if isinstance(part, dict) else part))
        return True

    assert is_finite(value) == walk(value)
    assert is_finite(["Infinity", "NaN"])
