"""Methods: HEAD as GET, OPTIONS, 405 with what is allowed, 501 for what nobody knows."""

from typing import Any

import pytest
from answering import answering, ask, document, service

JSON = {"application/json": {}}


def parameters(*names: str) -> list[dict[str, Any]]:
    """Return path parameters that are text."""
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def app(**paths: Any) -> Any:
    """Return a service with an operation for each method under ``/a``, ``/a/{id}`` (``a_id``) and ``/a/latest``."""
    real = {"a": "/a", "a_id": "/a/{id}", "a_latest": "/a/latest"}
    items: dict[str, Any] = {}
    endpoints = {}
    for name, methods in paths.items():
        path = real[name]
        items[path] = {method: answering(JSON) for method in methods.split()}
        if "{" in path:
            items[path]["parameters"] = parameters("id")
        for method in methods.split():
            endpoints[f"{method.upper()} {path}"] = _naming(f"{method} {path}")
    return service(document(items), endpoints)


def _naming(name: str) -> Any:
    async def endpoint(_call: Any, *_arguments: Any) -> Any:
        return [name]

    return endpoint


@pytest.mark.supports("operation/head")
def test_head_is_get_without_a_body() -> None:
    made = app(a="get")
    get, head = ask(made, "GET", "/a"), ask(made, "HEAD", "/a")
    assert (head.status, head.body, head.complete) == (200, b"", True)
    assert {name: value for name, value in head.lines if name != "x-request-id"} == {
        name: value for name, value in get.lines if name != "x-request-id"
    }
    assert head.headers["content-length"] == str(len(get.body))


def test_a_declared_head_answers_itself() -> None:
    assert ask(app(a="get head"), "HEAD", "/a").headers["content-length"] == str(len('["head /a"]'))
    assert ask(app(a="head"), "GET", "/a").headers["allow"] == "HEAD, OPTIONS"


def test_errors_to_head_have_no_body() -> None:
    missing = ask(app(a="get"), "HEAD", "/nowhere")
    assert (missing.status, missing.body) == (404, b"")
    assert int(missing.headers["content-length"]) > 0


@pytest.mark.supports("operation/options")
def test_options_tells_what_is_allowed() -> None:
    answer = ask(app(a="get post"), "OPTIONS", "/a")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert ask(app(a="get options"), "OPTIONS", "/a").json == ["options /a"]
    assert ask(app(a="get"), "OPTIONS", "/nowhere").status == 404


@pytest.mark.supports("response/405")
def test_allow_holds_what_answers() -> None:
    made = app(a="get post", a_id="get delete", a_latest="post")
    for path in ("/a", "/a/7", "/a/latest"):
        answer = ask(made, "PATCH", path)
        allowed = answer.headers["allow"].split(", ")
        assert (answer.status, "OPTIONS" in allowed) == (405, True)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert (ask(made, method, path).status < 300) == (method in allowed), (method, path)


@pytest.mark.supports("operation/trace")
def test_trace_is_refused_unless_it_is_declared() -> None:
    assert ask(app(a="get"), "TRACE", "/a").status == 405
    assert ask(app(a="trace"), "TRACE", "/a").json == ["trace /a"]


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFIND"])
def test_a_method_that_nobody_knows_is_not_implemented(method: str) -> None:
    made = app(a="get")
    assert ask(made, method, "/a").status == 501
    assert ask(made, method, "/nowhere").status == 501


def test_a_method_of_the_contract_is_known_everywhere() -> None:
    operation = {"additionalOperations": {"COPY": answering(JSON)}}
    made = service(document({"/a": operation, "/b": {"get": answering(JSON)}}, "3.2.0"), {"COPY /a": _naming("copy")})
    assert ask(made, "COPY", "/a").json == ["copy"]
    assert (ask(made, "COPY", "/b").status, ask(made, "MOVE", "/b").status) == (405, 501)


def test_options_of_the_server_as_a_whole() -> None:
    answer = ask(app(a="get", a_id="delete"), "OPTIONS", "*")
    assert (answer.status, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS")


def test_connect_is_no_request_for_a_service() -> None:
    made = app(a="get")
    assert ask(made, "CONNECT", "/a").headers["allow"] == "GET, HEAD, OPTIONS"
    assert ask(made, "CONNECT", "peer:80").status in (404, 405, 501)


def test_pages_have_methods_too() -> None:
    made = app(a="get")
    assert ask(made, "POST", "/health").headers["allow"] == "GET, HEAD, OPTIONS"
    assert ask(made, "HEAD", "/openapi.json").body == b""
    assert ask(made, "OPTIONS", "/ready").headers["allow"] == "GET, HEAD, OPTIONS"
