"""What logs tell of callers: who they are, never what they show."""

import asyncio
import json
import logging
from typing import Any

import pytest
from sample_client import Client
from security_kit import Door, Issuer, request

from fountaingen.runtime.serving.logs import configure
from fountaingen.runtime.serving.requests import caller, request_id


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    """The lines that were logged, after the logs were set up as a service does it."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    configure("Test", "INFO")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    root.setLevel(level)
    root.handlers = handlers
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).filters = []


def test_lines_of_a_request_say_who_called(lines: Any) -> None:
    issuer = Issuer()
    door = Door({"token": {"type": "http", "scheme": "bearer"}}, {"token": ()}, **issuer.settings())
    guard, token = door.security.guards["x"], issuer.token(sub="ann" * 100)

    async def ask() -> None:
        request_id.set("one")
        await guard.admit(request(("Authorization", f"Bearer {token}")))
        logging.getLogger("app").warning("known")
        request_id.set("two")
        logging.getLogger("app").warning("another request")

    asyncio.run(ask())
    known, another = lines()
    assert known["caller"] == ("ann" * 100)[:200] and "caller" not in another
    assert caller.get() == ("", "")


def test_uvicorn_tells_of_no_query(lines: Any) -> None:
    arguments = ("127.0.0.1:1", "GET", "/boxes?key=secret", "1.1", 200)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *arguments)
    (line,) = lines()
    assert "secret" not in line["message"] and "/boxes HTTP/1.1" in line["message"]


def test_nothing_that_a_caller_shows_is_logged(
    call: Client, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ["wrong-key", "wrong-token", "d3Jvbmc6cGFzc3dvcmQ="]
    for headers in (
        {"X-API-KEY": secrets[0]},
        {"Authorization": f"Bearer {secrets[1]}"},
        {"Authorization": f"Basic {secrets[2]}"},
    ):
        for path in ("/scripts", "/scripts?key=wrong-key", "/nothing"):
            call("GET", path, headers=headers)
    told = capsys.readouterr()
    assert not any(secret in told.out + told.err for secret in secrets)
