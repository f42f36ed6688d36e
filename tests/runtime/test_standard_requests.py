"""Parameters that must be there, bodies that are JSON by their suffix, and content that is encoded."""

from typing import Any

import pytest
from asking import REFUSED, Asked, parameter
from reading import PARTS, Got, declared, part, parts, read

from fountaingen.runtime.errors import ApiError, Invalid, UnsupportedMediaType

STRING = {"type": "string"}


@pytest.mark.supports("parameter/required")
@pytest.mark.parametrize("version", ["3.0.4", "3.1.1"])
@pytest.mark.parametrize(
    ("place", "query", "headers"),
    [("query", "c=a", {}), ("header", "", {"C": "a"}), ("cookie", "", {"Cookie": "c=a"})],
)
def test_what_is_required_must_be_there(place: str, query: str, headers: dict[str, str], version: str) -> None:
    required = Asked(parameter(place, STRING, required=True), version=version)
    optional = Asked(parameter(place, STRING), version=version)
    assert (required.one(query, headers), optional.one(query, headers)) == ("a", "a")
    assert (required.one("d=a", {"D": "a", "Cookie": "d=a"}), optional.one()) == (REFUSED, None)


def _refused(body: Any, raw: bytes, kind: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(body, raw, kind)
    return caught.value


@pytest.mark.supports("request-body/application/*+json")
@pytest.mark.parametrize("kind", ["application/hal+json", "application/vnd.a.b-c+json", "application/*+json"])
def test_a_type_whose_suffix_is_json_is_json(kind: str) -> None:
    body = declared({kind: {"schema": {"type": "object", "required": ["a"]}}})
    sent = kind.replace("*", "any")
    assert read(body, b'{"a": [1, null]}', f"{sent}; charset=utf-8") == {"a": [1, None]}
    assert isinstance(_refused(body, b"{}", sent), Invalid)
    malformed = _refused(body, b"{", sent)
    assert isinstance(malformed, Invalid) and malformed.malformed
    assert isinstance(_refused(body, b"<a/>", "application/hal+xml"), UnsupportedMediaType)


ENCODED = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}


@pytest.mark.supports("schema/contentEncoding")
def test_encoded_content_is_handed_over_as_it_is_written() -> None:
    schema = {"type": "object", "properties": {"image": ENCODED}}
    in_json = declared({"application/json": {"schema": schema}})
    assert read(in_json, b'{"image": "AAEC"}') == {"image": "AAEC"}
    assert read(in_json, b'{"image": "not base64"}') == {"image": "not base64"}, "an annotation asserts nothing"
    assert isinstance(_refused(in_json, b'{"image": 1}', "application/json"), Invalid)
    in_parts = declared({"multipart/form-data": {"schema": schema}})
    sent = parts(part("image", "AAEC", "Content-Type: image/png", "Content-Transfer-Encoding: base64"))
    assert read(in_parts, sent, PARTS) == {"image": Got(None, "image/png", b"AAEC")}
    alone = declared({"image/png": {"schema": ENCODED}})
    assert read(alone, b"AAEC", "image/png") == Got(None, "image/png", b"AAEC")
