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
from fountaingen.runtime.serving.house import House
from fountaingen.runtime.serving.limits import Limits


class Guest:
    """A connection that tells what was done to it."""

    def __init__(self, unsent: int = 0) -> None:
        self.unsent = unsent
        self.told: list[str] = []

    def hurry(self) -> None:
        """Note it."""
        self.told.append("hurry")

    def part(self) -> None:
        """Note it."""
        self.told.append("part")

    def cut(self) -> None:
        """Note it."""
        self.told.append("cut")


def house(**limits: Any) -> House:
    """Return a house; idle connections are kept for 5 seconds."""
    return House(Limits(**limits), 5, Clock(1), lambda _status, _reason: b"")


class TestRoom:
    def test_the_longest_idle_goes_first_then_the_longest_silent(self) -> None:
        found = house(connections=4)
        silent, idle, longer = Guest(), Guest(), Guest()
        found.opening[silent] = 0
        found.idle[longer] = 0
        found.idle[idle] = 0
        newcomers = [Guest() for _ in range(3)]
        assert all(found.admit(each, 5) for each in newcomers)
        assert (longer.told, idle.told, silent.told) == (["cut"],) * 3
        assert not any(each.told for each in newcomers)

    def test_who_sends_a_body_goes_last(self) -> None:
        found = house(connections=4)
        sending, silent = Guest(), Guest()
        found.sending[sending] = found.opening[silent] = 0
        assert all(found.admit(Guest(), 5) for _ in range(1))
        assert (silent.told, sending.told) == (["cut"], [])
        found.opening.clear()
        assert found.admit(Guest(), 5)
        assert sending.told == ["cut"]

    def test_whose_request_is_under_way_stays_and_the_newcomer_goes(self) -> None:
        found = house(connections=4)
        assert not found.admit(Guest(), 5)
        assert not found.opening

    def test_files_bound_it_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        resource = pytest.importorskip("resource")
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 4096))
        assert house().most == 1024 - 128
        assert house(connections=10).most == 10
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (16, 16))
        assert house().most == 8
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY,) * 2)
        assert house().most == Limits.connections


class TestTime:
    def test_each_place_has_its_own(self) -> None:
        found = house(heading=10.0)
        opening, idle, leaving = Guest(), Guest(), Guest()
        found.opening[opening] = found.idle[idle] = found.leaving[leaving] = 0.0
        found.clock.advance(4)
        assert not opening.told + idle.told + leaving.told
        found.clock.advance(1)
        assert (opening.told, idle.told, leaving.told) == ([], ["part"], [])
        found.clock.advance(5)
        assert (opening.told, leaving.told) == (["hurry"], ["cut"])

    def test_it_can_be_endless(self) -> None:
        found = house(heading=0.0, sending=0.0)
        guest, stalled = Guest(), Guest(10**6)
        found.opening[guest] = 0.0
        found.stall(stalled)
        found.clock.advance(1e9)
        assert not guest.told + stalled.told

    def test_who_is_closed_is_forgotten(self) -> None:
        found = house()
        guest = Guest(10**6)
        assert found.admit(guest, 1)
        found.stall(guest)
        found.forget(guest)
        found.clock.advance(1000)
        assert not guest.told


class TestReaders:
    def test_who_takes_nothing_is_cut_and_who_takes_enough_is_not(self) -> None:
        found = house(sending=10.0, rate=1000)
        still, slow, steady, done = (Guest(10**6) for _ in range(4))
        for guest in (still, slow, steady, done):
            found.stall(guest)
        found.resume(done)
        for _ in range(3):
            slow.unsent -= 9_000
            steady.unsent -= 10_000
            found.clock.advance(10)
        assert (still.told, slow.told, steady.told, done.told) == (["cut"], ["cut"], [], [])

    def test_all_together_hold_so_much_and_no_more(self, caplog: pytest.LogCaptureFixture) -> None:
        found = house(unsent=250)
        guests = [Guest(100) for _ in range(4)]
        for guest in guests:
            found.stall(guest)
        found.clock.advance(1)
        assert [guest.told for guest in guests] == [["cut"], ["cut"], [], []]
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
