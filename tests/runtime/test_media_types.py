"""Media types and ranges are read and matched as RFC 9110 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.media_types import MediaType, best, is_json, is_text, is_xml, parsed

_TOKENS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-", min_size=1, max_size=8)
_VALUES = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=8)


def _type(text: str) -> MediaType:
    return MediaType.parse(text)


def test_names_are_lower_case_and_values_unquoted() -> None:
    found = _type('Multipart/Form-Data ; Boundary="a;\\"b" ;; CHARSET=UTF-8')
    assert found == MediaType("multipart", "form-data", (("boundary", 'a;"b'), ("charset", "utf-8")))
    assert str(found) == 'multipart/form-data; boundary="a;\\"b"; charset=utf-8'


@pytest.mark.parametrize("text", ["", "json", "a/b/c", "a/", "a/b; c", 'a/b; c="d', "a b/c", "text/plain; charset =x"])
def test_what_is_no_media_type_is_refused(text: str) -> None:
    assert parsed(text) is None
    with pytest.raises(ValueError, match="is not a media type"):
        MediaType.parse(text)


@given(_TOKENS, _TOKENS, st.dictionaries(_TOKENS.filter(lambda each: each != "charset"), _VALUES, max_size=3))
def test_what_is_written_is_read_back(kind: str, subtype: str, parameters: dict[str, str]) -> None:
    written = MediaType(kind, subtype, tuple(parameters.items()))
    assert MediaType.parse(str(written)) == written


def test_kinds() -> None:
    assert is_json(_type("application/problem+json")) and is_json(_type("text/json; charset=utf-8"))
    assert is_xml(_type("text/xml")) and is_xml(_type("image/svg+xml")) and not is_xml(_type("text/html"))
    assert is_text(_type("text/csv")) and not is_text(_type("text/xml")) and not is_text(_type("text/json"))


@pytest.mark.parametrize(
    ("declared", "sent", "expected"),
    [
        (["*/*", "text/*", "text/plain", "text/plain; format=flowed"], "text/plain; format=flowed", 3),
        (["*/*", "text/*", "text/plain", "text/plain; format=flowed"], "text/plain", 2),
        (["*/*", "text/*"], "text/csv", 1),
        (["*/*", "text/*"], "image/png", 0),
        (["text/*"], "image/png", None),
        (["application/*", "application/*+json"], "application/problem+json", 1),
        (["application/*", "application/*+json"], "application/pdf", 0),
        (["application/json; charset=utf-8"], "application/json", 0),
        (["application/json; charset=utf-8"], "application/json; charset=ascii", 0),
        (["application/json; v=1", "application/json; v=2"], "application/json; v=2", 1),
        (["application/json; v=1", "application/json; v=2"], "application/json; v=3", None),
        (["application/json; v=1", "application/json"], "application/json", 1),
        (["Application/JSON"], "application/json", 0),
        (["not a type"], "application/json", None),
    ],
)
def test_the_most_specific_declared_type_is_chosen(declared: list[str], sent: str, expected: int | None) -> None:
    assert best(declared, _type(sent)) == (None if expected is None else declared[expected])


def test_a_weight_is_no_part_of_a_range() -> None:
    assert _type("text/*;q=0.5").covers(_type("text/plain"))
    assert _type("text/html;level=1;q=0.5").specificity() > _type("text/html;q=0.9").specificity()
