"""Deployments with a real engine: asked for with ``--deploy``, as ``make test-deploy`` does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy import gateway_image, images, postgres_image
from deploy.compose import Compose
from deploy.engine import Engine, engine_folder, lacking
from deploy.lapse import Lapses
from deploy.project import copy
from deploy.published import Published

_LAPSES = pytest.StashKey[Lapses]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("deployment")
    group.addoption("--deploy", action="store_true", help="prove deployments with real containers, as root")
    group.addoption("--generated", type=Path, help="what to deploy, instead of generated/ of this repository")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave everything here alone unless it is asked for."""
    return None if config.getoption("--deploy", default=False) else True


def pytest_configure(config: pytest.Config) -> None:
    """Begin to note what takes how long."""
    config.stash[_LAPSES] = Lapses()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was real, what stood in for something, and what took how long."""
    if _LAPSES in config.stash and (lines := config.stash[_LAPSES].lines):
        terminalreporter.section("deployment")
        for line in lines:
            terminalreporter.write_line(line)


@dataclass(frozen=True)
class Deployment:
    """Images that stand ready, and the composition that uses them; its containers run where a test brings them up."""

    engine: Engine
    compose: Compose
    images: tuple[images.Image, ...]
    lapses: Lapses


@pytest.fixture(scope="session")
def lapses(pytestconfig: pytest.Config) -> Lapses:
    """What took how long."""
    return pytestconfig.stash[_LAPSES]


@pytest.fixture(scope="session")
def engine(lapses: Lapses) -> Iterator[Engine]:
    """An engine that is not started yet; it is installed where it is missing."""
    with lapses.measure("engine, installed where it is missing"):
        reason = lacking()
    if reason:
        pytest.skip(reason)
    with engine_folder() as folder:
        engine = Engine(folder)
        try:
            yield engine
        finally:
            engine.remove()


@pytest.fixture(scope="session")
def deployment(
    engine: Engine, lapses: Lapses, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """All images built; the engine runs, in a network that this process is in too."""
    generated = pytestconfig.getoption("--generated") or Path(__file__).parents[2] / "generated"
    scratch = tmp_path_factory.mktemp("images")
    compose = Compose(engine, copy(generated, tmp_path_factory.mktemp("deployment")))
    composition = compose.configuration()
    with engine.building():
        images.make_bases(engine, composition, scratch, lapses)
        made = images.build(engine, composition, lapses)
        gateway = composition["services"]["gateway"]["image"]
        with lapses.measure(f"{gateway}: A STAND-IN, the development gateway, as Kong's image is not to be had"):
            gateway_image.make(engine, gateway, made[0].base, scratch / "gateway")
        postgres = Compose(engine, compose.folder, "postgres").configuration()["services"]["postgres"]["image"]
        with lapses.measure(f"{postgres}: A STAND-IN, the real server from Debian's packages"):
            postgres_image.make(engine, postgres, scratch / "postgres")
    with engine.running():
        yield Deployment(engine, compose, made, lapses)


@dataclass(frozen=True)
class Running:
    """The composition brought up: the deployment it is of, and its services behind the published port."""

    deployment: Deployment
    services: Published

    @property
    def compose(self) -> Compose:
        """The composition."""
        return self.deployment.compose


@pytest.fixture(scope="session")
def running(deployment: Deployment) -> Iterator[Running]:
    """The system as ``docker compose up`` runs it, brought up on empty volumes."""
    compose = deployment.compose
    try:
        with deployment.lapses.measure("compose up, until all is healthy"):
            compose.up()
        yield Running(deployment, Published(compose.folder))
    finally:
        compose("down", "--volumes", "--remove-orphans")
