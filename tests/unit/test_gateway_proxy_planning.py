"""The gateway of ``up`` as it is planned: its port, its configuration, where services are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fountaingen.model.problems import Rejected
from fountaingen.supervisor.callers import Callers
from fountaingen.supervisor.development import Development, Keys
from fountaingen.supervisor.gateway.planning import Front
from fountaingen.supervisor.planner import GatewayWish, Planner, Surroundings, Wish
from fountaingen.supervisor.ports import ChosenBySystem, FromContracts, Machine, PortChoice
from fountaingen.supervisor.units import ServiceView, SystemView

KONG = """\
_format_version: "3.0"
services:
- name: orders
  host: orders
  port: 8000
  routes: [{name: any, hosts: [api.test], paths: [/]}]
- name: other-one
  host: other-one
  port: 8000
  routes: [{name: all, hosts: [b.test, a.test], paths: [/]}]
"""
# Stands in for deploy/render.py: shows which credentials it was given.
RENDER = """\
import os, sys
config, output = sys.argv[2], sys.argv[4]
if os.environ.get("API_KEYS") == "bad":
    sys.exit("render.py: entry 1 of API_KEYS is bad\\nrender.py: and so is another")
names = ("API_KEYS", "GATEWAY_BASIC_USERS", "JWT_ISSUER")
known = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
with open(output, "w") as file:
    file.write(open(config).read() + "_comment: '" + " ".join(known) + "'\\n")
"""


class World:
    """Two services, one of them with an ``elsewhere``, and a machine whose busy ports are known."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "generated"
        (self.out / "deploy").mkdir(parents=True)
        (self.out / "deploy" / "render.py").write_text(RENDER, "utf-8")
        self.write(KONG)
        self.development = Development.of(folder)
        self.busy: set[int] = set()
        self._free = iter(range(40_000, 50_000))
        self.environment = {"PATH": os.environ["PATH"]}
        for name in ("orders", "other_one"):
            (self.out / name).mkdir()

    def write(self, text: str) -> None:
        (self.out / "kong.yml").write_text(text, "utf-8")

    def planner(
        self, *services: str, port: int | None = None, choice: PortChoice | None = None, key: str = "k"
    ) -> Planner:
        callers = Callers(tokens=True, passwords=True)
        views = (
            ServiceView("orders", "Orders", self.out / "orders", 8001, (), callers, "orders"),
            ServiceView("other_one", "Other", self.out / "other_one", 8002, (), Callers(), "other-one"),
        )
        wish = Wish(services, choice or FromContracts(), GatewayWish(port))
        machine = Machine(lambda each: each not in self.busy, lambda: next(self._free))
        around = Surroundings(self.development, Keys(key, True), machine, self.environment)
        return Planner(lambda: SystemView(views), wish, around, Front(self.out, wish, around))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A project whose files are there already."""
    return World(tmp_path)


def test_the_gateway_stands_in_front_of_what_runs(world: World) -> None:
    rebuilt = world.planner().plan()
    gateway = rebuilt.gateway
    assert gateway is not None
    assert [unit.name for unit in rebuilt.all] == ["orders", "other_one", "dev-gateway"]
    assert (gateway.port, gateway.url) == (8080, "http://127.0.0.1:8080")
    assert gateway.hosts == (("api.test", "orders"), ("a.test", "other_one"), ("b.test", "other_one"))
    assert gateway.resolved["orders"] == "127.0.0.1:8001"
    assert f"--resolve=orders={gateway.resolved['orders']}" in gateway.arguments


def test_services_that_run_elsewhere_or_nowhere_are_looked_for_there(world: World) -> None:
    world.environment["OTHER_ONE_URL"] = "http://elsewhere.test:9000/base"
    elsewhere = world.planner("orders").plan().gateway
    del world.environment["OTHER_ONE_URL"]
    nowhere = world.planner("orders").plan().gateway
    assert elsewhere and nowhere
    assert elsewhere.resolved["other-one"] == "elsewhere.test:9000"
    assert nowhere.resolved["other-one"] == "127.0.0.1:9"


def test_credentials_of_development_are_rendered(world: World) -> None:
    gateway = world.planner(key="the-key").plan().gateway
    assert gateway
    text = gateway.config.read_text("utf-8")
    assert "API_KEYS=the-key GATEWAY_BASIC_USERS=dev:the-key JWT_ISSUER=" in text
    assert gateway.config.parent == world.development.folder.absolute()


def _with_free_ports(world: World) -> Planner:
    return world.planner(choice=ChosenBySystem())


def _with_a_port(world: World) -> Planner:
    return world.planner(port=9090, choice=ChosenBySystem())


@pytest.mark.parametrize(("make", "port"), [(_with_free_ports, 40_002), (_with_a_port, 9090)])
def test_its_port_is_free_or_the_one_that_was_asked_for(
    world: World, make: Callable[[World], Planner], port: int
) -> None:
    gateway = make(world).plan().gateway
    assert gateway and gateway.port == port


@pytest.mark.parametrize(("busy", "port"), [(8080, None), (9090, 9090), (1, 8001)])
def test_a_port_that_is_in_use_is_refused(world: World, busy: int, port: int | None) -> None:
    world.busy.add(busy)
    with pytest.raises(Rejected) as refused:
        world.planner(port=port).plan()
    assert [problem.code for problem in refused.value.problems] == ["FG627"]
    assert f"port {port or 8080} of the gateway is in use" in refused.value.problems[0].message


def test_what_cannot_be_rendered_is_said(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        world.planner(key="bad").plan()
    assert {(problem.code, problem.message) for problem in refused.value.problems} == {
        ("FG626", "the gateway cannot be given credentials: entry 1 of API_KEYS is bad"),
        ("FG626", "the gateway cannot be given credentials: and so is another"),
    }


def test_it_is_started_anew_when_its_configuration_changed_and_keeps_its_port(world: World) -> None:
    planner = world.planner()
    first = planner.plan()
    world.busy.add(8080)
    assert planner.plan().changed == frozenset()
    world.write(KONG.replace("api.test", "shop.test"))
    again = planner.plan()
    assert first.gateway and again.gateway
    assert again.changed == {"dev-gateway"}
    assert again.gateway.port == first.gateway.port
    assert again.gateway.hosts[0] == ("shop.test", "orders")


def test_what_kong_would_refuse_is_said(world: World) -> None:
    world.write(KONG.replace("hosts: [api.test]", "hosts: ['*.*.test']"))
    with pytest.raises(Rejected) as refused:
        world.planner().plan()
    problem = refused.value.problems[0]
    assert (problem.code, str(problem.place)) == ("FG628", "kong.yml")
    assert "Kong would refuse 'services.0.routes.0.hosts.0': invalid wildcard" in problem.message
