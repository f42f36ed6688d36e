"""Who of many connections has to go, and when."""

from typing import Any

import pytest
from answering import answering, document, service
from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fountaingen.runtime.serving.clock import Clock
from fountaingen.runtime.serving.connection import Connection
from fountaingen.runtime.serving.connection_table import ConnectionTable
from fountaingen.runtime.serving.limits import Limits


class Watched:
    """A connection that tells what was done to it."""

    def __init__(self, unsent: int = 0) -> None:
        self.unsent = unsent
        self.told: list[str] = []

    def time_out(self) -> None:
        """Note it."""
        self.told.append("time_out")

    def close_when_taken(self) -> None:
        """Note it."""
        self.told.append("close_when_taken")

    def cut(self) -> None:
        """Note it."""
        self.told.append("cut")


def table(**limits: Any) -> ConnectionTable:
    """Return a table; idle connections are kept for 5 seconds."""
    return ConnectionTable(Limits(**limits), 5, Clock(1), lambda _status, _reason: b"")


class TestRoom:
    def test_the_longest_idle_goes_first_then_the_longest_silent(self) -> None:
        found = table(connections=4)
        silent, idle, longer = Watched(), Watched(), Watched()
        found.opening[silent] = 0
        found.idle[longer] = 0
        found.idle[idle] = 0
        newcomers = [Watched() for _ in range(3)]
        assert all(found.admit(each, 5) for each in newcomers)
        assert (longer.told, idle.told, silent.told) == (["cut"],) * 3
        assert not any(each.told for each in newcomers)

    def test_who_sends_a_body_goes_last(self) -> None:
        found = table(connections=4)
        sending, silent = Watched(), Watched()
        found.sending[sending] = found.opening[silent] = 0
        assert all(found.admit(Watched(), 5) for _ in range(1))
        assert (silent.told, sending.told) == (["cut"], [])
        found.opening.clear()
        assert found.admit(Watched(), 5)
        assert sending.told == ["cut"]

    def test_whose_request_is_under_way_stays_and_the_newcomer_goes(self) -> None:
        found = table(connections=4)
        assert not found.admit(Watched(), 5)
        assert not found.opening

    def test_files_bound_it_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        resource = pytest.importorskip("resource")
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 4096))
        assert table().most == 1024 - 128
        assert table(connections=10).most == 10
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (16, 16))
        assert table().most == 8
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY,) * 2)
        assert table().most == Limits.connections


class TestTime:
    def test_each_place_has_its_own(self) -> None:
        found = table(heading=10.0)
        opening, idle, leaving = Watched(), Watched(), Watched()
        found.opening[opening] = found.idle[idle] = found.leaving[leaving] = 0.0
        found.clock.advance(4)
        assert not opening.told + idle.told + leaving.told
        found.clock.advance(1)
        assert (opening.told, idle.told, leaving.told) == ([], ["close_when_taken"], [])
        found.clock.advance(5)
        assert (opening.told, leaving.told) == (["time_out"], ["cut"])

    def test_it_can_be_endless(self) -> None:
        found = table(heading=0.0, sending=0.0)
        connection, stalled = Watched(), Watched(10**6)
        found.opening[connection] = 0.0
        found.stall(stalled)
        found.clock.advance(1e9)
        assert not connection.told + stalled.told

    def test_who_is_closed_is_forgotten(self) -> None:
        found = table()
        connection = Watched(10**6)
        assert found.admit(connection, 1)
        found.stall(connection)
        found.forget(connection)
        found.clock.advance(1000)
        assert not connection.told


class TestReaders:
    def test_who_takes_nothing_is_cut_and_who_takes_enough_is_not(self) -> None:
        found = table(sending=10.0, rate=1000)
        still, slow, steady, done = (Watched(10**6) for _ in range(4))
        for connection in (still, slow, steady, done):
            found.stall(connection)
        found.resume(done)
        for _ in range(3):
            slow.unsent -= 9_000
            steady.unsent -= 10_000
            found.clock.advance(10)
        assert (still.told, slow.told, steady.told, done.told) == (["cut"], ["cut"], [], [])

    def test_all_together_hold_so_much_and_no_more(self, caplog: pytest.LogCaptureFixture) -> None:
        found = table(unsent=250)
        connections = [Watched(100) for _ in range(4)]
        for connection in connections:
            found.stall(connection)
        found.clock.advance(1)
        assert [connection.told for connection in connections] == [["cut"], ["cut"], [], []]
        assert [each.getMessage() for each in caplog.records] == ["connections were ended: 2 for an answer not taken"]


class TestAdoption:
    """What uvicorn makes of its connections, once it has told a service of its lifespan."""

    @staticmethod
    def adopted(http: Any) -> Any:
        """Return the class of the connections that the server will make."""
        app = service(document({"/x": {"get": answering()}}), {})
        config = Config(app, http=http, log_config=None)
        config.load()
        receive: Any = LifespanOn(config).receive
        app._adopt(receive)
        return config.http_protocol_class

    @pytest.mark.parametrize("http", ["auto", "httptools", HttpToolsProtocol])
    def test_they_are_bounded(self, http: Any) -> None:
        assert issubclass(self.adopted(http), Connection)

    def test_or_the_log_says_that_they_are_not(self, caplog: pytest.LogCaptureFixture) -> None:
        assert self.adopted("h11") is H11Protocol
        assert "connections are not bounded" in caplog.text

    def test_another_server_is_left_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        app = service(document({"/x": {"get": answering()}}), {})

        async def receive() -> dict[str, Any]:
            return {}

        app._adopt(receive)
        assert not caplog.records
