"""Callbacks and webhooks of a generated service: who is called, with what, and what becomes of the answer."""

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from peers import Says, StandIns, stand_ins
from support.compiling import compiled

_CASE = Path(__file__).parents[1] / "golden" / "outgoing"
HEARD = Says(200, {"received": True})


def _of_app(name: str) -> bool:
    return name == "app" or name.startswith("app.")


def _forget() -> None:
    for name in [name for name in sys.modules if _of_app(name)]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service ``jobs``, generated."""
    whole = tmp_path_factory.mktemp("outgoing")
    for path, content in compiled(_CASE).tree.files.items():
        (whole / path).parent.mkdir(parents=True, exist_ok=True)
        (whole / path).write_bytes(content)
    return whole / "jobs"


@pytest.fixture
def listener() -> Iterator[StandIns]:
    """Who is called back."""
    with stand_ins() as found:
        yield found


class Jobs:
    """The service in this process, on one event loop and one database for all tests."""

    def __init__(self) -> None:
        self.modules = {name: module for name, module in sys.modules.items() if _of_app(name)}
        self.outgoing: Any = self.modules["app.outgoing"]
        self.runner = asyncio.Runner()
        app = self.modules["app.main"].app
        self._lifespan = app.router.lifespan_context(app)
        self.runner.run(self._lifespan.__aenter__())
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example")

    def __call__(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """Send one request."""
        return self.runner.run(self._client.post(path, json=body, **options))

    def close(self) -> None:
        """End the lifespan."""
        self.runner.run(self._client.aclose())
        self.runner.run(self._lifespan.__aexit__(None, None, None))
        self.runner.close()


@pytest.fixture(scope="module")
def service(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The service, imported."""
    _forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('rows')}/jobs.db")
        patch.syspath_prepend(str(folder))
        import_module("app.main")
    started = Jobs()
    _forget()
    yield started
    started.close()


@pytest.fixture
def outside(service: Jobs, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """The service as it is where the operator said nothing."""
    for name, module in service.modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(service.outgoing.OUTLET, "pause", 0.0)
    return service


@pytest.fixture
def send(outside: Jobs, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """The service, allowed to call this machine."""
    guard = outside.modules["app.runtime.calls.addresses"].Guard(hosts=frozenset({"127.0.0.1"}))
    monkeypatch.setattr(outside.outgoing.OUTLET, "guard", guard)
    return outside


def _subscribe(service: Jobs, monkeypatch: pytest.MonkeyPatch, urls: str) -> Any:
    monkeypatch.setenv("WEBHOOK_JOB_DONE_URLS", urls)
    outgoing = service.outgoing
    hook = outgoing.JobDoneWebhook(outgoing.CONTRACT, "/webhooks/jobDone/post", outgoing.OUTLET)
    monkeypatch.setattr(outgoing.Webhooks, "job_done", hook)
    return hook


@pytest.mark.supports("operation/callbacks")
def test_a_callback_is_made_of_the_request(send: Jobs, listener: StandIns) -> None:
    listener.say({("POST", "/done"): HEARD})
    answer = send("/jobs", {"name": "n", "callbackUrl": f"{listener.url}/done?a=b"}, headers={"X-Request-Id": "r-1"})
    assert answer.status_code == 201, answer.text
    (asked,) = listener.asked
    assert (asked.method, asked.path) == ("POST", "/done?a=b&url=1%7C2")
    assert asked.body == {"id": answer.json()["id"], "state": "done"}
    assert (asked.headers["x-token"], asked.headers["x-request-id"]) == ("n", "r-1")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["host"] == listener.url.removeprefix("http://")


def test_no_url_no_callback(send: Jobs, listener: StandIns) -> None:
    assert send("/jobs", {"name": "n"}).status_code == 201
    assert listener.asked == []


@pytest.mark.supports("operation/callbacks/response-expression")
def test_a_url_can_be_made_of_the_answer(send: Jobs, listener: StandIns) -> None:
    at = "http%3A%2F%2Fapi.example%2Fjobs%3FprogressUrl%3D"
    for method, path in (("GET", "/p/a%2Fb"), ("POST", "/p/last")):
        listener.answers[method, path] = Says(204 if method == "GET" else 202, b"")
    answer = send(f"/jobs?progressUrl={listener.url}/p", {"name": "12"})
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]
    got, told = listener.asked
    assert got.path.startswith(f"/p/a%2Fb?job={number}&of=POST&at={at}")
    assert told.path.startswith(f"/p/last?job={number}&of=POST&at={at}")
    assert (told.body, told.headers["content-type"]) == (12, "text/plain")


@pytest.mark.parametrize(
    "says",
    [
        Says(200, {"received": "yes"}),
        Says(200, {}),
        Says(200, b"[broken"),
        Says(202, {"received": True}),
        Says(404, {}),
        Says(500, {}),
        Says(302, {}),
    ],
)
def test_what_the_contract_does_not_allow_back_is_a_502(send: Jobs, listener: StandIns, says: Says) -> None:
    listener.say({("POST", "/done"): says})
    assert send("/jobs", {"name": "n", "callbackUrl": f"{listener.url}/done"}).status_code == 502
    assert len(listener.asked) == 1


def test_what_the_contract_does_not_allow_out_is_not_sent(send: Jobs, listener: StandIns) -> None:
    listener.say({("POST", "/done"): HEARD})
    assert send("/jobs", {"name": "too long a token", "callbackUrl": f"{listener.url}/done"}).status_code == 500
    assert listener.asked == []


@pytest.mark.refuses("operation/callbacks/private-address")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "file:///etc/passwd"])
def test_private_addresses_are_refused(outside: Jobs, url: str) -> None:
    answer = outside("/jobs", {"name": "n", "callbackUrl": url})
    assert answer.status_code == 422, answer.text


def test_nobody_listens(send: Jobs, listener: StandIns) -> None:
    assert send("/jobs", {"name": "n", "callbackUrl": "http://127.0.0.1:1/"}).status_code == 502


def test_an_answer_without_end_is_not_read(send: Jobs, listener: StandIns) -> None:
    listener.say({("POST", "/done"): Says(200, b" " * 2_000_000 + b'{"received": true}')})
    assert send("/jobs", {"name": "n", "callbackUrl": f"{listener.url}/done"}).status_code == 502


@pytest.mark.supports("document/webhooks")
def test_later_calls_and_webhooks(send: Jobs, listener: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    listener.say({("POST", "/done"): HEARD, ("POST", "/one"): Says(200, 7), ("POST", "/two"): Says(200, "seven")})
    _subscribe(send, monkeypatch, f"{listener.url}/one, {listener.url}/two")
    answer = send("/jobs/3/finish", {"url": f"{listener.url}/done"})
    assert answer.json() == [f"{listener.url}/one 7", f"{listener.url}/two job_done is not available"]
    asked = {each.path: each for each in listener.asked}
    assert (asked["/done"].headers["x-token"], asked["/done"].headers["x-signature"]) == ("later", "s")
    assert asked["/one"].body == asked["/two"].body == {"id": 3, "state": "done"}
    assert asked["/one"].headers["x-kind"] == "a"


def test_subscribers_of_the_operator_may_be_private(
    outside: Jobs, listener: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.say({("POST", "/one"): Says(200, 7)})
    hook = _subscribe(outside, monkeypatch, f"{listener.url}/one")
    done = outside.modules["app.schemas"].Done(id=1, state="failed")
    assert hook.subscribers == (f"{listener.url}/one",)
    assert outside.runner.run(hook(done, x_kind="b", url=hook.subscribers[0])) == 7
    with pytest.raises(outside.modules["app.runtime.calls.addresses"].CallbackRefused):
        outside.runner.run(hook(done, x_kind="b", url=f"{listener.url}/other"))


def test_wrong_settings_stop_the_start(outside: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'inside'"):
        _subscribe(outside, monkeypatch, "inside")
    with pytest.raises(ValueError, match="CALLBACK_TIMEOUT"):
        type(outside.outgoing.OUTLET).from_environment({"CALLBACK_TIMEOUT": "soon"})


def test_a_name_is_called_where_it_was_judged(
    outside: Jobs, listener: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    # Stands for a public address, so that the name is connected to as names of the world are.
    monkeypatch.setattr(outside.modules["app.runtime.calls.addresses"], "is_public", lambda address: True)
    monkeypatch.setattr(outside.outgoing.OUTLET, "resolve", resolve)
    listener.say({("POST", "/done"): HEARD})
    port = listener.url.rpartition(":")[2]
    assert outside("/jobs", {"name": "n", "callbackUrl": f"http://hooks.example:{port}/done"}).status_code == 201
    assert (asked, listener.asked[0].headers["host"]) == (["hooks.example"], f"hooks.example:{port}")
