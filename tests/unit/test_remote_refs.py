"""Where references lead that stand in remote documents, or lead to them."""

import posixpath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fountaingen.model.document import Document
from fountaingen.model.problems import Rejected
from fountaingen.primitives.urls import is_remote, parse_address
from fountaingen.stages.resolve import gather, reached_urls
from fountaingen.stages.resolve.identifiers import Identifiers
from fountaingen.stages.resolve.refs import Elsewhere, Target, read

_URL = "https://docs.example/v1/a.yaml"
_PIECES = [
    "https:",
    "file:",
    "//",
    "/",
    "..",
    ".",
    "#",
    "%2e",
    "%2F",
    "?",
    "@",
    ":",
    "\\",
    "\n",
    " ",
    "a.yaml",
    "é",
    "~1",
    "x",
]
_TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES)).map("".join))


def _document(path: str, data: object = None, base: str = "") -> Document:
    return Document(path, data or {}, b"", {}, base)


def _read(document: Document, text: str) -> object:
    return read(document, "", text, Identifiers())


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("b.yaml#/B", Target("https://docs.example/v1/b.yaml", "/B")),
        ("../b.yaml?c=d#/B", Target("https://docs.example/b.yaml?c=d", "/B")),
        ("/b.yaml", Target("https://docs.example/b.yaml", "")),
        ("//other.example/b.yaml", Target("https://other.example/b.yaml", "")),
        ("https://OTHER.example/b.yaml#/a~1b%20c", Target("https://other.example/b.yaml", "/a~1b c")),
        ("#/B", Target(_URL, "/B")),
        ("", Target(_URL, "")),
        ("../../../../etc/passwd", Target("https://docs.example/etc/passwd", "")),
        ("https:b.yaml", Elsewhere("https:b.yaml", "is no https URL")),
        ("file:///etc/passwd", Elsewhere("file:///etc/passwd", "is no https URL")),
        ("//u:p@other.example/", Elsewhere("//u:p@other.example/", "holds a user's name or password")),
    ],
)
def test_references_of_a_remote_document(text: str, target: object) -> None:
    assert _read(_document(_URL), text) == target


def test_references_start_from_where_redirects_led_to_but_for_its_own_parts() -> None:
    document = _document(_URL, base="https://other.example/v2/a.yaml")
    assert _read(document, "b.yaml") == Target("https://other.example/v2/b.yaml", "")
    assert _read(document, "#/B") == Target(_URL, "/B")


@given(_TEXTS)
@example("https:\n//docs.example/a")
@example("\tfile:///etc/passwd")
def test_a_remote_document_leads_to_no_file(text: str) -> None:
    match _read(_document(_URL), text):
        case Target(document=name):
            assert parse_address(name).url == name
        case found:
            assert isinstance(found, Elsewhere)
            assert found.fault


@given(_TEXTS)
@example("https%3A//docs.example/a")
@example("x/../https://docs.example/a")
def test_a_file_leads_to_files_and_to_urls_in_their_one_spelling(text: str) -> None:
    match _read(_document("specs/orders.yaml"), text):
        case Target(document=name) if is_remote(name):
            assert text.lower().startswith("https://")
            assert parse_address(name).url == name
        case Target(document=name):
            assert name == posixpath.normpath(name)
        case found:
            assert isinstance(found, Elsewhere)


def _contract(reference: str) -> Document:
    return _document("specs/a.yaml", {"openapi": "3.1.1", "components": {"schemas": {"A": {"$ref": reference}}}})


def test_only_what_is_pinned_is_read() -> None:
    asked: list[str] = []

    def read_one(name: str) -> Document:
        asked.append(name)
        return _document(name, {"B": {"type": "string"}, "C": {"$ref": "c.yaml"}})

    entry = _contract(f"{_URL}#/C")
    with pytest.raises(Rejected) as caught:
        gather(entry, read_one)
    assert [each.code for each in caught.value.problems] == ["FG021"]
    assert asked == []
    other = "https://docs.example/v1/c.yaml"
    assert list(reached_urls(entry, read_one, {_URL})) == [_URL, other]
    assert asked == [_URL]
    assert list(gather(entry, read_one, {_URL, other})) == [_URL, other]


def test_passwords_are_not_told() -> None:
    with pytest.raises(Rejected) as caught:
        gather(_contract("https://user:secret@docs.example/"), _document)
    (problem,) = caught.value.problems
    assert (problem.code, "secret" in problem.message) == ("FG021", False)
