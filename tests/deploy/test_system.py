"""The composition at work: what is open to whom, what survives what, what a second start changes."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from services import CHARACTERS, SCRIPTS, SERVICES, SESSIONS

from deploy.compose import Compose
from deploy.conftest import Deployment, Running
from deploy.containers import wait_until
from deploy.load import under_load


def label(service: str) -> str:
    """Return what a service is called in the composition."""
    return service.replace("_", "-")


@pytest.fixture(scope="module")
def containers(running: Running) -> Mapping[str, dict[str, Any]]:
    """What the engine knows of the container of each service of ours."""
    return {name: running.compose.inspect(label(name)) for name in SERVICES}


def test_a_missing_secret_is_told_before_anything_starts(deployment: Deployment) -> None:
    done = deployment.compose.attempt("--env-file", "/dev/null", "up", "--no-build", "--pull", "never", environment={})
    assert done.returncode != 0
    assert "API_KEYS" in done.stderr
    assert ".env" in done.stderr


def test_everything_is_healthy(running: Running) -> None:
    for line in running.compose("ps", "--format", "json").splitlines():
        told = json.loads(line)
        assert (told["Service"], told["State"], told["Health"]) == (told["Service"], "running", "healthy")


def test_only_the_gateway_is_published(running: Running) -> None:
    published: dict[str, set[int]] = {}
    for line in running.compose("ps", "--format", "json").splitlines():
        told = json.loads(line)
        ports = {each["PublishedPort"] for each in told["Publishers"] or () if each["PublishedPort"]}
        published |= {told["Service"]: ports} if ports else {}
    assert published == {"gateway": {80, 443}}


def test_services_share_no_network_with_the_outside(running: Running, containers: Mapping[str, dict[str, Any]]) -> None:
    """Who is in the network that the gateway is published from finds no service there by its address."""
    networks = {name: set(told["NetworkSettings"]["Networks"]) for name, told in containers.items()}
    (inner,) = set.union(*networks.values())
    edge = set(running.compose.inspect("gateway")["NetworkSettings"]["Networks"]) - {inner}
    assert edge
    addresses = [told["NetworkSettings"]["Networks"][inner]["IPAddress"] for told in containers.values()]
    base = running.deployment.images[0].base
    for network, tried, expected in ((edge.pop(), addresses, []), (inner, names := [*map(label, SERVICES)], names)):
        code = _REACHED.format(hosts=tried)
        arguments = ("run", "--rm", "--network", network, base, "python", "-c", code)
        assert json.loads(running.deployment.engine.docker(*arguments)) == expected


_REACHED = """
import json, socket
def reached(host):
    try:
        socket.create_connection((host, 8000), 2).close()
    except OSError:
        return False
    return True
print(json.dumps([host for host in {hosts!r} if reached(host)]))
"""


def test_containers_can_do_no_more_than_they_must(containers: Mapping[str, dict[str, Any]]) -> None:
    for told in containers.values():
        host = told["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["PidsLimit"] > 0
        assert {"max-size", "max-file"} <= set(host["LogConfig"]["Config"])
        assert "/data" in {mount["Destination"] for mount in told["Mounts"] if mount["Type"] == "volume"}


def test_requests_reach_a_service_by_host_and_key_alone(running: Running) -> None:
    services = running.services
    host = services.hosts[CHARACTERS]
    assert services.ask(CHARACTERS, "GET", "/characters").status_code == 200
    assert services.anonymous(host, "/characters", {}).status_code == 401
    assert services.anonymous(host, "/characters", {"X-API-KEY": "another"}).status_code == 401
    assert services.anonymous(host, "/scripts", {}).status_code == 404
    assert services.anonymous("nobody.fountain.coach", "/characters", {}).status_code == 404
    assert services.anonymous("127.0.0.1", "/characters", {}).status_code == 404


def test_a_second_up_changes_nothing(running: Running) -> None:
    before = _started(running.compose)
    running.compose.up()
    assert _started(running.compose) == before


def test_every_line_that_a_service_logs_is_json(running: Running) -> None:
    for name in SERVICES:
        lines = running.deployment.engine.output("logs", running.compose.container(label(name))).splitlines()
        assert lines
        for line in lines:
            assert {"time", "level", "message"} <= set(json.loads(line)), line


def test_all_is_there_after_down_and_up(running: Running) -> None:
    running.services.create(SCRIPTS, "/scripts", {"title": "Neap Tide"})
    running.services.create(SESSIONS, "/sessions", {"userId": 3, "context": "Before the storm."})
    before = running.services.kept()
    with running.deployment.lapses.measure("compose stop"):
        running.compose("stop")
    exits = {name: running.compose.inspect(label(name))["State"]["ExitCode"] for name in SERVICES}
    assert exits == dict.fromkeys(SERVICES, 0)
    running.compose("down")
    with running.deployment.lapses.measure("compose up after down"):
        running.compose.up()
    assert running.services.kept() == before


def test_no_acknowledged_write_is_lost_when_a_service_is_killed(running: Running) -> None:
    """The process is killed while eight people write; what was answered with 201 is there when it is back."""
    service = label(SCRIPTS)
    restarts = running.compose.inspect(service)["RestartCount"]
    acknowledged = under_load(running, [lambda: running.compose.container(service)] * 3)
    assert running.compose.inspect(service)["RestartCount"] == restarts + 3
    kept = {each["scriptId"]: each for each in running.services.get(SCRIPTS, "/scripts")}
    assert [each for each in acknowledged if kept.get(each["scriptId"]) != each] == []
    numbers = [each["sequenceNumber"] for each in kept.values()]
    assert len(set(numbers)) == len(numbers)
    running.deployment.lapses.tell(f"three kills under load: {len(acknowledged)} writes acknowledged, none lost")


def test_a_gateway_that_dies_is_there_again(running: Running) -> None:
    running.deployment.engine.signal(running.compose.container("gateway"), "KILL")
    wait_until(lambda: _is_served(running))


def _is_served(running: Running) -> bool:
    try:
        return bool(running.services.ask(CHARACTERS, "GET", "/characters").is_success)
    except httpx.TransportError:
        return False


def _started(compose: Compose) -> dict[str, tuple[str, str]]:
    """Return which containers run, and since when."""
    told = [json.loads(line) for line in compose("ps", "--format", "json").splitlines()]
    return {each["Service"]: (each["ID"], compose.inspect(each["Service"])["State"]["StartedAt"]) for each in told}
