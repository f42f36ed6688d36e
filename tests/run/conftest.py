"""The project that ``fountaingen up`` runs in these tests: a copy of the five contracts and their hooks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import Fleet, together
from kill_services import build
from scene import Scene, play

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contracts and hooks of the five services and nothing else."""
    folder = tmp_path_factory.mktemp("fountain")
    for name in ("specs", "hooks"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "fountaingen.toml").touch()
    return folder


@pytest.fixture(scope="session")
def fleet(project: Path) -> Iterator[Fleet]:
    """The five services, run by ``fountaingen up --free-ports``. A test leaves them running, as it found them."""
    fleet = Fleet(project, together(project))
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.close()


@pytest.fixture(scope="session")
def scene(fleet: Fleet) -> Scene:
    """What was written on empty databases, once, before any test."""
    return play(fleet)


@pytest.fixture(scope="session")
def killable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the ledger and the sequence service, which tests start, kill and start again."""
    return build(tmp_path_factory.mktemp("killable") / "project")
