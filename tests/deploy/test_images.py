"""The images of the services: what is in them, who runs them, how they start and stop."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.conftest import Deployment
from deploy.containers import Container, wait_until
from deploy.images import Image
from deploy.project import KEY
from deploy.shell import attempt

# Compilers and what else belongs to making an image, and what package managers leave behind.
_TOOLS = ("gcc", "cc", "g++", "make", "ld", "git", "curl", "uv")
_LEFT = ("/root/.cache", "/tmp/pip-*", "/build", "/service/Dockerfile", "/service/tests", "/service/.env")
_FACTS = f"""
import glob, json, os, shutil
def writable(top):
    return [os.path.join(folder, name) for folder, folders, files in os.walk(top) for name in (*folders, *files)
            if os.access(os.path.join(folder, name), os.W_OK) and not os.path.islink(os.path.join(folder, name))]
print(json.dumps({{
    "user": [os.getuid(), os.getgid(), os.getgroups()],
    "tools": [tool for tool in {_TOOLS!r} if shutil.which(tool)],
    "left": [found for pattern in {_LEFT!r} for found in glob.glob(pattern)],
    "writable": [path for top in ("/service", "/opt", "/etc", "/usr") for path in writable(top)],
    "first": open("/proc/1/cmdline").read().split(chr(0)),
    "capabilities": [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")],
}}))
"""
_HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")
_PORT = 18800


def start(deployment: Deployment, image: Image, *arguments: str) -> Container:
    """Start a container as hardened as the composition's are, its port published."""
    name = f"alone-{image.service}"
    published = ("--publish", f"127.0.0.1:{_PORT}:8000", "--env", f"API_KEYS={KEY}")
    network = ("--network", "alone")
    if "alone" not in deployment.engine.docker("network", "ls", "--format", "{{.Name}}").split():
        deployment.engine.docker("network", "create", "alone")
    deployment.engine.docker("run", "--detach", "--name", name, *network, *_HARDENED, *published, *arguments, image.tag)
    return Container(deployment.engine, name)


def remove(container: Container) -> None:
    """Remove a container and its anonymous volumes, running or not."""
    container.engine.docker("rm", "--force", "--volumes", container.name)


@pytest.fixture(scope="module")
def sequence(deployment: Deployment) -> Image:
    """The image of the one service that needs no other."""
    return next(image for image in deployment.images if image.service == "central-sequence-service")


@pytest.fixture
def alone(deployment: Deployment, sequence: Image) -> Iterator[Container]:
    """A container of it that answers."""
    container = start(deployment, sequence)
    try:
        wait_until(_answers, container.logs)
        yield container
    finally:
        remove(container)


def call(method: str, path: str, body: Any = None) -> httpx.Response:
    """Ask the container."""
    url = f"http://127.0.0.1:{_PORT}{path}"
    return httpx.request(method, url, json=body, headers={"X-API-KEY": KEY}, trust_env=False, timeout=30)


def configuration(deployment: Deployment, image: Image) -> dict[str, Any]:
    """Return what is said in an image about how it is run."""
    (told,) = json.loads(deployment.engine.docker("image", "inspect", image.tag))
    return dict(told["Config"])


def test_dockerfiles_are_clean(deployment: Deployment) -> None:
    found = {}
    for image in deployment.images:
        checked = attempt([Path(sys.executable).parent / "hadolint", image.folder / "Dockerfile"])
        found[image.service] = checked.stdout + checked.stderr
    assert not any(found.values()), found


def test_images_say_how_they_are_run(deployment: Deployment) -> None:
    for image in deployment.images:
        told = configuration(deployment, image)
        user, _, group = told["User"].partition(":")
        assert int(user) > 0
        assert int(group) > 0
        assert told["Cmd"][0] == "uvicorn"
        assert not told["Entrypoint"]
        assert told["Healthcheck"]["Test"][0] == "CMD"
        assert "/data" in told["Volumes"]
        assert any(each.startswith("DATABASE_URL=sqlite:////data/") for each in told["Env"])
        assert not any("KEY" in each or "SECRET" in each or "PASSWORD" in each for each in told["Env"])


def test_images_tell_what_they_are_of(deployment: Deployment) -> None:
    for image in deployment.images:
        contract = yaml.safe_load((image.folder / "openapi.yaml").read_text("utf-8"))["info"]
        labels = configuration(deployment, image)["Labels"]
        assert labels["org.opencontainers.image.title"] == contract["title"]
        assert labels["org.opencontainers.image.version"] == contract["version"]
        assert labels["org.opencontainers.image.base.name"] == image.base


def test_images_hold_little_more_than_their_base(deployment: Deployment) -> None:
    def size(tag: str) -> int:
        return int(deployment.engine.docker("image", "inspect", "--format", "{{.Size}}", tag))

    for image in deployment.images:
        own = (size(image.tag) - size(image.base)) / 1e6
        deployment.lapses.tell(f"image {image.service}: {own:.0f} MB on top of {size(image.base) / 1e6:.0f} MB")
        assert own < 200


def test_services_share_the_layer_of_their_dependencies(deployment: Deployment) -> None:
    def layers(tag: str) -> list[str]:
        (told,) = json.loads(deployment.engine.docker("image", "inspect", tag))
        return list(told["RootFS"]["Layers"])

    assert len({layers(image.tag)[len(layers(image.base))] for image in deployment.images}) == 1


def test_a_container_can_do_no_more_than_it_must(alone: Container) -> None:
    facts = alone.python(_FACTS)
    user, group, groups = facts["user"]
    assert user > 0
    assert group > 0
    assert 0 not in groups
    assert facts["tools"] == facts["left"] == facts["writable"] == []
    assert int(facts["capabilities"][0], 16) == 0
    assert "app.main:app" in facts["first"]


def test_the_database_lies_in_the_volume(deployment: Deployment, sequence: Image) -> None:
    body = {"elementType": "script", "elementId": 7}
    volume = ("--volume", "alone-data:/data")
    numbers = []
    try:
        for _ in range(2):
            container = start(deployment, sequence, *volume)
            try:
                wait_until(_answers, container.logs)
                numbers.append(call("POST", "/sequence", body).json()["sequenceNumber"])
                assert call("POST", "/sequence", {**body, "elementId": len(numbers)}).status_code == 201
                assert any(name.endswith(".db") for name in container.python(_LISTED))
            finally:
                remove(container)
    finally:
        deployment.engine.docker("volume", "rm", "--force", "alone-data")
    assert numbers == [1, 1]


_LISTED = "import json, os; print(json.dumps(os.listdir('/data')))"


def test_a_container_stops_within_seconds_and_well(deployment: Deployment, alone: Container) -> None:
    seconds = alone.stop()
    state = alone.inspect()["State"]
    deployment.lapses.tell(f"a container stops in {seconds:.1f} s")
    assert state["ExitCode"] == 0, alone.logs()
    assert seconds < 10


def test_every_log_line_is_json(alone: Container) -> None:
    call("POST", "/sequence", {"elementType": "script", "elementId": 1})
    call("GET", "/nowhere")
    alone.stop()
    lines = alone.logs().splitlines()
    assert len(lines) > 2
    for line in lines:
        assert isinstance(json.loads(line), dict), line


def test_a_container_is_found_to_be_well_and_to_be_ill(deployment: Deployment, sequence: Image) -> None:
    """The health check of the image, made more often; a process that hangs is one that still holds its port."""
    since = time.monotonic()
    container = start(
        deployment, sequence, "--health-interval", "1s", "--health-timeout", "2s", "--health-retries", "2"
    )
    try:
        container.wait_health("healthy")
        deployment.lapses.tell(f"a container is healthy {time.monotonic() - since:.1f} s after docker run")
        deployment.engine.signal(container.name, "STOP")
        container.wait_health("unhealthy")
    finally:
        remove(container)


def _answers() -> bool:
    try:
        return call("GET", "/health").is_success
    except httpx.TransportError:
        return False
