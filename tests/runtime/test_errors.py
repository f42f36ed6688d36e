"""Error bodies in all sorts of declared schemas, and the status that an error gets."""

import json
import re
from typing import Any

import pytest

from fountaingen.runtime.contract import Contract, Media, Operation, Response
from fountaingen.runtime.errors import (
    ApiError,
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    NotImplementedByHook,
    Violation,
)
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.responses.compose import Composer, Incident
from fountaingen.runtime.responses.failures import Failures, UndeclaredErrors

VIOLATION = Violation("body", ("elements", 0, "title"), "the value is too short", "minLength")


def compose(schema: Any, error: ApiError, named: dict[str, Any] | None = None) -> Any:
    """Return the body of ``error`` in a schema; the schema must accept it."""
    judges = Judges(named or {})
    judge = judges.judge(schema)
    made, body = Composer(schema, judge, judges).compose(Incident.of(error, error.status, "r-1", "/things/7"))
    assert made
    assert judge.accepts(body)
    return body


def properties(**members: Any) -> dict[str, Any]:
    """Return a closed schema in which every member is required."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


S = {"type": "string"}
N = {"type": "integer"}
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

SCHEMAS: list[tuple[Any, Any]] = [
    (properties(message=S), {"message": "thing 7 does not exist"}),
    (properties(detail=S), {"detail": "thing 7 does not exist"}),
    (properties(error=S), {"error": "thing 7 does not exist"}),
    (properties(errorCode=S, message=S), {"errorCode": "not_found", "message": "thing 7 does not exist"}),
    (properties(code=N, message=S), {"code": 404, "message": "thing 7 does not exist"}),
    (properties(status=N, title=S, type=S), {"status": 404, "title": "Not Found", "type": "about:blank"}),
    (properties(status=S), {"status": "404"}),
    (properties(type={"type": "string", "format": "uri"}), {"type": "about:blank"}),
    (properties(requestId=S, path=S), {"requestId": "r-1", "path": "/things/7"}),
    (
        properties(error=properties(code=S, message=S)),
        {"error": {"code": "not_found", "message": "thing 7 does not exist"}},
    ),
    (properties(code={"enum": ["INTERNAL", "NOT_FOUND"]}), {"code": "NOT_FOUND"}),
    (properties(code={"enum": ["x1", "x2"]}), {"code": "x1"}),
    (properties(kind={"const": "Error"}, message=S), {"kind": "Error", "message": "thing 7 does not exist"}),
    (properties(message={"type": "string", "maxLength": 7}), {"message": "thing 7"}),
    (properties(message={"type": ["string", "null"]}), {"message": "thing 7 does not exist"}),
    (properties(code={"type": "string", "pattern": "^E[0-9]+$", "example": "E1"}), {"code": "E1"}),
    (properties(help={"type": "string", "default": "see docs"}), {"help": "see docs"}),
    (properties(retries={"type": "integer", "minimum": 3}), {"retries": 3}),
    (properties(id={"type": "string", "format": "uuid"}), {"id": "00000000-0000-0000-0000-000000000000"}),
    (properties(success={"type": "boolean"}, message=S), {"success": False, "message": "thing 7 does not exist"}),
    (properties(errors={"type": "array", "items": S, "minItems": 1}), {"errors": ["request: thing 7 does not exist"]}),
    ({"type": "string"}, "thing 7 does not exist"),
    ({"type": "array", "items": properties(message=S), "minItems": 1}, [{"message": "thing 7 does not exist"}]),
    (
        {"oneOf": [properties(code=N), properties(message=S)]},
        {"code": 404},
    ),
    (
        {"allOf": [properties(message=S) | {"additionalProperties": True}, {"properties": {"code": S}}]},
        {"message": "thing 7 does not exist", "code": "not_found"},
    ),
]


@pytest.mark.parametrize(("schema", "body"), SCHEMAS)
def test_bodies(schema: Any, body: Any) -> None:
    assert compose(schema, NotFound("thing 7 does not exist")) == body


def test_references_are_followed() -> None:
    named = {"Error": properties(message=S, inner={"$ref": "#/$defs/Inner"}), "Inner": properties(code=S)}
    body = compose({"$ref": "#/$defs/Error"}, NotFound("gone"), named)
    assert body == {"message": "gone", "inner": {"code": "not_found"}}


def test_a_schema_that_holds_itself() -> None:
    named = {"Error": {"type": "object", "properties": {"message": S, "cause": {"$ref": "#/$defs/Error"}}}}
    assert compose({"$ref": "#/$defs/Error"}, NotFound("gone"), named)["message"] == "gone"


def test_times() -> None:
    body = compose(properties(timestamp={"type": "string", "format": "date-time"}, time=N), NotFound("gone"))
    assert TIMES.fullmatch(body["timestamp"])
    assert body["time"] > 1_700_000_000


def test_violations_in_lists() -> None:
    invalid = Invalid((VIOLATION,))
    assert compose(properties(message=S, details={"type": "array", "items": S}), invalid) == {
        "message": "elements.0.title: the value is too short",
        "details": ["elements.0.title: the value is too short"],
    }
    fields = properties(errors={"type": "array", "items": properties(field=S, message=S, rule=S)})
    assert compose(fields, invalid) == {
        "errors": [{"field": "elements.0.title", "message": "the value is too short", "rule": "minLength"}]
    }
    fastapi = properties(
        detail={
            "type": "array",
            "items": properties(loc={"type": "array", "items": {"type": ["string", "integer"]}}, msg=S, type=S),
        }
    )
    assert compose(fastapi, invalid) == {
        "detail": [{"loc": ["body", "elements", 0, "title"], "msg": "the value is too short", "type": "minLength"}]
    }
    assert compose(properties(details=S), invalid) == {"details": "elements.0.title: the value is too short"}


def test_an_empty_list_is_left_out_unless_it_is_required() -> None:
    listed = {"type": "array", "items": S}
    optional = {"type": "object", "required": ["message"], "properties": {"message": S, "details": listed}}
    assert compose(optional, NotFound("gone")) == {"message": "gone"}
    assert compose(properties(message=S, details=listed), NotFound("gone")) == {"message": "gone", "details": []}


def test_a_hook_gives_details_of_its_own() -> None:
    schema = properties(message=S, details={"type": "object"})
    error = Conflict("taken", code="TAKEN", details={"by": 7})
    assert compose(schema, error) == {"message": "taken", "details": {"by": 7}}
    # Details that do not fit are no reason to send nothing.
    assert compose(properties(message=S, details=N), error)["message"] == "taken"


def test_an_open_schema_still_tells() -> None:
    assert compose({"type": "object"}, NotFound("gone"))["message"] == "gone"
    assert compose({}, NotFound("gone")) == "gone"


def failures(responses: dict[str, Any], media_type: str = "application/json") -> Failures:
    """Return the failures of an operation with these error schemas; None declares no content."""
    judges = Judges({})
    declared = {
        key: Response({} if schema is None else {media_type: Media(judges.judge(schema))}, {})
        for key, schema in responses.items()
    }
    operation = Operation("x", "GET", "/", 200, (), None, declared, (), "x")
    contract = Contract("T", "1", {"x": operation}, {}, b"{}", b"", judges, judges)
    return Failures(operation, contract, UndeclaredErrors(contract))


MESSAGE = properties(message=S)


@pytest.mark.parametrize(
    ("declared", "error", "status", "ours"),
    [
        (["404"], NotFound("gone"), 404, True),
        (["4XX"], NotFound("gone"), 404, True),
        (["default"], NotFound("gone"), 404, True),
        (["400"], NotFound("gone"), 404, True),
        (["400"], ApiError("no", status=405), 405, True),
        (["404"], ApiError("no", status=409), 409, False),
        ([], NotFound("gone"), 404, False),
        (["400", "422"], Invalid((VIOLATION,)), 400, True),
        (["422"], Invalid((VIOLATION,)), 422, True),
        (["422"], Invalid((VIOLATION,), malformed=True), 422, True),
        (["400"], Invalid((VIOLATION,), malformed=True), 400, True),
        (["4XX"], Invalid((VIOLATION,)), 422, True),
        (["default"], Invalid((VIOLATION,), malformed=True), 400, True),
        ([], Invalid((VIOLATION,)), 422, False),
        ([], Invalid((VIOLATION,), malformed=True), 400, False),
        (["5XX"], ApiError("broken"), 500, True),
        (["500"], BadRequest("no"), 400, False),
    ],
)
def test_status(declared: list[str], error: ApiError, status: int, ours: bool) -> None:
    outcome = failures(dict.fromkeys(declared, MESSAGE)).outcome(error, "r-1", "/x")
    body = json.loads(outcome.body)
    assert outcome.status == status
    content_type = dict(outcome.headers)[b"content-type"]
    if ours:
        assert content_type == b"application/json"
        assert body == {"message": error.message}
    else:
        assert content_type == b"application/problem+json"
        assert body["status"] == status
        assert body["detail"] == error.message
        assert body["requestId"] == "r-1"


def test_errors_that_differ_say_nothing_of_others() -> None:
    made = failures({"400": MESSAGE, "409": properties(reason=S)})
    assert dict(made.outcome(NotFound("gone"), "r-1", "/x").headers)[b"content-type"] == b"application/problem+json"


def test_where_the_contract_is_silent_problem_details_speak() -> None:
    outcome = failures({"404": None}).outcome(NotFound("gone"), "r-1", "/x")
    assert outcome.status == 404
    assert json.loads(outcome.body)["title"] == "Not Found"
    # A schema that nothing fits.
    assert failures({"404": False}).outcome(NotFound("gone"), "r-1", "/x").status == 404


def test_text_errors_are_text() -> None:
    outcome = failures({"404": S}, "text/plain").outcome(NotFound("gone"), "r-1", "/x")
    assert (outcome.body, dict(outcome.headers)[b"content-type"]) == (b"gone", b"text/plain; charset=utf-8")


def test_a_stub_says_so_even_where_the_schema_has_no_room() -> None:
    error = NotImplementedByHook("printScript", hook="async def print_script(ctx) in hooks/x.py")
    outcome = failures({"default": properties(code=N)}).outcome(error, "r-1", "/x")
    assert outcome.status == 501
    assert b"not implemented" in outcome.body
    assert b"print_script" in outcome.body


def test_headers_of_an_error_go_along() -> None:
    outcome = failures({}).outcome(ApiError("later", status=503, headers={"Retry-After": "3"}), "r", "/")
    assert (b"retry-after", b"3") in outcome.headers


def test_a_header_that_would_break_out_is_left_out() -> None:
    outcome = failures({}).outcome(ApiError("x", status=409, headers={"Location": "/a\r\nSet-Cookie: b"}), "r", "/")
    assert [name for name, _ in outcome.headers] == [b"content-type"]
