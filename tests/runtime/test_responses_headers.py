"""Headers of answers: typed values, styles, schemas, and what must not get into one."""

from typing import Any

import pytest
from answering import answering, ask, document, service
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.call import Reply
from fountaingen.runtime.contract import Header
from fountaingen.runtime.errors import TooManyRequests
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.responses.headers import header_lines
from fountaingen.runtime.responses.outcomes import ResponseViolation

JSON = {"application/json": {}}
INTEGER = {"schema": {"type": "integer"}}


def app(headers: dict[str, Any], reply: Any, *, version: str = "3.1.0", default: bool = False) -> Any:
    """Return a service whose ``GET /x`` declares ``headers`` and answers ``reply``, by itself or by default."""

    async def endpoint(call: Any) -> Any:
        return await call.write(lambda _unit: reply) if default else reply

    written = document({"/x": {"get": answering(JSON, headers=headers)}}, version)
    return service(written, {"GET /x": endpoint})


def sent(headers: dict[str, Any], given: dict[str, Any]) -> tuple[int, str | None]:
    """Return the status and the header X of an answer that gives these values."""
    answer = ask(app(headers, Reply({}, headers=given)), "GET", "/x")
    return answer.status, answer.headers.get("x")


@pytest.mark.supports("response/headers/content")
@pytest.mark.supports("response/headers")
@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        (INTEGER, 7, "7"),
        (INTEGER, "7", "7"),
        (INTEGER, "seven", None),
        (INTEGER, True, None),
        ({"schema": {"type": "boolean"}}, True, "true"),
        ({"schema": {"type": "number"}}, 0.5, "0.5"),
        ({"schema": {"type": "string", "maxLength": 2}}, "abc", None),
        ({"schema": {"type": "string"}}, "é", "é"),
        ({"schema": {"type": "string"}}, "€", None),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, [1, 2], "1,2"),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, [1, "b"], None),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, ["a,b"], None),
        ({"schema": {"type": "object"}}, {"a": 1, "b": "c"}, "a,1,b,c"),
        ({"schema": {"type": "object"}, "explode": True}, {"a": 1, "b": "c"}, "a=1,b=c"),
        ({"schema": {"type": "object"}}, {"a": {"b": 1}}, None),
        ({"content": {"application/json": {"schema": {"type": "object"}}}}, {"a": [1]}, '{"a":[1]}'),
        ({"content": {"application/json": {"schema": {"type": "string"}}}}, "a", '"a"'),
        ({"content": {"application/json": {"schema": {"type": "object"}}}}, "a", None),
    ],
)
def test_values_are_judged_and_written_in_their_style(declared: Any, value: Any, expected: str | None) -> None:
    assert sent({"X": declared}, {"x": value}) == ((200, expected) if expected is not None else (500, None))


def test_a_header_that_is_not_declared_may_leave() -> None:
    assert sent({}, {"X": [1, True, "c"]}) == (200, "1,true,c")


def test_a_value_of_none_is_a_header_that_is_not_sent() -> None:
    assert sent({"X": INTEGER}, {"X": None}) == (200, None)
    assert sent({"X": {**INTEGER, "required": True}}, {"X": None}) == (500, None)


@pytest.mark.supports("response/headers/required")
def test_a_required_header_must_be_there() -> None:
    headers = {"X": {**INTEGER, "required": True}}
    assert sent(headers, {"X": 1}) == (200, "1")
    assert sent(headers, {})[0] == 500
    assert ask(app(headers, {}), "GET", "/x").status == 500
    stub = ask(app(headers, {}, default=True), "GET", "/x")
    assert (stub.status, "not implemented" in stub.body.decode()) == (501, True)


def test_content_type_among_headers_is_not_one_of_them() -> None:
    headers = {"Content-Type": {"required": True, "schema": {"const": "never"}}}
    assert ask(app(headers, {}), "GET", "/x").headers["content-type"] == "application/json"
    reply = Reply("a", headers={"Content-Type": "text/csv"})
    assert ask(app({}, reply), "GET", "/x").status == 500


@pytest.mark.parametrize("name", ["X-Request-Id", "Request-Id", "x-correlation-id"])
def test_the_id_of_the_request_is_known(name: str) -> None:
    headers = {name: {"required": True, "schema": {"type": "string"}}}
    answer = ask(app(headers, {}, default=True), "GET", "/x", x_request_id="abc")
    assert (answer.status, answer.headers[name.lower()]) == (200, "abc")
    assert [each for each, _ in answer.lines].count("x-request-id") == 1


def test_an_id_that_cannot_be_right_is_the_hook_s() -> None:
    headers = {"X-Correlation-Id": {"required": True, "schema": {"type": "string", "maxLength": 3}}}
    assert ask(app(headers, {}, default=True), "GET", "/x").status == 501
    reply = Reply({}, headers={"X-Correlation-Id": "abc"})
    assert ask(app(headers, reply), "GET", "/x").headers["x-correlation-id"] == "abc"


def test_cookies_have_a_line_each() -> None:
    answer = ask(app({}, Reply({}, headers={"Set-Cookie": ["a=1; Path=/", "b=2, 3"]})), "GET", "/x")
    assert [value for name, value in answer.lines if name == "set-cookie"] == ["a=1; Path=/", "b=2, 3"]


@pytest.mark.parametrize(
    "given",
    [
        {"Content-Length": 1},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"X-Request-Id": "other"},
        {"X\r\nY": "1"},
        {"X": "a\r\nSet-Cookie: b"},
        {"X": "a\0"},
        {"X:": "1"},
        {"": "1"},
        {"é": "1"},
    ],
)
def test_no_header_ends_an_answer_or_begins_another(given: dict[str, Any]) -> None:
    assert ask(app({}, Reply({}, headers=given)), "GET", "/x").status == 500


@given(st.text(), st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_what_is_written_holds_no_line_end(name: str, value: Any) -> None:
    try:
        lines = header_lines(name, value, Header(False, Judges({}).judge(True)))
    except ResponseViolation:
        return
    for written_name, written in lines:
        assert not any(byte < 32 and byte != 9 for byte in written + written_name)
        assert b":" not in written_name and b" " not in written_name


def test_headers_of_errors_are_judged_and_the_error_is_told_all_the_same() -> None:
    operation = answering(JSON)
    headers = {"Retry-After": {"schema": {"type": "integer"}}, "Request-Id": {"required": True, "schema": {}}}
    operation["responses"]["429"] = {"description": "No.", "headers": headers, "content": JSON}

    async def endpoint(_call: Any) -> Any:
        raise TooManyRequests("slow down", headers={"Retry-After": "5"})

    answer = ask(service(document({"/x": {"get": operation}}), {"GET /x": endpoint}), "GET", "/x")
    assert (answer.status, answer.headers["retry-after"]) == (429, "5")
    assert answer.headers["request-id"] == answer.headers["x-request-id"]


THING = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}}}


def things(location: dict[str, Any], read: str = "/shops/{shopId}/things/{thingId}") -> Any:
    """Return a service that creates things below a shop and declares where each is found."""
    names = ("shopId", "thingId")
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    create = answering({"application/json": THING}, status="201", headers={"Location": location})
    create["requestBody"] = {"content": {"application/json": {"schema": THING}}, "required": True}
    items = {
        "/shops/{shopId}/things": {"parameters": path[:1], "post": create},
        read: {"parameters": path, "get": answering({"application/json": THING})},
    }

    async def endpoint(call: Any, *_arguments: Any) -> Any:
        return await call.write(lambda _unit, _body: {"id": "a b/c", "name": "n"}, {})

    return service(document(items), {"POST /shops/{shopId}/things": endpoint})


@pytest.mark.supports("response/headers/Location")
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "/shops/1/things/a%20b%2Fc"),
        ({"type": "string", "format": "uri"}, "http://shops.example/shops/1/things/a%20b%2Fc"),
        ({"type": "string", "maxLength": 5}, None),
    ],
)
def test_a_new_row_tells_where_it_is_found(schema: Any, expected: str | None) -> None:
    app = things({"schema": schema})
    answer = ask(app, "POST", "/shops/1/things", host="shops.example", content_type="application/json", body="{}")
    assert (answer.status, answer.headers.get("location")) == (201, expected)


def test_a_location_that_nobody_can_know_is_not_invented() -> None:
    app = things({"schema": {"type": "string"}, "required": True}, read="/all/{shopId}/{thingId}")
    answer = ask(app, "POST", "/shops/1/things", content_type="application/json", body="{}")
    assert answer.status == 501
