"""The scripts as they are written: what their linter says of them, and that no text of a contract is obeyed."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from building import THING, crud, operation, service
from hypothesis import example, given
from hypothesis import strategies as st
from support.systems import GOLDEN, REPOSITORY, system_of

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment, Dns, Tls
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import Plan, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.primitives.shell import quoted
from fountaingen.primitives.visible import shown
from fountaingen.stages.plan.system import scripts
from fountaingen.stages.render import render

_SHELLCHECK = Path(sys.executable).with_name("shellcheck")
_ACME = Tls("acme", acme_email="team@shop.com", acme_accept_terms=True)
_DNS = Dns(addresses=("198.51.100.7",), zones={"shop.com": "Z0123456789ABC", "fountain.coach": ""})
_DEPLOYMENTS = {"plain": Deployment(), "leading": Deployment(dns=_DNS, tls=_ACME)}
_CASES = [(root, name) for root in (REPOSITORY, GOLDEN / "nasty") for name in _DEPLOYMENTS]


def planned(system: System) -> tuple[PlannedFile, ...]:
    """Return the scripts that are planned."""
    return tuple(each for each in scripts.plan(system) if not isinstance(each, Problem))


def written(system: System, folder: Path) -> list[Path]:
    """Write the scripts of a system and return those that a shell runs."""
    paths = []
    for path, content in render(Plan(planned(system)), [own_templates()]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        paths.append(folder / path)
    return [each for each in paths if each.suffix == ".sh"]


def system(deployment: Deployment, *services: Service) -> System:
    """Return a system of services."""
    return System(services, {each.name: HookSet(each.name) for each in services}, deployment)


@pytest.mark.parametrize(("root", "name"), _CASES, ids=lambda value: getattr(value, "name", value))
def test_shellcheck_finds_nothing(root: Path, name: str, tmp_path: Path) -> None:
    if not _SHELLCHECK.exists():
        pytest.skip("shellcheck is not installed beside Python")
    found = written(system_of(root, _DEPLOYMENTS[name]), tmp_path)
    done = subprocess.run([_SHELLCHECK, *found], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def names(system: System) -> set[str]:
    """Return the names of the scripts that are planned."""
    return {each.path.removeprefix("scripts/") for each in planned(system)}


def test_scripts_are_written_for_what_there_is() -> None:
    storing, asking = service(crud("/things", THING)), service({"/ask": {"get": operation()}})
    host = [{"url": "https://api.shop.com"}]
    assert names(system(Deployment())) == set()
    assert names(system(Deployment(), asking)) == {"deploy.sh", "teardown.sh"}
    assert names(system(Deployment(), storing)) >= {"backup.sh", "restore.sh", "database.py"}
    leading = service(crud("/things", THING), servers=host)
    assert names(system(_DEPLOYMENTS["leading"], leading)) >= {"configure-dns.sh", "records.py"}
    assert "configure-dns.sh" not in names(system(Deployment(), leading))


def test_certificates_are_asked_for_where_they_are_mounted(tmp_path: Path) -> None:
    for name, expected in (("plain", True), ("leading", False)):
        written(system(_DEPLOYMENTS[name], service(crud("/things", THING))), tmp_path)
        assert ("need_certificates" in (tmp_path / "scripts/deploy.sh").read_text("utf-8")) is expected


@example("'; rm -rf / #")
@example("$(reboot) `reboot` \\' \"\n'")
@given(st.text(max_size=100))
def test_a_quoted_text_is_one_word_that_a_shell_does_not_obey(text: str) -> None:
    assert shlex.split(quoted(text)) == [shown(text)]


def test_texts_of_contracts_are_not_in_scripts(tmp_path: Path) -> None:
    text = "'; touch /tmp/owned; '"
    made = service(crud("/things", THING), info={"title": text, "version": text, "description": text})
    for path in written(system(_DEPLOYMENTS["leading"], made), tmp_path):
        assert "owned" not in path.read_text("utf-8")
