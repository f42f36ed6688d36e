"""Ports come from contracts, from a base or from the system; one that cannot be had is named before anything starts."""

import os
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fountaingen.model.problems import Problem, Rejected
from fountaingen.supervisor.ports import (
    ChosenBySystem,
    CountingFrom,
    FromContracts,
    Machine,
    PortChoice,
    PortKeeper,
    assign,
    is_free,
    owner,
)
from fountaingen.supervisor.units import ServiceView


def view(name: str, port: int | None = None) -> ServiceView:
    return ServiceView(name, name.title(), Path("/out", name), port, ())


def machine(*busy: int) -> Machine:
    free = iter(range(50000, 50010))
    return Machine(lambda port: port not in busy, lambda: next(free), lambda port: " by 'nginx' (process 7)")


def refused(choice: PortChoice, *views: ServiceView, busy: tuple[int, ...]) -> list[Problem]:
    with pytest.raises(Rejected) as caught:
        assign(views, choice, {}, machine(*busy))
    return list(caught.value.problems)


def test_contracts_name_their_ports_and_the_others_get_the_first_free_from_8100() -> None:
    views = [view("d"), view("a", 8101), view("c"), view("b", 8001)]
    assert assign(views, FromContracts(), {}, machine(8100)) == {"a": 8101, "b": 8001, "c": 8102, "d": 8103}


def test_a_base_counts_up_in_the_order_of_names() -> None:
    views = [view("b", 8001), view("a", 8002)]
    assert assign(views, CountingFrom(9000), {}, machine()) == {"a": 9000, "b": 9001}


def test_the_system_chooses_for_everybody() -> None:
    views = [view("b", 8001), view("a")]
    assert assign(views, ChosenBySystem(), {}, machine(8001)) == {"a": 50000, "b": 50001}


@pytest.mark.parametrize("choice", [FromContracts(), ChosenBySystem()])
def test_a_running_service_keeps_its_port(choice: PortChoice) -> None:
    ports = assign([view("a"), view("b"), view("c")], choice, {"b": 8100, "gone": 8101}, machine(8100, 8101))
    assert ports["b"] == 8100
    assert len(set(ports.values()) - {8101}) == 3


def test_a_port_of_a_running_service_may_go_to_another_of_ours() -> None:
    assert assign([view("a", 8001)], FromContracts(), {"a": 8002, "b": 8001}, machine(8001, 8002)) == {"a": 8001}


def test_every_port_in_use_is_named_with_its_service_and_who_has_it() -> None:
    first, second = refused(FromContracts(), view("a", 8001), view("b", 8002), view("c"), busy=(8001, 8002))
    assert str(first.place) == "a"
    assert first.message == "port 8001 of the service 'a' is in use by 'nginx' (process 7)"
    assert second.message.startswith("port 8002 of the service 'b' is in use")


def test_two_services_cannot_have_one_port() -> None:
    (problem,) = refused(FromContracts(), view("a", 8080), view("b", 8080), busy=())
    assert (problem.code, str(problem.place)) == ("FG622", "b")
    assert "'a'" in problem.message


@pytest.mark.parametrize(("choice", "port"), [(FromContracts(), 70000), (FromContracts(), 0), (CountingFrom(65536), 1)])
def test_what_is_no_port_is_refused(choice: PortChoice, port: int) -> None:
    (problem,) = refused(choice, view("a", port), busy=())
    assert problem.code == "FG623"


def test_a_listening_server_takes_its_port_and_closing_gives_it_back() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        if sys.platform == "linux":
            assert owner(port).endswith(f"(process {os.getpid()})")
    assert is_free(port)
    assert owner(port) == ""


def test_free_ports_differ_and_a_server_can_listen_on_them() -> None:
    keeper = PortKeeper()
    ports = [keeper.any_free() for _ in range(20)]
    assert len(set(ports)) == 20
    with closing(socket.create_server(("127.0.0.1", ports[0]))) as server:
        assert server.getsockname()[1] == ports[0]
    keeper.close()
