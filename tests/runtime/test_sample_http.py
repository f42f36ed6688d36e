"""The sample service over ASGI: what it answers, in which words, and what it never says."""

import json
import re
from types import ModuleType
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

ERRORS = {"errorCode", "message", "details"}


@pytest.fixture
def small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that reads no more than 100 bytes."""
    monkeypatch.setenv("MAX_BODY_BYTES", "100")


@pytest.mark.supports("operation/get")
@pytest.mark.supports("operation/post")
@pytest.mark.supports("operation/put")
@pytest.mark.supports("operation/patch")
@pytest.mark.supports("operation/delete")
@pytest.mark.supports("request-body/application/merge-patch+json")
@pytest.mark.supports("request-body/application/json")
@pytest.mark.supports("response/application/json")
def test_scripts_live(call: Any) -> None:
    made = call("POST", "/scripts", json={"title": "One", "author": "Ada", "pages": 10**30})
    assert made.status_code == 201
    assert made.json()["scriptId"] == 1
    assert made.json()["sequenceNumber"] == 1
    assert made.json()["pages"] == 10**30
    assert call("GET", "/scripts/1").json() == made.json()
    assert call("POST", "/scripts", json={"title": "Two"}).json()["sequenceNumber"] == 2
    changed = call("PUT", "/scripts/1", json={"author": "Grace"})
    assert (changed.status_code, changed.json()["author"], changed.json()["title"]) == (200, "Grace", "One")
    merge = {"content-type": "application/merge-patch+json"}
    patched = call("PATCH", "/scripts/1", content=b'{"author": null}', headers=merge)
    assert "author" not in patched.json()
    assert call("DELETE", "/scripts/1").status_code == 204
    gone = call("GET", "/scripts/1")
    assert (gone.status_code, gone.json()) == (404, {"errorCode": "not_found", "message": "script 1 does not exist"})


def test_lists_are_filtered_sorted_and_paged(call: Any) -> None:
    for number in range(5):
        call("POST", "/scripts", json={"title": f"T{number}", "author": "Ada" if number % 2 else "Eve"})

    def titles(query: str) -> list[str]:
        return [each["title"] for each in call("GET", f"/scripts?{query}").json()]

    assert titles("") == ["T0", "T1", "T2", "T3", "T4"]
    assert titles("author=Ada&unknown=7") == ["T1", "T3"]
    assert titles("limit=2&offset=1") == ["T1", "T2"]
    assert titles("sort=author,-title") == ["T3", "T1", "T4", "T2", "T0"]
    for query in ("limit=0", "limit=x", "offset=-1", "sort=nothing", "limit=1&limit=2"):
        refused = call("GET", f"/scripts?{query}")
        assert (refused.status_code, refused.json().keys() <= ERRORS) == (400, True)


def test_children_belong_to_a_parent(call: Any) -> None:
    assert call("POST", "/scripts/1/sections", json={"title": "s"}).status_code == 404
    call("POST", "/scripts", json={"title": "One"})
    call("POST", "/scripts", json={"title": "Two"})
    assert call("POST", "/scripts/1/sections", json={"title": "s"}).json() == {
        "headingId": 1,
        "scriptId": 1,
        "title": "s",
    }
    assert call("POST", "/scripts/1/sections", json={"title": "s", "scriptId": 2}).status_code == 400
    assert call("GET", "/scripts/1/sections?limit=1").json()["totalCount"] == 1
    assert call("GET", "/scripts/2/sections").json() == {"items": [], "totalCount": 0}
    assert call("GET", "/scripts/3/sections").status_code == 404
    assert call("PUT", "/scripts/1/sections/1", json={"title": "t"}).json()["title"] == "t"
    assert call("PUT", "/scripts/2/sections/1", json={"title": "t"}).status_code == 404
    assert call("DELETE", "/scripts/1").status_code == 409


def test_text_keys_and_cursors(call: Any) -> None:
    assert call("PUT", "/labels/a%2Fb", json={"colour": "red"}).json() == {"name": "a/b", "colour": "red"}
    assert call("PUT", "/labels/a%2Fb", json={"colour": "blue"}).json()["colour"] == "blue"
    assert call("GET", "/labels/a%2Fb").json()["colour"] == "blue"
    assert call("GET", "/labels/a/b").status_code == 404
    body = {"data": {"big": 10**25, "null": None}, "price": 1.0, "flag": False, "count": 0}
    made = [call("POST", "/notes", json=body).json() for _ in range(3)]
    assert {key: made[0][key] for key in body} == body
    first = call("GET", "/notes?limit=2").json()
    rest = call("GET", "/notes", params={"limit": 2, "cursor": first["next"]}).json()
    assert {each["noteId"] for each in first["items"] + rest["items"]} == {each["noteId"] for each in made}
    assert call("GET", "/notes?cursor=zzz").status_code == 400
    replaced = call("PUT", f"/notes/{made[0]['noteId']}", json={"count": 5}).json()
    assert replaced.keys() == {"noteId", "count", "createdAt"}


def test_bad_input_is_told_in_the_contract_s_words(call: Any) -> None:
    malformed = call("POST", "/scripts", content=b"{", headers={"content-type": "application/json"})
    assert (malformed.status_code, malformed.json()["errorCode"]) == (400, "malformed")
    invalid = call("POST", "/scripts", json={"title": ""})
    assert (invalid.status_code, invalid.json()["errorCode"]) == (400, "invalid")
    assert invalid.json()["details"] == ["title: the value is shorter than 1 character"]
    absent = call("POST", "/scripts")
    assert absent.status_code == 400
    assert call("POST", "/scripts", content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    assert call("POST", "/notes", json={"flag": "secret-value"}).status_code == 422
    assert "secret-value" not in call("POST", "/notes", json={"flag": "secret-value"}).text


@pytest.mark.supports("request-body/too-large")
def test_too_large_a_body(small_bodies: None, call: Any) -> None:
    assert call("POST", "/notes", json={"data": "x" * 200}).status_code == 413
    assert call("POST", "/notes", json={"data": "x"}).status_code == 201


def test_what_nobody_wrote_is_501(call: Any) -> None:
    stub = call("POST", "/scripts/1/print")
    assert stub.status_code == 501
    assert "not implemented" in stub.text
    assert "async def print_script(ctx, script_id, body) in hooks/studio.py" in stub.json()["detail"]
    assert call("GET", "/scripts/latest").status_code == 501


def test_a_default_that_cannot_satisfy_the_contract_is_undone(call: Any, capsys: pytest.CaptureFixture[str]) -> None:
    broken = call("POST", "/notes/lost/broken")
    assert broken.status_code == 501
    assert "not implemented" in broken.text
    assert "impossible" not in broken.text
    assert call("GET", "/labels/lost").status_code == 404
    assert '"impossible\\" is a required property' in capsys.readouterr().out


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, object(), {"at": float("inf")}])
def test_what_a_hook_must_not_answer(call: Any, sample: ModuleType, value: Any) -> None:
    from app.hooks import studio

    studio.FAILURE.append(value)
    answer = call("GET", "/failure")
    if value == {1: 2}:
        assert answer.json() == {"1": 2}
    else:
        assert (answer.status_code, answer.json()["message"]) == (500, "an unexpected error occurred")


def test_an_unhandled_error_says_nothing_but_its_request(
    call: Any, sample: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.hooks import studio

    studio.FAILURE.append(RuntimeError("password=hunter2"))
    answer = call("GET", "/failure", headers={"X-Request-Id": "my-request"})
    assert answer.status_code == 500
    assert answer.json() == {"errorCode": "internal_server_error", "message": "an unexpected error occurred"}
    assert answer.headers["x-request-id"] == "my-request"
    logged = capsys.readouterr().out
    told = next(line for line in map(json.loads, logged.splitlines()) if "error" in line)
    assert told["request_id"] == "my-request"
    assert told["operation"] == "getFailure"
    assert told["service"] == "Studio"
    (error,) = told["error"]
    assert error["type"] == "RuntimeError" and error["at"][-1].startswith("app.hooks.studio:")
    assert "hunter2" not in logged and "traceback" not in told


def test_replies_choose_status_headers_and_type(call: Any, sample: ModuleType) -> None:
    from app.hooks import studio
    from app.runtime.call import Reply

    studio.FAILURE.append(Reply({"a": 1}, headers={"X-Count": 3}))
    answer = call("GET", "/failure")
    assert (answer.status_code, answer.json(), answer.headers["x-count"]) == (200, {"a": 1}, "3")
    for broken in (Reply(status=299), Reply(1, media_type="text/html"), Reply(1, headers={"X-A": "a\r\nb: c"})):
        studio.FAILURE.append(broken)
        assert call("GET", "/failure").status_code == 500
    studio.FAILURE.append(Reply({"errorCode": "x", "message": "y"}, status=500))
    assert call("GET", "/failure").json() == {"errorCode": "x", "message": "y"}


def test_security_is_denied_by_default(call: Any) -> None:
    for headers in ({}, {"X-API-KEY": "three"}, {"X-API-KEY": ""}, {"X-API-KEY": "one, two"}):
        refused = call("GET", "/secret", headers=headers)
        assert (refused.status_code, refused.json()["errorCode"]) == (401, "unauthorized")
    for key in ("one", "two"):
        assert call("GET", "/secret", headers={"X-API-KEY": key}).json() == "told"
    assert call("GET", "/secret?key=%FF", headers={"X-API-KEY": "%FF"}).status_code == 401
    twice = call("GET", "/secret", headers=[("X-API-KEY", "one"), ("X-API-KEY", "one")])
    assert twice.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({"Authorization": "Bearer reader"}, 200, {"subject": "reader", "scopes": ["read"]}),
        ({"Authorization": "bearer reader"}, 200, {"subject": "reader", "scopes": ["read"]}),
        ({"Authorization": "Bearer writer"}, 403, None),
        ({"Authorization": "Bearer nobody"}, 401, None),
        ({"Authorization": "Bearer"}, 401, None),
        ({"X-API-KEY": "one"}, 401, None),
        ({"Authorization": "Basic YWRhOmxvdmU6bGFjZQ=="}, 401, None),
        (
            {"Authorization": "Basic YWRhOmxvdmU6bGFjZQ==", "X-API-KEY": "two"},
            200,
            {"subject": "ada", "scopes": ["all"]},
        ),
        ({"Authorization": "Basic ####", "X-API-KEY": "two"}, 401, None),
        ({"Authorization": "Basic YWRh", "X-API-KEY": "two"}, 401, None),
    ],
)
def test_alternatives_and_combinations(call: Any, headers: dict[str, str], status: int, body: Any) -> None:
    answer = call("GET", "/report", headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == body
    elif status == 401:
        challenge = answer.headers["www-authenticate"]
        assert "Bearer realm=" in challenge
        assert "Basic realm=" in challenge


def test_optional_security(call: Any) -> None:
    assert call("GET", "/maybe").json() == {"known": False}
    assert call("GET", "/maybe", headers={"Authorization": "Bearer reader"}).json() == {"known": True}


def test_pages_beside_the_contract(call: Any, sample: ModuleType) -> None:
    assert call("GET", "/health").json() == {"status": "ok"}
    assert call("GET", "/ready").json() == {"status": "ready"}
    contract = call("GET", "/openapi.json")
    assert contract.json()["info"]["title"] == "Studio"
    assert contract.json() == sample.app.openapi()
    assert call("GET", "/openapi.yaml").text.startswith("openapi: 3.1.0")
    docs = call("GET", "/docs")
    assert "openapi.json" in docs.text
    assert docs.headers["x-content-type-options"] == "nosniff"


def test_methods(call: Any) -> None:
    head = call("HEAD", "/scripts")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "2")
    options = call("OPTIONS", "/scripts")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    wrong = call("DELETE", "/scripts")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert (wrong.headers["content-type"], "message" in wrong.json()) == ("application/json", True)
    nowhere = call("GET", "/nowhere")
    assert (nowhere.status_code, nowhere.json()["message"]) == (404, "Not Found")
    assert call("HEAD", "/health").content == b""


@pytest.mark.parametrize("bad", ["a b", "x" * 129, "a\tb", 'a"b', "é"])
def test_an_unsafe_request_id_is_replaced(call: Any, bad: str) -> None:
    headers = httpx.Headers([(b"x-request-id", bad.encode())])
    given = call("GET", "/health", headers=headers).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", given)


def test_every_answer_has_an_id_of_its_own(call: Any) -> None:
    ids = [call("GET", path).headers["x-request-id"] for path in ("/health", "/nowhere", "/scripts", "/scripts/1")]
    assert len(set(ids)) == 4


def test_operations_are_routes(sample: ModuleType) -> None:
    routes = {route.operation_id: route for route in sample.app.routes if isinstance(route, APIRoute)}
    assert routes.keys() == sample.app.contract.operations.keys()
    update = routes["updateScript"]
    assert (update.path, update.methods, update.endpoint.__name__) == ("/scripts/{scriptId}", {"PUT"}, "update_script")
    assert update.endpoint.__module__ == "app.api.endpoints"


def test_routes_and_middleware_of_others_still_work(call: Any, sample: ModuleType) -> None:
    seen: list[str] = []

    class Watch:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["path"])
            await self.app(scope, receive, send)

    sample.app.add_middleware(Watch)

    @sample.app.get("/own/{number}")
    async def own(number: int) -> dict[str, int]:
        return {"number": number}

    assert call("GET", "/own/3").json() == {"number": 3}
    assert call("GET", "/own/3").headers["x-request-id"]
    assert call("GET", "/scripts").status_code == 200
    missing = call("GET", "/nowhere")
    assert (missing.status_code, missing.json()["message"]) == (404, "Not Found")
    assert seen == ["/own/3", "/own/3", "/scripts", "/nowhere"]


def test_a_peer_that_is_down_is_a_502_and_nothing_is_stored(call: Any, sample: ModuleType) -> None:
    from app import clients
    from app.runtime import peers

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    call.run(clients.clients.aclose())
    peers._FIRST_PAUSE = 0.0
    peers.Peer.transport = httpx.MockTransport(refuse)
    down = call("POST", "/scripts", json={"title": "One"})
    assert (down.status_code, down.json()["errorCode"]) == (502, "peer_unavailable")
    assert call("GET", "/scripts").json() == []


def test_a_hook_raises_what_the_contract_lacks(call: Any) -> None:
    call("POST", "/scripts", json={"title": "unique"})
    second = call("POST", "/scripts", json={"title": "unique"})
    assert (second.status_code, second.headers["content-type"]) == (409, "application/problem+json")
