"""What a service takes on at once, and how long it waits: the clock is moved by hand, nothing is slept through."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from answering import Answer, Caller, answering, called, document, service

from fountaingen.runtime.call import Unit
from fountaingen.runtime.serving.clock import Clock
from fountaingen.runtime.serving.limits import Limits
from fountaingen.runtime.serving.requests import CAME

JSON = "application/json"
OBJECT = {"type": "object"}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
OPERATION = answering({JSON: OBJECT})
DECLARED = {
    "responses": {
        **OPERATION["responses"],
        "default": {"description": "An error.", "content": {JSON: {"schema": ERROR}}},
    }
}
CHUNKED = {"content-type": JSON, "transfer-encoding": "chunked"}
WITH_BODY = {**DECLARED, "requestBody": {"required": True, "content": {JSON: {"schema": OBJECT}}}}


class Slow:
    """Endpoints that wait until they are told to go on, and what became of them."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended: list[str] = []

    async def endpoint(self, _call: Any, *_arguments: Any) -> Any:
        """Wait."""
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("done")
        return {}


class Sender(Caller):
    """A caller who sends a body in pieces."""

    def __init__(self, app: Any, method: str, path: str, headers: Mapping[str, str]) -> None:
        self.pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        super().__init__(app, method, path, headers)

    def send(self, piece: bytes, *, more: bool = True) -> None:
        """Send a piece."""
        self.pieces.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    async def taken(self) -> None:
        """Wait until the service waits for more."""
        while not self.pieces.empty():
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)

    async def _receive(self) -> dict[str, Any]:
        return await self.pieces.get()


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run a test on a loop of its own."""
    asyncio.run(asyncio.wait_for(_run(work), 10))


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def answered(caller: Caller) -> Answer:
    """Return the whole answer."""
    await asyncio.wait_for(caller.task, 5)
    return caller.answer


def made(endpoint: Any, operation: dict[str, Any] = DECLARED) -> Any:
    """Return a service of one operation, ``GET /x`` or ``POST /x``, beside one that answers at once."""
    method = "post" if "requestBody" in operation else "get"
    paths = {"/x": {method: operation}, "/quick": {"get": OPERATION}}

    async def quick(_call: Any) -> Any:
        return {}

    return service(document(paths), {f"{method.upper()} /x": endpoint, "GET /quick": quick})


class TestTime:
    @pytest.mark.refuses("operation/timeout")
    def test_what_takes_too_long_is_cancelled_and_told_as_declared(self) -> None:
        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint)
            caller = Caller(app, "GET", "/x", {})
            await slow.begun.wait()
            app.clock.advance(29)
            assert not slow.ended
            app.clock.advance(1)
            answer = await answered(caller)
            assert (answer.status, slow.ended) == (504, ["cancelled"])
            assert answer.headers["content-type"] == JSON
            assert "not known" in answer.json["error"]

        run(work)

    def test_it_can_be_turned_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUEST_TIMEOUT", "0")

        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint)
            caller = Caller(app, "GET", "/x", {})
            await slow.begun.wait()
            app.clock.advance(1e6)
            slow.go_on.set()
            assert (await answered(caller)).status == 200

        run(work)

    def test_an_endpoint_that_will_not_be_cancelled_answers_after_all(self) -> None:
        begun = asyncio.Event()

        async def stubborn(_call: Any) -> Any:
            begun.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            async with asyncio.timeout(5):
                # Nothing is left of the cancellation for those who ask for it later.
                await asyncio.sleep(0)
            return {}

        async def work() -> None:
            app = made(stubborn)
            caller = Caller(app, "GET", "/x", {})
            await begun.wait()
            app.clock.advance(31)
            assert (await answered(caller)).status == 200
            assert caller.task.cancelling() == 0

        run(work)

    def test_the_end_of_a_service_is_no_timeout(self) -> None:
        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint)
            caller = Caller(app, "GET", "/x", {})
            await slow.begun.wait()
            app.clock.advance(31)
            caller.task.cancel()
            await asyncio.wait((caller.task,))
            assert caller.task.cancelled() and not caller.answer.status

        run(work)

    def test_what_was_written_stays_and_what_was_not_begun_is_not_written(self) -> None:
        rows: list[str] = []
        waiting = asyncio.Event()

        def first(_unit: Unit) -> None:
            rows.append("first")

        def second(_unit: Unit) -> None:
            rows.append("second")

        async def endpoint(call: Any) -> Any:
            await call.database.write(first)
            waiting.set()
            await asyncio.Event().wait()
            await call.database.write(second)
            return {}

        async def work() -> None:
            app = made(endpoint)
            caller = Caller(app, "GET", "/x", {})
            await waiting.wait()
            app.clock.advance(31)
            assert (await answered(caller)).status == 504
            assert rows == ["first"]

        run(work)

    @pytest.mark.supports("response/text/event-stream/without-timeout")
    def test_a_stream_that_has_begun_may_take_as_long_as_it_likes(self) -> None:
        more = asyncio.Event()

        async def endpoint(_call: Any) -> Any:
            return events()

        async def events() -> AsyncIterator[Any]:
            yield {"number": 1}
            await more.wait()
            yield {"number": 2}

        async def work() -> None:
            app = made(endpoint, answering({"text/event-stream": OBJECT}))
            caller = Caller(app, "GET", "/x", {})
            assert b"1" in await caller.piece()
            app.clock.advance(1000)
            more.set()
            assert b"2" in await caller.piece()
            assert (await answered(caller)).complete

        run(work)

    def test_a_clock_holds_nothing_against_callers_who_could_not_be_served(self) -> None:
        async def work() -> None:
            loop = asyncio.get_running_loop()
            now, seen = [loop.time()], asyncio.Event()
            clock = Clock(0.001)
            clock.each(lambda _passed: seen.set())
            clock.start()
            clock._last -= 1000  # As if the process had been stopped for so long.
            await seen.wait()
            clock.stop()
            assert 0 < clock.now <= 0.002 < loop.time() - now[0] + 1000

        run(work)


class TestBodies:
    @pytest.mark.refuses("request-body/timeout")
    def test_one_that_comes_too_slowly(self) -> None:
        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint, WITH_BODY)
            caller = Sender(app, "POST", "/x", CHUNKED)
            caller.send(b"{")
            await caller.taken()
            app.clock.advance(29.9)
            caller.send(b" ")
            await caller.taken()
            app.clock.advance(0.2)
            answer = await answered(caller)
            assert (answer.status, answer.json) == (408, {"error": "the body came too slowly"})
            assert not slow.begun.is_set()

        run(work)

    def test_one_that_comes_steadily_has_all_the_time_it_takes(self) -> None:
        async def work() -> None:
            slow = Slow()
            slow.go_on.set()
            app = made(slow.endpoint, WITH_BODY)
            caller = Sender(app, "POST", "/x", CHUNKED)
            caller.send(b"{")
            for _ in range(100):
                caller.send(b" " * 1024)
                await caller.taken()
                app.clock.advance(1)
            caller.send(b"}", more=False)
            assert (await answered(caller)).status == 200

        run(work)

    def test_the_time_of_the_operation_begins_when_it_has_come(self) -> None:
        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint, WITH_BODY)
            caller = Sender(app, "POST", "/x", CHUNKED)
            caller.send(b"{" + b" " * 40 * 1024)
            for _ in range(2):
                await caller.taken()
                app.clock.advance(20)
            caller.send(b" ")
            await caller.taken()
            caller.send(b"}", more=False)
            await slow.begun.wait()
            app.clock.advance(29)
            assert not slow.ended
            app.clock.advance(1)
            assert (await answered(caller)).status == 504

        run(work)

    def test_all_together_hold_so_much_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAX_BUFFERED_BYTES", "1000")

        async def work() -> None:
            slow = Slow()
            slow.go_on.set()
            app = made(slow.endpoint, WITH_BODY)
            first, second = (Sender(app, "POST", "/x", CHUNKED) for _ in range(2))
            first.send(b"{" + b" " * 800)
            await first.taken()
            second.send(b"{" + b" " * 800)
            answer = await answered(second)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert answer.json == {"error": "too much is being sent at once"}
            first.send(b"}", more=False)
            assert (await answered(first)).status == 200
            third = Sender(app, "POST", "/x", CHUNKED)
            third.send(b"{" + b" " * 800)
            third.send(b"}", more=False)
            assert (await answered(third)).status == 200

        run(work)


class TestHowMany:
    @pytest.mark.refuses("operation/too-many-at-once")
    def test_one_too_many_is_refused_before_its_body_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAX_CONCURRENT_REQUESTS", "2")

        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint, WITH_BODY)
            held = [Sender(app, "POST", "/x", {"content-type": JSON}) for _ in range(2)]
            for each in held:
                each.send(b"{}", more=False)
            await slow.begun.wait()
            refused = await answered(Sender(app, "POST", "/x", {"content-type": JSON}))
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert refused.json == {"error": "too many requests are under way"}
            assert (await called(app, "GET", "/quick")).status == 503
            for page in ("/health", "/ready", "/metrics"):
                assert (await called(app, "GET", page)).status == 200
            slow.go_on.set()
            assert [(await answered(each)).status for each in held] == [200, 200]
            assert (await called(app, "GET", "/quick")).status == 200

        run(work)

    def test_those_who_still_send_do_not_count(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAX_CONCURRENT_REQUESTS", "1")

        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint, WITH_BODY)
            sending = [Sender(app, "POST", "/x", CHUNKED) for _ in range(3)]
            for each in sending:
                each.send(b"{")
                await each.taken()
            assert (await called(app, "GET", "/quick")).status == 200
            for each in sending:
                each.send(b"}", more=False)
                await each.taken()
            slow.go_on.set()
            assert [(await answered(each)).status for each in sending] == [200, 503, 503]

        run(work)

    @pytest.mark.refuses("operation/too-late")
    def test_one_that_has_waited_too_long_for_its_turn_is_not_carried_out(self) -> None:
        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint)
            late, next_one = (Caller(app, "GET", path, {}) for path in ("/x", "/quick"))
            late.scope["state"] = {CAME: time.monotonic() - 5.1}
            next_one.scope["state"] = {CAME: time.monotonic() - 1}
            answer = await answered(late)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert (await answered(next_one)).status == 200
            assert not slow.begun.is_set()

        run(work)

    def test_what_was_refused_is_logged_once_a_tick(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("MAX_CONCURRENT_REQUESTS", "1")

        async def work() -> None:
            slow = Slow()
            app = made(slow.endpoint)
            held = Caller(app, "GET", "/x", {})
            await slow.begun.wait()
            for _ in range(5):
                assert (await called(app, "GET", "/x")).status == 503
            app.clock.advance(1)
            app.clock.advance(1)
            slow.go_on.set()
            await answered(held)

        run(work)
        assert [record.getMessage() for record in caplog.records] == ["5 requests were refused: 1 are under way"]


class TestSettings:
    def test_the_environment_decides(self) -> None:
        given = {"MAX_CONCURRENT_REQUESTS": "7", "REQUEST_TIMEOUT": "0.5", "MAX_URL_BYTES": "9"}
        found = Limits.from_environment(given)
        assert (found.requests, found.request, found.url) == (7, 0.5, 9)
        assert found.tick == 0.0625
        assert Limits.from_environment({}) == Limits()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MAX_CONCURRENT_REQUESTS", "0"),
            ("MAX_CONNECTIONS", "-1"),
            ("MAX_HEADER_BYTES", "32k"),
            ("MAX_BUFFERED_BYTES", "1" * 5000),
            ("REQUEST_TIMEOUT", "-1"),
            ("HEADER_TIMEOUT", "nan"),
            ("SEND_TIMEOUT", "inf"),
        ],
    )
    def test_what_it_cannot_mean_stops_the_start(self, name: str, value: str) -> None:
        with pytest.raises(ValueError, match=name):
            Limits.from_environment({name: value})
