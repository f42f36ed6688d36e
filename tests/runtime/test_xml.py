"""XML by the xml objects of schemas: read, written, and the same after both; attacks are refused."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import declared, read

from fountaingen.runtime.contract import Body, Media
from fountaingen.runtime.errors import ApiError, Invalid
from fountaingen.runtime.xml.reader import write_xml
from fountaingen.runtime.xml.writer import SCHEMA_INSTANCE

XML = "application/xml"


def body(schema: Any, **schemas: Any) -> Body:
    """Return a body of XML."""
    return declared({XML: {"schema": schema}}, schemas=schemas)


def media(found: Body) -> Media:
    """Return the media type of a body of XML."""
    return found.content[XML]


def written(found: Body, value: Any) -> str:
    """Return ``value`` as XML without its first line."""
    document = media(found).xml
    assert document is not None
    return write_xml(value, document).decode().partition("\n")[2]


def both_ways(found: Body, value: Any, text: str) -> None:
    """Assert that ``value`` is written as ``text`` and that ``text`` is read as ``value``."""
    assert written(found, value) == text
    assert read(found, text.encode(), XML) == value


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def record(xml: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": members, **({"xml": xml} if xml else {})}


def many(items: Any, **xml: Any) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **({"xml": xml} if xml else {})}


@pytest.mark.supports("request-body/application/xml")
def test_names_attributes_and_types() -> None:
    person = record(
        {"name": "person"},
        id={**NUMBER, "xml": {"attribute": True}},
        name={**TEXT, "xml": {"name": "called"}},
        tall={"type": "number"},
        here={"type": "boolean"},
    )
    both_ways(
        body(person),
        {"id": 7, "name": "A & <B>", "tall": 1.5, "here": True},
        '<person id="7"><called>A &amp; &lt;B&gt;</called><tall>1.5</tall><here>true</here></person>',
    )


@pytest.mark.supports("schema/xml/namespace")
def test_namespaces_and_prefixes() -> None:
    space = "http://example.com/schema/sample"
    schema = record({"name": "person", "namespace": space, "prefix": "s"}, id=NUMBER)
    both_ways(body(schema), {"id": 1}, f'<s:person xmlns:s="{space}"><id>1</id></s:person>')
    inner = record({"name": "person", "namespace": space}, id=NUMBER)
    both_ways(body(inner), {"id": 1}, f'<person xmlns="{space}"><id>1</id></person>')
    with pytest.raises(ApiError):
        read(body(schema), b"<person><id>1</id></person>", XML)


# OAS 3.1.1 section 4.8.26.3, the examples of arrays one after the other.
@pytest.mark.supports("schema/xml/wrapped")
@pytest.mark.parametrize(
    ("animals", "inside"),
    [
        (many(TEXT), "<animals>a</animals><animals>b</animals>"),
        (many({**TEXT, "xml": {"name": "animal"}}), "<animal>a</animal><animal>b</animal>"),
        (many({**TEXT, "xml": {"name": "animal"}}, name="aliens"), "<animal>a</animal><animal>b</animal>"),
        (many(TEXT, wrapped=True), "<animals><animals>a</animals><animals>b</animals></animals>"),
        (
            many({**TEXT, "xml": {"name": "animal"}}, name="aliens", wrapped=True),
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        (many(TEXT, name="aliens", wrapped=True), "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>"),
    ],
)
def test_lists(animals: Any, inside: str) -> None:
    both_ways(body(record({"name": "zoo"}, animals=animals)), {"animals": ["a", "b"]}, f"<zoo>{inside}</zoo>")


def test_roots_are_called_as_they_say_or_as_their_component() -> None:
    found = body({"$ref": "#/components/schemas/Pet"}, Pet=record(name=TEXT))
    both_ways(found, {"name": "x"}, "<Pet><name>x</name></Pet>")
    with pytest.raises(Invalid) as caught:
        read(found, b"<Cat><name>x</name></Cat>", XML)
    assert caught.value.malformed
    both_ways(
        body(many({"$ref": "#/components/schemas/Pet"}), Pet=record({"name": "pet"}, name=TEXT)),
        [{"name": "x"}],
        "<root><pet><name>x</name></pet></root>",
    )
    assert read(body(record(name=TEXT)), b"<whatever><name>x</name></whatever>", XML) == {"name": "x"}
    both_ways(body(NUMBER), 5, "<root>5</root>")


def test_recursion_composition_and_references() -> None:
    node = record({"name": "node"}, value=NUMBER, below=many({"$ref": "#/components/schemas/Node"}))
    found = body({"$ref": "#/components/schemas/Node"}, Node=node)
    value: dict[str, Any] = {"value": 0}
    for number in range(1, 9):
        value = {"value": number, "below": [value, {"value": -number}]}
    assert read(found, written(found, value).encode(), XML) == value
    composed = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, record(extra=NUMBER)],
        "xml": {"name": "whole"},
    }
    found = body(composed, Base=record({"name": "base"}, id={**NUMBER, "xml": {"attribute": True}}))
    both_ways(found, {"id": 1, "extra": 2}, '<whole id="1"><extra>2</extra></whole>')


def test_null_absent_and_empty_are_three_things() -> None:
    schema = record(
        {"name": "a"},
        text={"type": ["string", "null"]},
        list=many(TEXT, wrapped=True),
        loose=many(TEXT),
        inner=record(n=NUMBER),
    )
    found = body({**schema, "required": ["loose"]})
    both_ways(
        found,
        {"text": None, "list": [], "inner": {}, "loose": []},
        f'<a><text xmlns:xsi="{SCHEMA_INSTANCE}" xsi:nil="true"/><list></list><inner></inner></a>',
    )
    assert read(found, b"<a><text/></a>", XML) == {"text": "", "loose": []}


@pytest.mark.supports("schema/xml/nodeType")
def test_node_types() -> None:
    schema = record(
        {"name": "a"},
        id={**NUMBER, "xml": {"nodeType": "attribute"}},
        text={**TEXT, "xml": {"nodeType": "text"}},
        list={**many(NUMBER), "xml": {"nodeType": "element", "name": "all"}},
    )
    both_ways(body(schema), {"id": 1, "text": "x"}, '<a id="1">x</a>')
    assert read(body(schema), b"<a>x<all><list>1</list></all></a>", XML) == {"text": "x", "list": [1]}


def test_members_that_are_not_declared_are_kept_and_judged() -> None:
    schema = record({"name": "a"}, n=NUMBER)
    assert read(body(schema), b'<a x="1"><n>1</n><m>2</m><m>3</m><o><p>4</p></o></a>', XML) == {
        "x": 1,
        "n": 1,
        "m": [2, 3],
        "o": {"p": 4},
    }
    with pytest.raises(Invalid) as caught:
        read(body({**schema, "additionalProperties": False}), b"<a><m>2</m></a>", XML)
    assert not caught.value.malformed
    with pytest.raises(Invalid):
        read(body(schema), b"<a><n>one</n></a>", XML)
    with pytest.raises(Invalid):
        read(body(schema), b"<a><n>1</n><n>2</n></a>", XML)


BOMB = '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'
FILE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    "raw",
    [
        BOMB.encode(),
        FILE.encode(),
        b'<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>',
        b"<!DOCTYPE a><a/>",
        b"<a>&unknown;</a>",
        b"<a>",
        b"<a></b>",
        b"not xml",
        b'<?xml version="1.0" encoding="zip"?><a/>',
        b"<a>\xff</a>",
        b"<a>" * 1000 + b"</a>" * 1000,
    ],
)
def test_what_is_no_xml_or_an_attack_is_malformed(raw: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read(body({}), raw, XML)
    assert caught.value.malformed


def test_charsets_of_the_transport_go_first() -> None:
    found = body(record({"name": "a"}, n=TEXT))
    text = '<?xml version="1.0" encoding="{}"?><a><n>ü</n></a>'
    assert read(found, text.format("iso-8859-1").encode("latin-1"), XML) == {"n": "ü"}
    assert read(found, text.format("iso-8859-1").encode(), f"{XML}; charset=utf-8") == {"n": "ü"}
    assert read(found, text.format("utf-16").encode("utf-16"), XML) == {"n": "ü"}


@pytest.mark.parametrize("value", [{"n": "\0"}, {"n": "\ud800"}, {"no name": 1}, {"": 1}, {"a:b": 1}, {"n": {"#": 1}}])
def test_what_xml_cannot_hold_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match=r"XML|name"):
        written(body(record({"name": "a"}, n=TEXT)), value)


@pytest.mark.supports("request-body/text/xml")
@pytest.mark.parametrize("kind", ["text/xml", "application/atom+xml", "application/xml; charset=utf-8"])
def test_other_types_of_xml(kind: str) -> None:
    found = declared({kind: {"schema": record({"name": "a"}, n=NUMBER)}})
    assert read(found, b"<a><n>1</n></a>", kind) == {"n": 1}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ITEM: dict[str, Any] = record({"name": "item"}, key={**TEXT, "xml": {"attribute": True}}, value={"type": "number"})
WHOLE = body(
    record(
        {"name": "whole", "namespace": "urn:x", "prefix": "p"},
        text={"type": ["string", "null"]},
        flag={"type": "boolean"},
        number={"type": "number", "xml": {"name": "N", "attribute": True}},
        plain=many(TEXT),
        wrapped=many({**TEXT, "xml": {"name": "w"}}, wrapped=True),
        items=many({"$ref": "#/components/schemas/Item"}, wrapped=True),
        item={"$ref": "#/components/schemas/Item"},
    ),
    Item=ITEM,
)
ITEMS = st.fixed_dictionaries({}, optional={"key": TEXTS, "value": NUMBERS})
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS | st.none(),
        "flag": st.booleans(),
        "number": NUMBERS,
        "plain": st.lists(TEXTS, min_size=1, max_size=3),
        "wrapped": st.lists(TEXTS, max_size=3),
        "items": st.lists(ITEMS, max_size=3),
        "item": ITEMS,
    },
)


@given(VALUES)
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert read(WHOLE, written(WHOLE, value).encode(), XML) == value


@given(st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(["\r\n", "a\rb", "\t", " x "]))
def test_text_is_kept_to_the_letter_or_refused(text: str) -> None:
    found = body(record({"name": "a"}, n=TEXT, m={**TEXT, "xml": {"attribute": True}}))
    try:
        sent = written(found, {"n": text, "m": text})
    except ValueError:
        return
    assert read(found, sent.encode(), XML) == {"n": text, "m": text}
