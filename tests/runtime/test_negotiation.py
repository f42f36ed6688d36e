"""Which media type a caller gets: Accept, weights, ranges, what a value can be written as."""

import asyncio
from typing import Any

import pytest
from answering import Caller, Endpoint, answering, ask, document, service
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.call import Reply
from fountaingen.runtime.media_types import MediaType
from fountaingen.runtime.responses.negotiation import Accept

JSON, XML, TEXT, CSV = "application/json", "application/xml", "text/plain", "text/csv"
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}}
STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("header", "media_type", "quality"),
    [
        ("", JSON, 1.0),
        ("*/*", JSON, 1.0),
        ("application/*;q=0.5", JSON, 0.5),
        ("text/*", JSON, 0.0),
        ("application/json;q=0, */*", JSON, 0.0),
        ("application/json;q=0, */*", XML, 1.0),
        ("*/*;q=0.1, application/*;q=0.2, application/json;q=0.3", JSON, 0.3),
        ("*/*;q=0.9, application/json;q=0.3", JSON, 0.3),
        ('application/json;profile="a,b";q=0.4, application/json;q=0.2', 'application/json; profile="a,b"', 0.4),
        ("application/json;version=2", JSON, 0.0),
        ("application/json; charset=UTF-8", JSON, 1.0),
        ("APPLICATION/JSON", "application/json; charset=utf-8", 1.0),
        ("text/plain;q=0.5;ext=1", TEXT, 0.0),
        ("nonsense, application/json;q=0.7", JSON, 0.7),
        ("nonsense", JSON, 1.0),
        ("application/json;q=2", JSON, 1.0),
        ("application/json;q=0.1234, text/*", JSON, 0.0),
        ("image/png;q=0.3, image/webp;q=0.8", "image/*", 0.8),
        ("image/*;q=0.3", "*/*", 0.3),
        ("application/vnd.x+json", "application/*+json", 1.0),
    ],
)
def test_how_welcome_a_type_is(header: str, media_type: str, quality: float) -> None:
    assert Accept.parse(header).quality(MediaType.parse(media_type)) == quality


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(header: str) -> None:
    assert 0.0 <= Accept.parse(header).quality(MediaType.parse(JSON)) <= 1.0


def both(endpoint: Endpoint, *media_types: str) -> Any:
    """Return a service whose ``GET /x`` declares these types, text as strings and the others as objects."""
    content = {each: STRING if each.startswith("text") else OBJECT for each in media_types}
    return service(document({"/x": {"get": answering(content)}}), {"GET /x": endpoint})


def answers(value: Any) -> Endpoint:
    """Return an endpoint that answers ``value``."""

    async def endpoint(_call: Any) -> Any:
        return value

    return endpoint


@pytest.mark.supports("response/negotiation")
@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", JSON),
        ("application/xml", XML),
        ("application/xml;q=0.5, application/json;q=0.4", XML),
        ("application/xml;q=0.5, application/json", JSON),
        ("application/*", JSON),
        ("application/json;q=0, */*", XML),
        ("text/html, application/xml;q=0.9, */*;q=0.8", XML),
    ],
)
def test_an_object_is_written_as_the_caller_likes_it_best(accept: str, sent: str) -> None:
    answer = ask(both(answers({"a": 1}), JSON, XML), "GET", "/x", accept=accept)
    assert (answer.status, answer.headers["content-type"], answer.headers["vary"]) == (200, sent, "accept")
    assert answer.body == b'{"a":1}' if sent == JSON else b"<a>1</a>" in answer.body


@pytest.mark.parametrize(
    ("value", "sent", "body"),
    [({"a": 1}, JSON, b'{"a":1}'), ("a;b", f"{TEXT}; charset=utf-8", b"a;b"), (b"%PDF", "application/pdf", b"%PDF")],
)
def test_without_a_wish_the_value_decides(value: Any, sent: str, body: bytes) -> None:
    answer = ask(both(answers(value), "application/pdf", JSON, TEXT), "GET", "/x")
    assert (answer.headers["content-type"], answer.body) == (sent, body)


def test_a_schema_decides_between_types_that_could_carry_the_value() -> None:
    content = {"application/json": {"type": "object", "required": ["b"]}, "application/hal+json": OBJECT}
    app = service(document({"/x": {"get": answering(content)}}), {"GET /x": answers({"a": 1})})
    assert ask(app, "GET", "/x").headers["content-type"] == "application/hal+json"


@pytest.mark.supports("response/406")
@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*, text/*;q=0.5"])
def test_what_cannot_be_met_is_refused_before_anything_is_done(accept: str) -> None:
    done = []

    async def endpoint(_call: Any) -> Any:
        done.append(1)
        return {}

    answer = ask(both(endpoint, JSON), "GET", "/x", accept=accept)
    assert (answer.status, done) == (406, [])
    assert answer.headers["content-type"] == "application/problem+json"
    assert "application/json" in answer.json["detail"]


def test_the_refusal_is_told_in_the_declared_schema() -> None:
    operation = answering({JSON: OBJECT})
    error = {"type": "object", "properties": {"message": STRING}, "required": ["message"]}
    operation["responses"]["4XX"] = {"description": "No.", "content": {JSON: {"schema": error}}}
    answer = ask(service(document({"/x": {"get": operation}}), {}), "GET", "/x", accept="text/html")
    assert (answer.status, list(answer.json)) == (406, ["message"])


def test_nothing_is_refused_where_the_answer_may_have_no_body() -> None:
    operation = answering({JSON: OBJECT})
    operation["responses"]["204"] = {"description": "Nothing."}
    app = service(document({"/x": {"get": operation}}), {"GET /x": answers(Reply(status=204))})
    assert ask(app, "GET", "/x", accept="text/html").status == 204


def test_a_hook_that_has_done_its_work_is_not_undone_by_a_type() -> None:
    # text/csv is declared, so the wish could have been met; the hook chose to answer an object all the same.
    answer = ask(both(answers({"a": 1}), JSON, CSV), "GET", "/x", accept="text/csv")
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)


def test_default_behaviour_is_undone_where_it_cannot_be_written_as_wished() -> None:
    async def endpoint(call: Any) -> Any:
        return await call.write(lambda _unit: {"a": 1})

    app = both(endpoint, JSON, CSV)
    assert ask(app, "GET", "/x", accept="text/csv").status == 406
    assert ask(app, "GET", "/x", accept="text/csv, application/json;q=0.1").json == {"a": 1}


def test_errors_are_told_whatever_the_caller_takes() -> None:
    app = service(document({"/x": {"get": answering({TEXT: STRING})}}), {"GET /x": answers({"no": "text"})})
    assert ask(app, "GET", "/nowhere", accept="image/png").status == 404
    assert ask(app, "GET", "/x", accept="text/plain").status == 500


def test_a_hook_names_the_type() -> None:
    app = both(answers(Reply("a", media_type="text/csv; header=present")), JSON, CSV)
    assert ask(app, "GET", "/x").headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert ask(both(answers(Reply("a", media_type="text/html")), JSON, CSV), "GET", "/x").status == 500


@pytest.mark.supports("response/media-type-range")
@pytest.mark.parametrize(
    ("declared", "value", "sent"),
    [
        ("*/*", {"a": 1}, JSON),
        ("*/*", "a", f"{TEXT}; charset=utf-8"),
        ("*/*", b"a", "application/octet-stream"),
        ("application/*", "a", JSON),
        ("text/*", "a", f"{TEXT}; charset=utf-8"),
        ("image/*", Reply(b"a", media_type="image/png"), "image/png"),
        ("application/*+json", {"a": 1}, JSON),
    ],
)
def test_ranges_send_a_type_that_is_in_them(declared: str, value: Any, sent: str) -> None:
    app = service(document({"/x": {"get": answering({declared: {}})}}), {"GET /x": answers(value)})
    assert ask(app, "GET", "/x").headers["content-type"] == sent


def test_the_type_of_a_range_that_nobody_can_know_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    app = service(document({"/x": {"get": answering({"image/*": {}})}}), {"GET /x": answers(b"a")})
    assert ask(app, "GET", "/x").status == 500
    assert "media_type" in capsys.readouterr().out


def test_lines_of_accept_are_one_list() -> None:
    async def run() -> str:
        caller = Caller(both(answers({"a": 1}), JSON, XML), "GET", "/x", {"accept": "application/json;q=0.1"})
        caller.scope["headers"].append((b"accept", b"application/xml"))
        await caller.task
        return caller.answer.headers["content-type"]

    assert asyncio.run(run()) == XML


def test_wishes_are_remembered_within_a_bound() -> None:
    app = both(answers({"a": 1}), JSON)
    for number in range(600):
        assert ask(app, "GET", "/x", accept=f"application/json;v={number}, application/json").status == 200
