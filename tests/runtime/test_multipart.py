"""Forms in parts: files, texts, JSON, heads of every kind; bounded, beside memory, judged as a whole."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import BOUNDARY, PARTS, Got, declared, part, parts, read

from fountaingen.runtime.bodies.multipart import Events
from fountaingen.runtime.bodies.part_heads import part_head
from fountaingen.runtime.errors import ApiError, Invalid, PayloadTooLarge, UnsupportedMediaType
from fountaingen.runtime.uploads import Label, Spool, StoredUpload

BINARY = {"type": "string", "format": "binary"}
SCHEMA = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "minLength": 2},
        "count": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "file": {**BINARY, "minLength": 1, "maxLength": 8},
        "files": {"type": "array", "minItems": 2, "items": BINARY},
        "any": {},
        "image": {"contentMediaType": "image/png"},
        "meta": {"$ref": "#/components/schemas/Meta"},
        "metas": {"type": "array", "items": {"$ref": "#/components/schemas/Meta"}},
    },
}
META = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
BODY = declared({"multipart/form-data": {"schema": SCHEMA}}, schemas={"Meta": META})
TITLE = part("title", "Hello")


def refused(sent: bytes, content_type: str = PARTS, **settings: Any) -> ApiError:
    """Return the error that a form is refused with."""
    body = settings.pop("body", BODY)
    with pytest.raises(ApiError) as caught:
        read(body, sent, content_type, **settings)
    return caught.value


@pytest.mark.supports("request-body/multipart/form-data")
def test_members_are_what_their_schemas_say() -> None:
    sent = parts(
        TITLE,
        part("count", "3"),
        part("tags", "a"),
        part("file", b"\x00\xff\r\n-", "Content-Type: image/png", filename="a.png"),
        part("any", "x"),
        part("image", "y", "Content-Type: image/png"),
        part("meta", '{"n": 1}', "Content-Type: application/json"),
        part("metas", '{"n": 2}'),
        part("metas", '{"n": 3}'),
        part("other", "5"),
        part("unknown", b"\x01", "Content-Type: application/pdf", filename="b.pdf"),
    )
    assert read(BODY, sent, PARTS) == {
        "title": "Hello",
        "count": 3,
        "tags": ["a"],
        "file": Got("a.png", "image/png", b"\x00\xff\r\n-"),
        "any": Got(None, "", b"x"),
        "image": Got(None, "image/png", b"y"),
        "meta": {"n": 1},
        "metas": [{"n": 2}, {"n": 3}],
        "other": "5",
        "unknown": Got("b.pdf", "application/pdf", b"\x01"),
    }


@pytest.mark.supports("request-body/multipart/form-data/files")
def test_lists_of_files_are_counted() -> None:
    one, two = (part("files", text, filename=f"{text}.txt") for text in ("one", "two"))
    assert read(BODY, parts(TITLE, one, two), PARTS)["files"] == [
        Got("one.txt", "", b"one"),
        Got("two.txt", "", b"two"),
    ]
    error = refused(parts(TITLE, one))
    assert isinstance(error, Invalid) and error.violations[0].field == "files"


def test_the_whole_is_judged() -> None:
    for sent in (
        parts(),
        parts(part("title", "x")),
        parts(TITLE, part("count", "three")),
        parts(TITLE, part("meta", '{"n": "x"}')),
        parts(TITLE, part("file", b"")),
        parts(TITLE, part("file", b"123456789")),
        parts(TITLE, part("file", b"1"), part("file", b"2")),
    ):
        error = refused(sent)
        assert isinstance(error, Invalid) and not error.malformed


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"no boundary at all",
        parts(TITLE)[:-4],
        f"--{BOUNDARY}\r\nContent-Disposition form-data\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        parts(TITLE, f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() * 20),
        parts(part("title", "ab", "Content-Type: nonsense")),
        parts(part("title", b"\xff\xfe")),
        parts(TITLE, part("meta", "{")),
        parts(part("title", "ab", *(f"X-{number}: 1" for number in range(40)))),
        parts(part("title", "ab", "X-Long: " + "a" * 9000)),
        parts(TITLE, part("tags", "a") * 1001),
    ],
)
def test_what_cannot_be_read_is_malformed(sent: bytes) -> None:
    error = refused(sent)
    assert isinstance(error, Invalid) and error.malformed


def test_the_boundary_comes_with_the_type() -> None:
    for kind in ("multipart/form-data", f"multipart/form-data; boundary={'a' * 300}"):
        error = refused(parts(TITLE), kind)
        assert isinstance(error, Invalid) and error.malformed
    assert read(BODY, parts(TITLE), f'Multipart/Form-Data; x=1; boundary="{BOUNDARY}"') == {"title": "Hello"}


@pytest.mark.supports("request-body/encoding/contentType")
@pytest.mark.supports("request-body/multipart/form-data/encoding/contentType")
def test_the_types_of_parts_are_those_declared() -> None:
    encoding = {"file": {"contentType": "image/png, image/*; q=1, text/plain"}, "note": {"contentType": "text/html"}}
    schema = {"type": "object", "properties": {"file": BINARY, "note": {"type": "string"}}}
    body = declared({"multipart/form-data": {"schema": schema, "encoding": encoding}})
    for kind in ("image/png", "text/plain; charset=utf-8"):
        assert read(body, parts(part("file", "x", f"Content-Type: {kind}")), PARTS)["file"].content_type == kind
    assert read(body, parts(part("file", "x")), PARTS)["file"].data == b"x"
    for sent in (part("file", "x", "Content-Type: application/pdf"), part("note", "x", "Content-Type: text/plain")):
        assert isinstance(refused(parts(sent), body=body), UnsupportedMediaType)


def test_a_part_may_be_xml() -> None:
    schema = {"type": "object", "properties": {"meta": META, "metas": {"type": "array", "items": META}}}
    encoding = {"meta": {"contentType": "application/xml, application/json"}, "metas": {"contentType": "text/xml"}}
    body = declared({"multipart/form-data": {"schema": schema, "encoding": encoding}})
    inner = "<meta><n>1</n></meta>"
    sent = parts(part("meta", inner, "Content-Type: application/xml"), part("metas", inner))
    assert read(body, sent, PARTS) == {"meta": {"n": 1}, "metas": [{"n": 1}]}
    assert read(body, parts(part("meta", '{"n": 2}', "Content-Type: application/json")), PARTS) == {"meta": {"n": 2}}
    error = refused(parts(part("meta", "<!DOCTYPE a><a/>", "Content-Type: application/xml")), body=body)
    assert isinstance(error, Invalid) and error.malformed


@pytest.mark.supports("request-body/encoding/headers")
@pytest.mark.supports("request-body/multipart/form-data/encoding/headers")
def test_the_headers_of_parts_are_judged() -> None:
    headers = {
        "X-Sum": {"required": True, "schema": {"type": "integer", "minimum": 1}},
        "Content-Type": {"schema": {"const": "is not looked at"}},
    }
    schema = {"type": "object", "properties": {"file": BINARY}}
    body = declared({"multipart/form-data": {"schema": schema, "encoding": {"file": {"headers": headers}}}})
    assert read(body, parts(part("file", "x", "x-sum: 4")), PARTS)["file"].data == b"x"
    for sent in (part("file", "x"), part("file", "x", "X-Sum: 0"), part("file", "x", "X-Sum: four")):
        assert isinstance(refused(parts(sent), body=body), Invalid)


@pytest.mark.supports("request-body/multipart/mixed")
def test_parts_without_names_are_members_in_order() -> None:
    schema = {"type": "object", "required": ["meta", "file"], "properties": {"meta": META, "file": BINARY}}
    for kind in ("multipart/mixed", "multipart/related"):
        body = declared({kind: {"schema": schema}})
        line = f"--{BOUNDARY}\r\n"
        sent = f'{line}Content-Type: application/json\r\n\r\n{{"n": 1}}\r\n{line}Content-Type: image/png\r\n\r\nx\r\n'
        value = read(body, parts(sent.encode()), f"{kind}; boundary={BOUNDARY}")
        assert value == {"meta": {"n": 1}, "file": Got(None, "image/png", b"x")}


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="a"; filename="b.txt"', "a", "b.txt"),
        ("form-data; name=a; filename=b.txt", "a", "b.txt"),
        ('form-data; name="a%22b%0D%0A"; filename="c%22.txt"', 'a"b\r\n', 'c".txt'),
        ('form-data; name="a\\"b"; filename="c;d.txt"', 'a"b', "c;d.txt"),
        ('form-data; name="ü"; filename="日本.txt"', "ü", "日本.txt"),
        ("form-data; name=a; filename*=UTF-8''na%C3%AFve.txt; filename=x", "a", "naïve.txt"),
        ("form-data; name=a; filename*=zip''%20x; filename=y", "a", "y"),
        ('form-data; name="a"; filename="C:\\folder\\b.txt"', "a", "b.txt"),
        ('form-data; name="a"; filename="../../etc/passwd"', "a", "passwd"),
        ('form-data; name="a"; filename=""', "a", ""),
        ("form-data", None, None),
        ("", None, None),
    ],
)
def test_names(disposition: str, name: str | None, filename: str | None) -> None:
    head = part_head({"content-disposition": disposition})
    assert (head.name, head.filename) == (name, filename)


def test_bounds() -> None:
    sent = parts(TITLE, part("any", b"x" * 5000, filename="x"))
    assert len(read(BODY, sent, PARTS, max_body_bytes=100)["any"].data) == 5000
    assert isinstance(refused(sent, max_upload_bytes=1000), PayloadTooLarge)
    assert isinstance(refused(parts(part("title", "x" * 200)), max_body_bytes=100), PayloadTooLarge)


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(1, 50), st.integers(1, 400))
def test_parts_arrive_whole_however_they_are_cut(first: bytes, second: bytes, step: int, spool: int) -> None:
    first, second = (data.replace(BOUNDARY.encode(), b"") for data in (first, second))
    sent = parts(TITLE, part("files", first, filename="1"), part("files", second, filename="2"))
    pieces = [sent[at : at + step] for at in range(0, len(sent), step)]
    found = read(BODY, pieces, PARTS, spool_bytes=spool)
    assert [each.data for each in found["files"]] == [first, second]


def test_uploads_are_kept_beside_memory_and_closed_with_the_request(tmp_path: Any) -> None:
    async def story() -> None:
        spool = Spool(10)
        await spool.append(b"12345678")
        await spool.append(b"abcdefgh" * 20_000)
        inside = StoredUpload(Label("a"), spool, 0, 8)
        assert await inside.read(3) == b"123"
        outside = StoredUpload(Label("b"), spool, 8, 160_000)
        assert await inside.read() == b"45678"
        assert await inside.read() == b""
        assert [len(piece) async for piece in outside.chunks()] == [65_536, 65_536, 28_928]
        again = StoredUpload(Label("b"), spool, 8, 160_000)
        assert await again.save(tmp_path / "saved") == 160_000
        spool.close()
        with pytest.raises(ValueError, match="closed"):
            await StoredUpload(Label("a"), spool, 0, 8).read()

    asyncio.run(story())
    assert (tmp_path / "saved").read_bytes() == b"abcdefgh" * 20_000


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    events = Events(BOUNDARY)
    try:
        for _ in events.feed(f"--{BOUNDARY}\r\n".encode() + raw):
            pass
        events.finish()
    except Invalid as error:
        assert error.malformed
