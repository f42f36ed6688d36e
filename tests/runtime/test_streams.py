"""Answers that are sent while they are made: pieces, backpressure, hanging up, breaking."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from answering import Caller, Endpoint, answering, ask, asking, document, service

from fountaingen.runtime.call import Reply
from fountaingen.runtime.errors import NotFound
from fountaingen.runtime.events import streamed
from fountaingen.runtime.responses.streams import StreamBroken

ZIP = "application/zip"


def app(endpoint: Endpoint, schema: Any = None, media_type: str = ZIP) -> Any:
    """Return a service whose ``GET /x`` answers what ``endpoint`` does, as binary content."""
    return service(document({"/x": {"get": answering({media_type: schema or {}})}}), {"GET /x": endpoint})


def answers(value: Any) -> Endpoint:
    """Return an endpoint that answers what ``value`` makes."""

    async def endpoint(_call: Any) -> Any:
        return value()

    return endpoint


async def three() -> AsyncIterator[bytes]:
    for number in range(3):
        yield b"%d" % number


class Maker:
    """Makes pieces on demand and remembers how far it got and whether it was closed."""

    def __init__(self, pieces: int = 10**6) -> None:
        self.made = 0
        self.closed = asyncio.Event()
        self.pieces = pieces

    async def __call__(self, _call: Any = None) -> AsyncIterator[bytes]:
        try:
            for _ in range(self.pieces):
                self.made += 1
                yield b"piece"
            await asyncio.Event().wait()
        finally:
            self.closed.set()


@pytest.mark.supports("response/binary/stream")
def test_pieces_are_sent_one_by_one() -> None:
    answer = ask(app(answers(three)), "GET", "/x")
    assert (answer.status, answer.pieces, answer.complete) == (200, [b"0", b"1", b"2"], True)
    assert answer.headers["content-type"] == ZIP
    assert "content-length" not in answer.headers


def test_an_endpoint_that_yields() -> None:
    async def endpoint(_call: Any) -> Any:
        return await streamed(three())

    async def whole(_call: Any) -> Any:
        async def coroutine() -> Reply:
            return Reply(three())

        return await streamed(coroutine())

    assert ask(app(endpoint), "GET", "/x").body == ask(app(whole), "GET", "/x").body == b"012"


def test_text_is_streamed_in_its_charset() -> None:
    async def lines() -> AsyncIterator[str]:
        yield "é;1\n"
        yield "b;2\n"

    answer = ask(app(answers(lines), {"type": "string"}, "text/csv"), "GET", "/x")
    assert (answer.body, answer.headers["content-type"]) == ("é;1\nb;2\n".encode(), "text/csv; charset=utf-8")


def test_head_sends_no_piece_and_closes_the_maker() -> None:
    async def run() -> None:
        maker = Maker()
        async with asking(app(answers(maker)), "HEAD", "/x") as caller:
            await asyncio.wait_for(caller.task, 5)
            assert (caller.answer.status, caller.answer.body, caller.answer.complete) == (200, b"", True)
            assert maker.closed.is_set()

    asyncio.run(run())


def test_the_maker_is_closed_when_the_caller_hangs_up() -> None:
    async def run() -> None:
        maker = Maker(pieces=2)
        async with asking(app(answers(maker)), "GET", "/x") as caller:
            assert [await caller.piece(), await caller.piece()] == [b"piece", b"piece"]
            assert not maker.closed.is_set()
            caller.leave()
            await asyncio.wait_for(maker.closed.wait(), 5)
            await asyncio.wait_for(caller.task, 5)
            assert not caller.answer.complete

    asyncio.run(run())


class SlowCaller(Caller):
    """Takes nothing until it is told to."""

    def __init__(self, app: Any) -> None:
        self.taking = asyncio.Event()
        self.started = asyncio.Event()
        super().__init__(app, "GET", "/x", {})

    async def _send(self, message: dict[str, Any]) -> None:
        self.started.set()
        if message["type"] == "http.response.body":
            await self.taking.wait()
        await super()._send(message)


def test_no_more_is_made_than_the_caller_takes() -> None:
    async def run() -> None:
        maker = Maker()
        caller = SlowCaller(app(answers(maker)))
        for _ in range(200):
            await asyncio.sleep(0)
        assert 1 <= maker.made <= 3
        caller.taking.set()
        for _ in range(50):
            await caller.piece()
        assert maker.made >= 50
        caller.leave()
        await asyncio.wait_for(maker.closed.wait(), 5)
        await asyncio.wait((caller.task,))

    asyncio.run(run())


def test_a_stream_that_breaks_is_not_completed(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("the disk is gone")

    async def run() -> None:
        async with asking(app(answers(broken)), "GET", "/x") as caller:
            with pytest.raises(StreamBroken):
                await asyncio.wait_for(caller.task, 5)
            assert (caller.answer.status, caller.answer.body, caller.answer.complete) == (200, b"half", False)

    asyncio.run(run())
    told = capsys.readouterr().out
    assert "RuntimeError" in told and "the disk is gone" not in told


@pytest.mark.parametrize(("error", "status"), [(NotFound("no such archive"), 404), (RuntimeError("no"), 500)])
def test_what_goes_wrong_before_the_first_piece_is_an_answer(error: Exception, status: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        if error:
            raise error
        yield b""

    assert ask(app(answers(broken)), "GET", "/x").status == status


@pytest.mark.parametrize(
    ("schema", "complete"),
    [({"maxLength": 3}, True), ({"maxLength": 2}, False), ({"minLength": 3}, True), ({"minLength": 4}, False)],
)
def test_the_length_of_a_stream_is_judged(schema: Any, complete: bool) -> None:
    async def run() -> None:
        async with asking(app(answers(three), {"type": "string", **schema}), "GET", "/x") as caller:
            await asyncio.wait((caller.task,), timeout=5)
            assert (caller.task.exception() is None) == caller.answer.complete == complete

    asyncio.run(run())


def test_a_file_that_shrinks_while_it_is_sent_is_not_completed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(1_000_000))

    async def run() -> None:
        # The caller takes nothing yet, so that no more than the first pieces have been read.
        caller = SlowCaller(app(answers(lambda: Reply(file))))
        await asyncio.wait_for(caller.started.wait(), 5)
        file.write_bytes(b"")
        caller.taking.set()
        await asyncio.wait((caller.task,), timeout=5)
        assert isinstance(caller.task.exception(), StreamBroken)
        assert not caller.answer.complete

    asyncio.run(run())


def test_a_maker_may_hold_a_timeout_between_pieces() -> None:
    async def patient() -> AsyncIterator[bytes]:
        async with asyncio.timeout(5):
            yield b"a"
            await asyncio.sleep(0)
            yield b"b"

    assert ask(app(answers(patient)), "GET", "/x").body == b"ab"


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_what_cannot_be_streamed(media_type: str) -> None:
    assert ask(app(answers(three), media_type=media_type), "GET", "/x").status == 500
