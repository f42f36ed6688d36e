"""Services are pinned to the very versions that the tests of fountaingen run with."""

import re
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_REQUIREMENTS = sorted((_REPOSITORY / "templates").rglob("*requirements*.txt.jinja"))


def _pins(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in _PIN.findall(text)}


@pytest.mark.parametrize("template", _REQUIREMENTS, ids=lambda path: path.parent.name)
def test_a_service_gets_the_versions_of_the_lock(template: Path) -> None:
    locked = _pins((_REPOSITORY / "requirements.lock").read_text("utf-8"))
    wanted = _pins(template.read_text("utf-8"))
    assert wanted
    assert wanted == {name: locked.get(name) for name in wanted}


@pytest.mark.parametrize("template", _REQUIREMENTS, ids=lambda path: path.parent.name)
def test_a_service_gets_nothing_without_a_version(template: Path) -> None:
    lines = [line for line in template.read_text("utf-8").splitlines() if line and line[0] not in "#{"]
    unpinned = [line for line in lines if not _PIN.match(line) and not line.startswith("-r ")]
    assert not unpinned


def test_there_are_requirements_to_compare() -> None:
    assert _REPOSITORY / "templates/service/requirements.txt.jinja" in _REQUIREMENTS
