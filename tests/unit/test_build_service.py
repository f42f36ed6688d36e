"""What a contract says of the service as a whole, and which status a plain answer has."""

from typing import Any

import pytest
from building import TEXT, at, operation, record, service

from fountaingen.model.types import View


@pytest.mark.supports("document/servers")
@pytest.mark.parametrize(
    ("servers", "host", "port"),
    [
        ([], None, None),
        (["http://localhost:8010"], None, 8010),
        (["https://api.example.org/v1", "http://127.0.0.1:9000/"], "api.example.org", 9000),
        (["https://{region}.example.org"], None, None),
        (["/relative", "http://[broken", "http://host:port/"], None, None),
    ],
)
def test_where_a_service_is(servers: list[str], host: str | None, port: int | None) -> None:
    made = service({}, servers=[{"url": url} for url in servers])
    assert (made.host, made.port) == (host, port)


def test_an_extension_says_where_a_service_is() -> None:
    options = {"host": "stock.example.org", "port": 8099, "uses": ["central_sequence", "central_sequence"]}
    made = service({}, **{"x-fountaingen-service": options})
    assert (made.host, made.port, made.uses) == ("stock.example.org", 8099, ("central_sequence",))


@pytest.mark.parametrize(
    ("statuses", "success"),
    [
        (["404", "201", "200"], 200),
        (["404", "204"], 204),
        (["302", "404"], 302),
        (["2XX"], 200),
        (["default"], 200),
        (["default", "301"], 200),
        (["404"], 200),
    ],
)
def test_the_status_of_a_plain_answer(statuses: list[str], success: int) -> None:
    made = service({"/x": {"get": {"responses": {status: {"description": ""} for status in statuses}}}})
    assert at(made, "GET /x").success == success


@pytest.mark.supports("operation/parameters")
@pytest.mark.supports("operation/security")
def test_an_operation_inherits_parameters_and_security() -> None:
    shared: dict[str, Any] = {"name": "a", "in": "query", "schema": TEXT}
    item = {"parameters": [shared], "get": operation(), "post": {**operation(), "security": []}}
    item["get"]["parameters"] = [{**shared, "required": True}]
    made = service({"/x": item}, security=[{"key": []}])
    (parameter,) = at(made, "GET /x").parameters
    assert parameter.required
    assert at(made, "GET /x").security == ({"key": []},)
    assert at(made, "POST /x").security == ()
    assert not at(made, "POST /x").parameters[0].required


def test_headers_that_http_governs_are_no_parameters() -> None:
    names = ("Accept", "Content-Type", "Authorization", "X-Own")
    listed = [{"name": name, "in": "header", "schema": TEXT} for name in names]
    made = service({"/x": {"get": {**operation(), "parameters": listed}}})
    assert [each.name for each in at(made, "GET /x").parameters] == ["X-Own"]


def test_views_of_bodies_that_are_written_in_place() -> None:
    paths = {"/x": {"post": operation(record(b=TEXT), body=record(a=TEXT), operationId="make")}}
    made = service(paths, {"MakeBody": record(c=TEXT)})
    found = at(made, "POST /x")
    assert found.body is not None
    assert (found.body.type, found.result) == (View("MakeBody2"), View("MakeResult"))
    assert set(made.views.schemas) == {"MakeBody", "MakeBody2", "MakeResult"}
    assert (made.views.requests, made.views.responses) == ({"MakeBody2"}, {"MakeResult"})
