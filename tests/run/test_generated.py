"""The tests that generated services carry pass: those of the committed services, and of what ``new`` writes."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.own_tests import run_tests

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.parent for path in (ROOT / "generated").glob("*/app/main.py"))
NEW = ("orders", "people --resource Person", "line_items", "news")


def _tests_of(service: Path) -> None:
    run = run_tests(service)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert " passed" in run.stdout


def _fountaingen(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "fountaingen", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_five_services_are_there() -> None:
    assert [service.name for service in SERVICES] == [
        "central_sequence_service",
        "character_management_api",
        "core_script_management_api",
        "session_context_management_api",
        "story_factory_api",
    ]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_tests_of_a_committed_service_pass(service: Path) -> None:
    _tests_of(service)


@pytest.mark.parametrize("arguments", NEW)
def test_the_tests_of_a_new_service_pass(arguments: str, tmp_path: Path) -> None:
    _fountaingen(tmp_path, "new", *arguments.split())
    _fountaingen(tmp_path, "build")
    (service,) = (path.parent.parent for path in (tmp_path / "generated").glob("*/app/main.py"))
    _tests_of(service)
