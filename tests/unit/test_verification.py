"""What ``verify`` tells Schemathesis of a service, and what it makes of what Schemathesis says."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jwt
import pytest
import schemathesis
from building import NUMBER, TEXT, crud, many, operation, record, service
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.generation.meta import CaseMetadata, ComponentInfo, GenerationInfo, PhaseInfo

from fountaingen.model.hookset import Hook, HookSet
from fountaingen.model.problems import Place, Severity
from fountaingen.model.service import Service
from fountaingen.pipeline import understand
from fountaingen.project import discover, find_project
from fountaingen.verification.credentials import Caller, environment, scopes_of
from fountaingen.verification.findings import Findings
from fountaingen.verification.forms import asked, is_valid_as_asked, read
from fountaingen.verification.judgement import agreed, is_silence
from fountaingen.verification.links import with_links
from fountaingen.verification.messages import (
    Answered,
    Broken,
    Ended,
    Event,
    Examined,
    Job,
    Known,
    Ruled,
    Silent,
    Step,
    Stub,
    Stuck,
    read_event,
    read_job,
    write_event,
    write_job,
)
from fountaingen.verification.subject import Subject

_TEXTS = st.text(st.characters(exclude_categories=()))
_COUNTS = st.integers(0, 1000)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Step, _TEXTS, _TEXTS),
    st.builds(Examined, _TEXTS, _COUNTS),
    st.builds(Broken, *(_TEXTS,) * 5, status=_COUNTS, text=_TEXTS, requests=st.lists(_TEXTS).map(tuple), phase=_TEXTS),
    st.builds(Stub, _TEXTS, _TEXTS),
    st.builds(Silent, _TEXTS, _TEXTS, _COUNTS),
    st.builds(Ruled, _TEXTS, _TEXTS, _COUNTS),
    st.builds(Answered, _TEXTS, _COUNTS, _COUNTS),
    st.builds(Stuck, _TEXTS, _TEXTS),
    st.builds(Ended, _TEXTS),
)


@given(_EVENTS)
def test_an_event_is_one_line_and_comes_back(event: Event) -> None:
    line = write_event(event)
    assert line.isascii()
    assert "\n" not in line
    assert read_event(line) == event


@pytest.mark.parametrize("line", ["[]", "1", '{"kind": "Shutdown"}', "{}", "no JSON"])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"event|Expecting"):
        read_event(line)


def test_a_job_comes_back_and_does_not_show_credentials() -> None:
    known = Known(("GET /a",), ("PUT /a",), ("PUT /c",), {"GET /b": "after"}, {"PUT /a": {"/id": "id"}})
    job = Job("contract.json", "service", "http://127.0.0.1:1", 7, 50, {"key": {"api_key": "secret"}}, known)
    assert read_job(write_job(job)) == job
    assert "secret" not in repr(job)


@pytest.mark.parametrize(
    ("status", "declared", "silent"),
    [
        (404, ("200",), True),
        (401, ("200", "404"), True),
        (422, ("200",), True),
        (422, ("200", "400"), False),
        (400, ("200", "422"), False),
        (404, ("200", "400"), True),
        (500, ("200",), False),
        (501, ("200",), False),
        (418, ("200",), False),
        (299, ("200",), False),
    ],
)
def test_silence_is_of_statuses_that_http_has_for_requests_at_fault(
    status: int, declared: tuple[str, ...], silent: bool
) -> None:
    assert is_silence(status, declared) is silent


def test_a_body_says_of_the_path_what_the_path_says() -> None:
    body = {"id": 1, "name": "n", "inner": {"id": 2}}
    assert agreed(body, {"thing": 7}, {"/id": "thing"}) == {"id": 7, "name": "n", "inner": {"id": 2}}
    assert agreed(body, {"thing": 7}, {"/inner/id": "thing"}) == {"id": 1, "name": "n", "inner": {"id": 7}}
    assert agreed(body, {}, {"/id": "thing"}) == body
    assert agreed({"name": "n"}, {"thing": 7}, {"/id": "thing", "/inner/id": "thing"}) == {"name": "n"}
    assert body["inner"] == {"id": 2}


def test_a_form_says_less_than_what_it_is_made_of() -> None:
    body = {"none": [], "empty": {}, "one": "a", "flag": True, "count": 1, "text": 2, "many": ["a", 1]}

    def wrong(sent: Mapping[str, Any]) -> set[str]:
        fitting = {"one": ["a"], "flag": ["true"], "count": [1], "text": "2"}
        return {name for name, value in sent.items() if value != fitting.get(name)}

    assert read(body, wrong) == {"one": ["a"], "flag": ["true"], "count": [1], "text": "2", "many": ["a", 1]}
    assert read({"flag": True}, lambda _: set()) == {"flag": True}
    assert read({"flag": True}, lambda _: {"flag"}) == {"flag": True}


def test_a_query_writes_no_items_as_it_writes_an_empty_text() -> None:
    query = {"list": [""], "text": "", "other": [""], "many": ["", "a"]}
    assert asked(query, lambda _: {"list", "text", "many"}) == {**query, "list": [], "text": []}


@pytest.mark.parametrize(
    ("query", "negative", "excused"),
    [
        ({"list": [""]}, "query", True),
        ({"list": "", "limit": 3}, "query", True),
        ({"list": [""], "unknown": ["x"]}, "query", True),
        ({"list": [""], "limit": -1}, "query", False),
        ({"list": [""], "limit": ""}, "query", False),
        ({"list": ["z"]}, "query", False),
        ({"limit": ""}, "query", False),
        ({"list": ["x"]}, "query", False),
        ({"list": [""]}, "header", False),
    ],
)
def test_only_lists_in_a_query_that_are_undefined_as_written_are_excused(
    query: dict[str, Any], negative: str, excused: bool
) -> None:
    parameters: list[dict[str, Any]] = [
        {"name": "list", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0}},
    ]
    path = {"get": {"parameters": parameters, "responses": {"200": {"description": "All."}}}}
    contract = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": path}}
    operation = schemathesis.openapi.from_dict(contract)["/a"]["GET"]
    meta = CaseMetadata(
        GenerationInfo(0.0, GenerationMode.NEGATIVE),
        {ParameterLocation(negative): ComponentInfo(GenerationMode.NEGATIVE)},
        cast(PhaseInfo, None),
    )
    case = SimpleNamespace(meta=meta, operation=operation, query=query)
    assert is_valid_as_asked(cast(Case[Any], case)) is excused


def test_the_caller_of_one_run_is_known_by_every_scheme() -> None:
    schemes: dict[str, Any] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic": {"type": "http", "scheme": "Basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "oauth": {"type": "oauth2", "flows": {"implicit": {"scopes": {"read": "", "write": ""}}}},
        "gateway": {"type": "mutualTLS"},
    }
    scopes = scopes_of(schemes, [{"oauth": ["read", "admin"]}])
    assert scopes == {"read", "write", "admin"}
    shown = Caller.of_one_run(scopes).shown(schemes)
    assert shown.keys() == {"key", "basic", "bearer", "oauth"}
    variables = environment()
    assert shown["key"] == {"api_key": variables["API_KEYS"]}
    assert variables["BASIC_USERS"].startswith(f"{shown['basic']['username']}:scrypt.")
    claims = jwt.decode(
        shown["oauth"]["bearer"],
        variables["JWT_SECRET"],
        algorithms=[variables["JWT_ALGORITHMS"]],
        audience=variables["JWT_AUDIENCE"],
        issuer=variables["JWT_ISSUER"],
    )
    assert claims["scope"] == "admin read write"


def test_credentials_that_are_given_are_those_that_are_sent() -> None:
    schemes = {"a": {"type": "http", "scheme": "basic"}, "b": {"type": "openIdConnect"}, "c": {"type": "apiKey"}}
    given_ones = Caller.given("", {"VERIFY_BASIC": "me:a:b", "VERIFY_BEARER": "token"})
    assert given_ones.shown(schemes) == {"a": {"username": "me", "password": "a:b"}, "b": {"bearer": "token"}}
    assert Caller.given("key", {}).shown(schemes) == {"c": {"api_key": "key"}}


THING = record("name", id={"type": "integer", "readOnly": True}, name=TEXT)
PART = record("thingId", id={"type": "integer", "readOnly": True}, thingId=NUMBER, name=TEXT)


def _subject(made: Service, *hooks: str) -> Subject:
    place = Place("hooks/test.py", 1, 1)
    return Subject(made, HookSet("test", {name: Hook(name, ("ctx",), True, place) for name in hooks}), Path("test"))


def test_what_is_made_is_linked_to_what_takes_its_key() -> None:
    parts = {"/things/{id}/parts": {"get": operation(many(PART)), "post": operation(PART, body=PART, status=201)}}
    made = service({**crud("/things", THING), **parts})
    contract = made.spec.written
    linked = with_links(contract, made)
    links = linked["paths"]["/things"]["post"]["responses"]["201"]["links"]
    targets = {link["operationRef"]: link["parameters"] for link in links.values()}
    item, children = "#/paths/~1things~1{id}", "#/paths/~1things~1{id}~1parts"
    taken = {"path.id": "$response.body#/id"}
    assert targets == dict.fromkeys(
        [f"{item}/get", f"{item}/put", f"{item}/delete", f"{children}/get", f"{children}/post"], taken
    )
    assert "links" not in contract["paths"]["/things"]["post"]["responses"]["201"]
    del linked["paths"]["/things"]["post"]["responses"]["201"]["links"]
    assert linked == contract


def test_links_of_the_contract_stay() -> None:
    paths = crud("/things", THING)
    paths["/things"]["post"]["responses"]["201"]["links"] = {"own": {"operationId": "x"}}
    made = service(paths)
    links = with_links(made.spec.written, made)["paths"]["/things"]["post"]["responses"]["201"]["links"]
    assert links["own"] == {"operationId": "x"}
    assert len(links) == 4


def test_what_only_contract_and_hooks_can_tell() -> None:
    paths = {
        **crud("/things", THING),
        "/things/{id}/parts": {"post": operation(PART, body=PART, status=201)},
        "/print": {"post": operation(THING, body=THING, operationId="print_all")},
        "/scan": {"post": operation(THING, body=THING, operationId="scan_all")},
    }
    paths["/notes"] = {"post": operation(record(id=NUMBER, text=TEXT), body=record(text=TEXT), status=201)}
    for path in ("/things", "/notes", "/scan"):
        paths[path]["post"]["requestBody"]["required"] = False
    known = _subject(service(paths), "scan_all").known
    assert known.demanding == ("POST /things",)
    assert known.missing == ("POST /print",)
    assert known.hooked == ("POST /scan",)
    assert known.bound["POST /things/{id}/parts"] == {"/thingId": "id"}
    assert known.bound["PUT /things/{id}"] == {"/id": "id"}


def test_findings_say_where_what_and_how_to_find_them_again() -> None:
    subject = _subject(
        service({**crud("/things", THING), "/print": {"post": operation(THING, operationId="print_all")}})
    )
    findings = Findings(subject, "fountaingen verify test --seed 7")
    for event in (
        Step("coverage", "GET /things"),
        Examined("coverage", 12),
        Silent("GET", "/things", 422),
        Silent("POST", "/things", 422),
        Silent("POST", "/things", 401),
        Broken("GET", "/things", "ST102", "Wrong", "- one\n\n  two", 200, "{}", ("curl a", "curl b"), "coverage"),
        Stub("POST", "/print"),
        Stuck("GET /things", "no example"),
        Answered("GET /things", 200, 11),
        Answered("POST /things", 422, 1),
        Ended("completed"),
    ):
        findings.hear(event)
    broken, stub, stuck, silent = findings.found
    assert broken.problem.message == "GET /things (200): wrong [ST102]: one; two"
    assert broken.problem.remedy == "find it again with: fountaingen verify test --seed 7"
    assert broken.requests == ("curl a", "curl b")
    assert "async def print_all" in stub.problem.remedy
    assert stuck.problem.is_error
    assert silent.problem.severity is Severity.WARNING
    assert silent.problem.message.startswith("2 operations refuse")
    assert silent.problem.message.endswith("401 (1), 422 (2)")
    assert findings.requests == 12
    assert findings.ended == "completed"
    assert "GET /things" not in findings.unreached
    assert "POST /things" in findings.unreached
    assert "POST /print" not in findings.unreached


def test_who_is_never_let_in_has_examined_nothing() -> None:
    guarded = crud("/things", THING)
    made = service(
        guarded,
        security=[{"key": []}],
        **{"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X"}}}},
    )
    findings = Findings(_subject(made), "")
    assert not findings.is_locked_out
    findings.hear(Answered("GET /things", 401, 3))
    findings.hear(Answered("POST /things", 415, 3))
    assert findings.is_locked_out
    findings.hear(Answered("GET /things", 200, 1))
    assert not findings.is_locked_out


def test_the_place_of_a_finding_is_that_of_its_operation(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "pets.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\npaths:\n  /pets:\n    get:\n"
        "      responses: {'200': {description: Pets.}}\n"
    )
    (tmp_path / "fountaingen.toml").touch()
    project = find_project(tmp_path)
    understood = understand(project, discover(project, ()))
    subject = Subject(understood.services[0], understood.hooks["pets"], tmp_path)
    assert str(subject.place("GET", "/pets")) == "specs/pets.yaml:5:5"
    assert str(subject.place("TRACE", "/pets")) == "specs/pets.yaml:4:3"
