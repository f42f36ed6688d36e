"""The scripts of the system, run against its real containers."""

from collections.abc import Iterator

import pytest
from services import CHARACTERS, SCRIPTS

from deploy.conftest import Running
from deploy.scripts import Scripts

_SERVICE = "core-script-management-api"
_SCRIPT = {"title": "Spring Flood"}


@pytest.fixture(scope="module")
def scripts(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripts]:
    """The scripts of a system that runs, and runs again afterwards, whatever they did."""
    yield Scripts(running, tmp_path_factory.mktemp("backups"))
    running.compose.up()


def test_deploying_what_is_deployed_changes_nothing(scripts: Scripts) -> None:
    before = scripts.started()
    said = scripts("deploy.sh", "--no-build")
    assert f"https://{scripts.running.services.hosts[CHARACTERS]}" in said
    assert scripts.started() == before


def test_a_backup_brings_back_what_there_was(scripts: Scripts) -> None:
    scripts.services.create(SCRIPTS, "/scripts", _SCRIPT)
    before = scripts.services.kept()
    backup = scripts.backup(_SERVICE)
    lost = scripts.services.create(SCRIPTS, "/scripts", {"title": "Written after the backup"})
    with scripts.running.deployment.lapses.measure("restore.sh of one service"):
        scripts("restore.sh", "--yes", _SERVICE, backup)
    after = scripts.services.kept()
    assert after == before
    assert lost["scriptId"] not in {each["scriptId"] for each in after["/scripts"]}


def test_a_damaged_backup_is_refused_while_the_service_runs(scripts: Scripts) -> None:
    backup = scripts.backup(_SERVICE)
    damaged = backup.with_name("damaged.db")
    content = bytearray(backup.read_bytes())
    content[4096 : 4096 + 2048] = b"\xff" * 2048
    damaged.write_bytes(content)
    before, running = scripts.services.kept(), scripts.started()
    assert scripts.attempt("restore.sh", "--yes", _SERVICE, damaged).returncode != 0
    assert scripts.started() == running
    assert scripts.services.kept() == before


def test_what_is_torn_down_comes_back_with_its_data(scripts: Scripts) -> None:
    before = scripts.services.kept()
    with scripts.running.deployment.lapses.measure("teardown.sh"):
        scripts("teardown.sh", "--yes")
    assert scripts.running.deployment.engine.docker("ps", "--all", "--quiet") == ""
    scripts("teardown.sh", "--yes")
    with scripts.running.deployment.lapses.measure("deploy.sh"):
        scripts("deploy.sh", "--no-build")
    assert scripts.services.kept() == before
