"""No body, header or log tells a stack trace, a path, SQL or a secret, whatever goes wrong in a service."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from served import Served, built, served

CONTRACT = """
openapi: 3.1.1
info: {title: Vault, version: '1'}
paths:
  /failures/{kind}:
    parameters: [{name: kind, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getFailure
      security: []
      parameters:
      - {name: pin, in: query, schema: {$ref: '#/components/schemas/Pin'}}
      - {name: X-Pin, in: header, schema: {$ref: '#/components/schemas/Pin'}}
      - {name: pin, in: cookie, schema: {$ref: '#/components/schemas/Pin'}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: object, required: [fine]}}}}
  /accounts:
    post:
      operationId: createAccount
      security: []
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Account'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Account'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/Account'}}
          application/xml: {schema: {$ref: '#/components/schemas/Account'}}
      responses:
        '201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Account'}}}}
  /resets/{token}:
    get:
      operationId: getReset
      security: []
      parameters: [{name: token, in: path, required: true, schema: {type: string, format: password, maxLength: 40}}]
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Reset'}}}}
        '404': {description: none}
  /resets:
    post:
      operationId: createReset
      security: []
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Reset'}}}}
      responses: {'201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Reset'}}}}}
  /keys: {get: {operationId: listKeys, security: [{key: []}], responses: {'200': {description: ok}}}}
  /asked: {get: {operationId: listAsked, security: [{asked: []}], responses: {'200': {description: ok}}}}
  /cookies: {get: {operationId: listCookies, security: [{cookie: []}], responses: {'200': {description: ok}}}}
  /tokens: {get: {operationId: listTokens, security: [{token: []}], responses: {'200': {description: ok}}}}
  /people: {get: {operationId: listPeople, security: [{basic: []}], responses: {'200': {description: ok}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-API-KEY}
    asked: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: sid}
    token: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
  schemas:
    Pin: {type: string, format: password, pattern: '^[0-9]{4}$'}
    Secret: {allOf: [{$ref: '#/components/schemas/Pin'}]}
    Hidden: {type: object, writeOnly: true, additionalProperties: {type: integer}, propertyNames: {maxLength: 3}}
    Reset: {type: object, required: [token], properties: {token: {type: string}}}
    Account:
      type: object
      properties:
        name: {type: string, maxLength: 10}
        pin: {$ref: '#/components/schemas/Pin'}
        password: {type: string, writeOnly: true, minLength: 100}
        choice: {writeOnly: true, oneOf: [{type: integer}, {type: array, items: {type: integer}}]}
        nested: {type: array, items: {type: object, properties: {deep: {$ref: '#/components/schemas/Secret'}}}}
        hidden: {$ref: '#/components/schemas/Hidden'}
        code: {type: string, format: password, enum: [a, b]}
"""

HOOKS = '''"""Everything that can go wrong, with a value that nobody else may see."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator

from pydantic import TypeAdapter
from sqlalchemy import text

from app.context import GetFailureContext
from app.runtime.call import Reply
from app.runtime.errors import ApiError
from app.runtime.resource import Resource

MARK = "marked" + "-in-code"
TASKS = []


async def get_failure(
    ctx: GetFailureContext, kind: str, pin: str | None, x_pin: str | None, pin_2: str | None
) -> Reply:
    """Fail as ``kind`` says."""
    ctx.log.info("about to fail as %s", kind)
    match kind:
        case "raise":
            raise RuntimeError(f"password={MARK}")
        case "key":
            return {}[MARK]
        case "chain":
            try:
                raise ValueError(MARK)
            except ValueError as error:
                raise LookupError(f"because of {MARK}") from error
        case "group":
            raise ExceptionGroup(MARK, [ValueError(MARK), TypeError(MARK)])
        case "file":
            open(f"/{MARK}/secret.txt")
        case "view":
            TypeAdapter(int).validate_python(MARK)
        case "sql":
            await ctx.read(lambda session: session.execute(text("SELECT :it FROM missing_table"), {"it": MARK}))
        case "write":
            await ctx.write(lambda session: session.execute(text("INSERT INTO nowhere VALUES (:it)"), {"it": MARK}))
        case "answer":
            return Reply({"other": MARK})
        case "header":
            return Reply({"fine": 1}, headers={"X-Told": f"{MARK}\\r\\nX-Evil: 1"})
        case "status":
            return Reply({"fine": 1}, status=299)
        case "task":
            TASKS.append(asyncio.create_task(_broken(), name="a"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            TASKS.clear()
        case "thread":
            thread = threading.Thread(target=lambda: [][len(MARK)])
            thread.start()
            thread.join()
        case "logged":
            try:
                raise ValueError(MARK)
            except ValueError:
                logging.getLogger("library").exception("a library has failed")
        case "exit":
            raise SystemError(os.environ["API_KEYS"])
    return Reply({"fine": 1})


async def _broken() -> None:
    """Fail where nobody looks."""
    raise RuntimeError(MARK)
'''

KINDS = [
    "raise",
    "key",
    "chain",
    "group",
    "file",
    "view",
    "sql",
    "write",
    "answer",
    "header",
    "status",
    "task",
    "thread",
    "logged",
    "exit",
]
MARK = re.compile("marked-[a-z-]*", re.IGNORECASE)
TRACES = ("Traceback", 'File "', "SELECT", "INSERT", ".py", "site-packages", "sqlalche.me")
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Told:
    """What came out: the answers by what was asked, and the log."""

    answers: dict[str, httpx.Response]
    log: str
    folder: Path


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service, as it is generated."""
    return built(tmp_path_factory.mktemp("marked-folder"), CONTRACT, HOOKS)


def environment(vault: Path) -> dict[str, str]:
    """Return settings full of secrets."""
    return {
        "DATABASE_URL": f"sqlite:///{vault.parent}/marked-file.db",
        "API_KEYS": "ann:marked-key-of-ann",
        "JWT_SECRET": "marked-signing-secret-that-is-long-enough",
        "JWT_ISSUER": "https://issuer.test",
        "JWT_AUDIENCE": "vault",
        "PEER_API_KEY": "marked-key-of-peers",
        "ACCESS_LOG": "true",
        "LOG_LEVEL": "INFO",
    }


@pytest.fixture(scope="module")
def told(vault: Path) -> Told:
    """What the service told when everything had gone wrong in it."""
    with served(vault, environment(vault)) as running:
        answers = dict(ask(running))
        garbage(running)
        answers["metrics"] = httpx.get(f"{running.url}/metrics", trust_env=False)
    return Told(answers, running.log, vault)


def ask(running: Served) -> Iterator[tuple[str, httpx.Response]]:
    """Ask for every failure, and send secrets that are refused to every place."""
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        for kind in KINDS:
            yield kind, client.get(f"/failures/{kind}")
        yield "query", client.get("/failures/none?pin=marked-pin")
        yield "header pin", client.get("/failures/none", headers={"X-Pin": "marked-pin"})
        yield "cookie pin", client.get("/failures/none", headers={"Cookie": "pin=marked-pin"})
        yield "agent", client.get("/failures/none", headers={"User-Agent": "marked-agent", "Referer": "marked-from"})
        yield "path", client.get("/resets/marked-token")
        yield "long path", client.get("/resets/marked-token-" + "x" * 40)
        for name, value in REFUSED.items():
            yield name, client.post("/accounts", json=value)
        yield "syntax", client.post("/accounts", content=b'{"password": "marked-password', headers=JSON)
        yield "encoding", client.post("/accounts", content=b'{"password": "marked-\\xff"}', headers=JSON)
        yield "form", client.post("/accounts", data={"pin": "marked-pin", "password": "marked-password"})
        yield "parts", client.post("/accounts", files={"pin": (None, "marked-pin"), "code": (None, "marked-code")})
        xml = {"Content-Type": "application/xml"}
        yield "xml", client.post("/accounts", content="<Account><pin>marked-pin</pin></Account>", headers=xml)
        yield "no xml", client.post("/accounts", content="<Account><pin>marked-pin</Account>", headers=xml)
        yield "scheme key", client.get("/keys", headers={"X-API-KEY": "marked-wrong-key"})
        yield "scheme asked", client.get("/asked?key=marked-wrong-key")
        yield "scheme cookie", client.get("/cookies", headers={"Cookie": "sid=marked-wrong-key"})
        for scheme in ("Bearer marked-token", "Basic marked-token", "Bearer", "Digest marked-token"):
            yield f"scheme token {scheme}", client.get("/tokens", headers={"Authorization": scheme})
            yield f"scheme basic {scheme}", client.get("/people", headers={"Authorization": scheme})


REFUSED = {
    "pattern": {"pin": "marked-pin"},
    "length": {"password": "marked-password"},
    "branches": {"choice": "marked-choice"},
    "items of a branch": {"choice": ["marked-choice"]},
    "through references": {"nested": [{"deep": "marked-deep"}]},
    "names in a secret": {"hidden": {"marked-name": "marked-value"}},
    "enumeration": {"code": "marked-code"},
    "not an object": "marked-account",
    "beside others": {"name": "x" * 11, "pin": "marked-pin"},
}


def garbage(running: Served) -> None:
    """Send what is no HTTP."""
    for sent in (b"marked-garbage\r\n\r\n", b"GET /keys HTTP/1.1\r\nX-API-KEY marked-key\r\n\r\n"):
        with socket.create_connection(running.address, timeout=10) as connection:
            connection.sendall(sent)
            while connection.recv(4096):
                pass


def test_every_failure_was_met(told: Told) -> None:
    for kind in (
        "raise",
        "key",
        "chain",
        "group",
        "file",
        "view",
        "sql",
        "write",
        "answer",
        "header",
        "status",
        "exit",
    ):
        assert told.answers[kind].status_code == 500, kind
    for name in (
        *REFUSED,
        "query",
        "header pin",
        "cookie pin",
        "long path",
        "syntax",
        "encoding",
        "form",
        "parts",
        "xml",
    ):
        assert told.answers[name].status_code in (400, 422), (name, told.answers[name].text)
    assert told.answers["path"].status_code == 404
    assert {each.status_code for name, each in told.answers.items() if name.startswith("scheme ")} == {401}


@pytest.mark.supports("schema/writeOnly")
def test_no_answer_tells_more_than_its_request_id(told: Told) -> None:
    for name, answer in told.answers.items():
        said = f"{answer.headers}\n{answer.text}"
        assert not MARK.search(said), (name, said)
        assert not any(trace in said for trace in TRACES), (name, said)
        if answer.status_code == 500:
            said_of = answer.json()
            assert said_of["requestId"] == answer.headers["x-request-id"]
            assert said_of["detail"] == "an unexpected error occurred"


@pytest.mark.supports("schema/format/password")
def test_no_line_of_the_log_tells_of_values(told: Told) -> None:
    lines = [json.loads(line) for line in told.log.splitlines()]
    for line in lines:
        said = json.dumps(line)
        assert not MARK.search(said), said
        assert not any(trace in said for trace in TRACES), said
        assert str(told.folder) not in said
    failed = [line for line in lines if "error" in line]
    raised = [line["error"][0] for line in failed]
    assert {"RuntimeError", "LookupError", "ExceptionGroup", "SystemError"} <= {each["type"] for each in raised}
    assert any(each.get("code") == "ENOENT" and each["at"][-1].startswith("app.hooks.vault:") for each in raised)
    assert any("sqlalchemy" in each["type"] and each.get("code") == "SQLITE_ERROR" for each in raised)
    paths = [line["path"] for line in lines if line["logger"] == "app.access"]
    assert "/resets/{token}" in paths and "/asked" in paths


def test_the_setting_tells_all(vault: Path) -> None:
    with served(vault, {**environment(vault), "LOG_TRACEBACKS": "true"}) as running:
        answer = httpx.get(f"{running.url}/failures/raise", trust_env=False)
    assert not MARK.search(answer.text)
    assert "marked-in-code" in running.log and "Traceback" in running.log


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:marked-password@127.0.0.1:1/vault",
        "postgresql://ann:marked-password@127.0.0.1:x/vault",
        "ann:marked-password",
        "sqlite:////marked-password/nowhere/at.db",
    ],
)
def test_a_database_that_cannot_be_used_does_not_tell_its_password(vault: Path, url: str) -> None:
    started = [sys.executable, "-c", STARTED]
    done = subprocess.run(
        started, cwd=vault, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1)
    assert "marked-password" not in done.stdout + done.stderr, done.stdout + done.stderr


STARTED = """
import asyncio

import httpx

from app.main import app


async def run():
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            for path in ("/ready", "/resets/1"):
                print((await client.get(path)).text)


asyncio.run(run())
"""
