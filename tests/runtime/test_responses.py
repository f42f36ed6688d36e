"""What leaves: statuses, bodies of every kind, headers; and what must not."""

import math
from pathlib import Path
from typing import Any

import pytest
from answering import Endpoint, answering, ask, document, service

from fountaingen.runtime.call import Reply

JSON = "application/json"
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
STRING = {"type": "string"}


def answers(value: Any) -> Endpoint:
    """Return an endpoint that answers ``value``, or raises it."""

    async def endpoint(_call: Any) -> Any:
        return value

    return endpoint


def app(operation: dict[str, Any], value: Any, version: str = "3.1.0") -> Any:
    """Return a service whose ``GET /x`` is ``operation`` and answers ``value``."""
    return service(document({"/x": {"get": operation}}, version), {"GET /x": answers(value)})


def statuses(**responses: Any) -> dict[str, Any]:
    """Return an operation that declares these statuses (``s201``), with JSON of a schema or without a body."""
    return {
        "responses": {
            name.removeprefix("s"): {
                "description": name,
                **({"content": {JSON: {"schema": schema}}} if schema is not None else {}),
            }
            for name, schema in responses.items()
        }
    }


@pytest.mark.supports("response/statuses")
@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        ({"a": 1}, 200, b'{"a":1}'),
        (Reply({"a": 1}, status=201), 201, b'{"a":1}'),
        (Reply(status=204), 204, b""),
        (Reply({"a": 1}, status=204), 500, None),
        (Reply({"b": 1}, status=201), 500, None),
        (Reply({"a": 1}, status=202), 500, None),
        (Reply(None, status=201), 500, None),
    ],
)
def test_a_hook_picks_among_the_statuses(value: Any, status: int, body: bytes | None) -> None:
    answer = ask(app(statuses(s200=OBJECT, s201=OBJECT, s204=None), value), "GET", "/x")
    assert answer.status == status
    assert body is None or answer.body == body


@pytest.mark.supports("response/default")
def test_default_covers_what_nothing_else_does() -> None:
    operation = statuses(default=OBJECT)
    assert ask(app(operation, {"a": 1}), "GET", "/x").status == 200
    assert ask(app(operation, Reply({"a": 1}, status=299)), "GET", "/x").status == 299
    assert ask(app(operation, {"b": 1}), "GET", "/x").status == 500


@pytest.mark.supports("response/2XX")
def test_ranges_of_statuses() -> None:
    operation = statuses(s2XX=OBJECT, s4XX=STRING)
    assert ask(app(operation, {"a": 1}), "GET", "/x").status == 200
    assert ask(app(operation, Reply({"a": 1}, status=206)), "GET", "/x").status == 206
    assert ask(app(operation, Reply("teapot", status=418)), "GET", "/x").body == b'"teapot"'
    assert ask(app(operation, Reply({"a": 1}, status=300)), "GET", "/x").status == 500


def test_an_exact_status_goes_before_its_range() -> None:
    operation = statuses(s2XX=STRING, s201=OBJECT)
    assert ask(app(operation, Reply("a", status=201)), "GET", "/x").status == 500
    assert ask(app(operation, Reply("a", status=202)), "GET", "/x").status == 202


@pytest.mark.supports("response/no-content")
def test_a_response_without_content_has_none() -> None:
    answer = ask(app(statuses(s202=None), None), "GET", "/x")
    assert (answer.status, answer.body, "content-type" in answer.headers) == (202, b"", False)
    assert answer.headers["content-length"] == "0"
    assert "content-length" not in ask(app(statuses(s204=None), None), "GET", "/x").headers
    assert ask(app(statuses(s202=None), {"a": 1}), "GET", "/x").status == 500


def test_what_a_default_behaviour_replies_is_judged_inside_its_unit_of_work() -> None:
    undone = []

    async def endpoint(call: Any) -> Any:
        try:
            return await call.write(lambda _unit: Reply({"b": 1}, status=201))
        except Exception:
            undone.append(1)
            raise

    operation = statuses(s200=OBJECT, s201=OBJECT)
    broken = ask(service(document({"/x": {"get": operation}}), {"GET /x": endpoint}), "GET", "/x")
    assert (broken.status, undone) == (501, [1])

    async def right(call: Any) -> Any:
        return await call.write(lambda _unit: Reply({"a": 1}, status=201))

    created = ask(service(document({"/x": {"get": operation}}), {"GET /x": right}), "GET", "/x")
    assert (created.status, created.json) == (201, {"a": 1})


@pytest.mark.supports("response/text/plain")
@pytest.mark.parametrize(
    ("schema", "value", "body"),
    [
        (STRING, "é", "é".encode()),
        ({"type": "integer"}, 7, b"7"),
        ({"type": "integer"}, "7", b"7"),
        ({"type": "boolean"}, True, b"true"),
        (STRING, b"ready", b"ready"),
        ({"type": "string", "maxLength": 2}, "abc", None),
        ({"type": "integer"}, "seven", None),
        ({"type": "string", "pattern": "^a"}, b"b", None),
        (STRING, b"\xff", None),
        (STRING, {"a": 1}, None),
        (STRING, None, None),
        (STRING, math.nan, None),
    ],
)
def test_text(schema: Any, value: Any, body: bytes | None) -> None:
    answer = ask(app(answering({"text/plain": schema}), value), "GET", "/x")
    if body is None:
        assert answer.status == 500
    else:
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, body, "text/plain; charset=utf-8")


def test_text_in_a_charset_of_its_own() -> None:
    operation = answering({"text/plain; charset=ISO-8859-1": STRING})
    answer = ask(app(operation, "é"), "GET", "/x")
    assert (answer.body, answer.headers["content-type"]) == (b"\xe9", "text/plain; charset=ISO-8859-1")
    assert ask(app(operation, "€"), "GET", "/x").status == 500


@pytest.mark.supports("response/content-type")
@pytest.mark.parametrize(
    "name", ['application/json; profile="Urn:X"', "application/vnd.Shop.v1+JSON", "text/json", "application/json"]
)
def test_the_content_type_is_sent_as_it_is_declared(name: str) -> None:
    answer = ask(app(answering({name: OBJECT}), {"a": 1}), "GET", "/x")
    assert (answer.headers["content-type"], answer.json) == (name, {"a": 1})


@pytest.mark.parametrize("name", ["application/json\r\nSet-Cookie: a=b", "application/j\u20acson", "\n", "json"])
def test_a_type_that_no_header_can_name_begins_no_other_header(name: str) -> None:
    answer = ask(app(answering({name: {}}), b"{}"), "GET", "/x")
    assert (answer.status, "set-cookie" in answer.headers) == (200, False)
    assert all(" " <= letter <= "~" for letter in answer.headers["content-type"])


@pytest.mark.supports("response/application/octet-stream")
@pytest.mark.parametrize(
    ("schema", "value", "status"),
    [
        ({"type": "string", "format": "binary"}, b"\x00\xff", 200),
        ({}, b"", 200),
        ({"type": "string", "maxLength": 2}, b"\xff\xff", 200),
        ({"type": "string", "maxLength": 2}, b"abc", 500),
        ({"type": "string", "minLength": 2}, b"a", 500),
        ({}, {"a": 1}, 500),
    ],
)
def test_bytes_are_judged_by_their_number(schema: Any, value: Any, status: int) -> None:
    answer = ask(app(answering({"image/png": schema}), value, "3.0.3"), "GET", "/x")
    assert answer.status == status
    assert status == 500 or (answer.body, answer.headers["content-type"]) == (value, "image/png")


@pytest.mark.parametrize(("written", "status"), [(b'{"a": 1}', 200), (b'{"a": "1"}', 500), (b"{", 500)])
def test_json_that_is_written_already_is_judged_too(written: bytes, status: int) -> None:
    answer = ask(app(answering({JSON: OBJECT}), written), "GET", "/x")
    assert answer.status == status
    assert status == 500 or answer.body == written


@pytest.mark.supports("response/application/xml")
@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"a": 1}, 200),
        ({"a": "x"}, 500),
        (b"<thing><a>1</a></thing>", 200),
        (b"<thing><a>x</a></thing>", 500),
        (b"<thing>", 500),
    ],
)
def test_xml(value: Any, status: int) -> None:
    answer = ask(app(answering({"application/xml": {**OBJECT, "xml": {"name": "thing"}}}), value), "GET", "/x")
    assert answer.status == status
    assert status == 500 or b"<thing><a>1</a></thing>" in answer.body


@pytest.mark.supports("response/application/x-www-form-urlencoded")
def test_forms() -> None:
    form = {"application/x-www-form-urlencoded": {"type": "object", "properties": {"a": {"type": "array"}}}}
    answer = ask(app(answering(form), {"a": [1, "x y"], "b": True, "c": {"d": 1}}), "GET", "/x")
    assert answer.body == b"a=1&a=x+y&b=true&c=%7B%22d%22%3A1%7D"
    assert ask(app(answering(form), {"a": 1}), "GET", "/x").status == 500


@pytest.mark.supports("response/binary/file")
def test_files_are_sent_from_where_they_lie(tmp_path: Path) -> None:
    file = tmp_path / "big"
    file.write_bytes(b"0123456789" * 20_000)
    answer = ask(app(answering({"application/pdf": {}}), Reply(file)), "GET", "/x")
    assert (answer.body, answer.headers["content-length"]) == (file.read_bytes(), "200000")
    assert (len(answer.pieces), answer.complete) == (4, True)
    head = ask(app(answering({"application/pdf": {}}), Reply(file)), "HEAD", "/x")
    assert (head.body, head.headers["content-length"]) == (b"", "200000")
    assert ask(app(answering({"application/pdf": {}}), Reply(tmp_path / "none")), "GET", "/x").status == 500


def test_links_do_no_harm() -> None:
    operation = answering({JSON: OBJECT}, links={"self": {"operationId": "GET /x", "parameters": {"a": "$url"}}})
    assert ask(app(operation, {"a": 1}), "GET", "/x").json == {"a": 1}
