"""The wheel holds all that fountaingen needs, and works where there is no checkout."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from fleet import Up
from services import KEY

_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=_REPOSITORY, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for ``sys.path`` with nothing in it but the wheel, which is pure Python."""
    folder = tmp_path_factory.mktemp("site")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_every_template(wheel: Path) -> None:
    expected = {*_below("fountaingen"), *(f"fountaingen/{path}" for path in _below("templates"))}
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected


def test_the_wheel_says_that_it_is_typed_and_licensed(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "fountaingen/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_a_service_is_made_and_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    project = tmp_path / "a project"
    project.mkdir()
    assert _run(installed, project, "-c", "import fountaingen; print(fountaingen.__file__)").startswith(str(installed))
    _run(installed, project, "-m", "fountaingen", "new", "orders")
    _run(installed, project, "-m", "fountaingen", "build")
    up = Up(project, ("--free-ports",), {"PYTHONPATH": str(installed)})
    up.start()
    try:
        answer = httpx.post(
            up.urls["orders"] + "/orders", json={"name": "Tea"}, headers={"X-API-KEY": KEY}, trust_env=False
        )
        assert (answer.status_code, answer.json()["name"]) == (201, "Tea")
    finally:
        code = up.stop()
    assert code == 0


def _run(installed: Path, project: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, *arguments]
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def _below(folder: str) -> set[str]:
    root = _REPOSITORY / folder
    files = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(_REPOSITORY).as_posix() for path in files}
