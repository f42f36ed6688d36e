"""The golden service of bodies, built and spoken to: what a hook sees of each media type, and what never reaches it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from goldens import written


class Client:
    """Calls the service in this process."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with (
                self._app.router.lifespan_context(self._app),
                httpx.AsyncClient(transport=transport, base_url="http://service") as client,
            ):
                return await client.request(method, path, **options)

        return asyncio.run(send())


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of the service, which takes small bodies and keeps nothing in memory."""
    folder = written("media", tmp_path)
    for name, value in {"MAX_BODY_BYTES": "2000", "MAX_UPLOAD_BYTES": "20000", "SPOOL_BYTES": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/media.db")
    forgotten = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "app"}
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(folder / "media"))
        app = import_module("app.main").app
    yield Client(app)
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]
    sys.modules.update(forgotten)


@pytest.mark.supports("request-body/multipart/form-data")
def test_files_of_a_form(call: Client) -> None:
    answer = call(
        "POST",
        "/albums",
        data={"title": "Blue", "year": "1971", "artist": '{"name": "Joni"}'},
        files=[
            ("cover", ("cover.png", b"\x89PNG" * 1000, "image/png")),
            ("pictures", ("one.bin", b"1" * 3000)),
            ("pictures", ("two.bin", b"2")),
        ],
    )
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"told": "Blue (1971) by Joni: cover.png, one.bin, two.bin", "bytes": 7001}


@pytest.mark.parametrize(
    ("files", "status", "told"),
    [
        ([("cover", ("c.png", b"x", "image/gif"))], 415, "image/png or image/jpeg"),
        ([("pictures", ("p.bin", b"x"))], 400, "cover"),
        ([("cover", ("c.png", b"x", "image/png"))] + [("pictures", ("p", b"x"))] * 4, 400, "pictures"),
        ([("cover", ("c.png", b"x" * 30_000, "image/png"))], 413, "20000"),
    ],
)
def test_forms_that_never_reach_the_hook(call: Client, files: Any, status: int, told: str) -> None:
    answer = call("POST", "/albums", data={"title": "Blue"}, files=files)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


@pytest.mark.supports("request-body/application/octet-stream")
def test_binary_content_streams_beyond_the_bound_of_other_bodies(call: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"x" * 1000

    answer = call("PUT", "/tracks/7", content=pieces(), headers={"content-type": "audio/flac"})
    assert answer.json() == {"told": "track 7 as audio/flac", "bytes": 9000}

    async def too_many() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 1000

    answer = call("PUT", "/tracks/7", content=too_many(), headers={"content-type": "application/octet-stream"})
    assert (answer.status_code, list(answer.json())) == (413, ["message"])
    answer = call("PUT", "/tracks/7", content=b"x", headers={"content-type": "video/mp4"})
    assert (answer.status_code, answer.headers["accept"]) == (415, "audio/*, application/octet-stream")
    assert list(answer.json()) == ["message"]
    assert call("PUT", "/tracks/7").status_code == 400


@pytest.mark.supports("request-body/content/several")
@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("application/json", b'{"name": "Joni", "genres": ["folk"]}', "Joni, None, ['folk']"),
        (
            "application/xml; charset=utf-8",
            b'<artist born="1943"><name>Joni</name><genres><genre>folk</genre></genres></artist>',
            "Joni, 1943, ['folk']",
        ),
        ("application/x-www-form-urlencoded", b"name=Joni+M&born=1943", "Joni M, 1943, None"),
        ("text/plain", b"Joni", "Joni"),
        ("image/png", b"\x89PNG", "a picture"),
        ("", b"", "nothing"),
    ],
)
def test_one_operation_takes_several_types(call: Client, kind: str, content: bytes, told: str) -> None:
    answer = call("POST", "/artists", content=content, headers={"content-type": kind} if kind else {})
    assert answer.json()["told"] == told


def test_several_types_are_refused_in_the_words_of_the_contract(call: Client) -> None:
    for kind, content in (
        ("application/json", b"{"),
        ("application/xml", b"<artist/>"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY x "y">]><artist>&x;</artist>'),
        ("application/x-www-form-urlencoded", b"born=1943"),
        ("text/plain", b"much longer than twenty letters"),
    ):
        answer = call("POST", "/artists", content=content, headers={"content-type": kind})
        assert (answer.status_code, list(answer.json())) == (422, ["message"]), answer.text
    assert call("POST", "/artists", content=b"x" * 3000, headers={"content-type": "text/plain"}).status_code == 413
