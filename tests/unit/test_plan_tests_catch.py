"""The tests that a service carries pass as it is generated, and fail where it does not do what its contract says."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from support.own_tests import run_tests

from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover
from fountaingen.starter.contract import new_spec


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A service of zoos, as it is generated."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "specs").mkdir()
    (folder / "specs" / "zoo.yaml").write_text(new_spec("zoo", "Zoo", 8001), encoding="utf-8")
    project = Project(folder, Settings())
    return dict(compile_project(project, discover(project, ())).tree.files)


def _run(files: dict[str, bytes], folder: Path) -> subprocess.CompletedProcess[str]:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return run_tests(folder / "zoo", "-x")


def test_they_pass_as_generated(files: dict[str, bytes], tmp_path: Path) -> None:
    run = _run(files, tmp_path)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]


class Fault(NamedTuple):
    """Something wrong with a service: the text that is replaced in a file of ``app/``, and what fails then."""

    path: str
    right: str
    wrong: str
    caught: str


_READ = "return await call.read(operations.get_zoo, zoo_id)"
FAULTS = (
    Fault("operations.py", "ZOOS.delete(unit", "ZOOS.require(unit", "then_read_list_update_delete"),
    Fault("operations.py", "Page(limit=limit, offset=offset)", "Page(limit=limit)", "list_zoos_in_pages"),
    Fault("operations.py", 'fields=("name", "description"), answer', 'fields=("name",), answer', "then_read"),
    Fault("contract/operations.json", '"apiKeyAuth": []', '"nobody": []', "test_"),
    Fault("contract/schemas.json", '"required": [\n        "name"\n      ],', "", "without_name"),
    Fault("contract/openapi.json", '"title": "Zoo', '"title": "Circus', "served_as_yaml"),
    Fault("api/endpoints.py", _READ, "return {}", "then_read"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.wrong or "nothing required")
def test_they_fail_where_the_service_is_wrong(files: dict[str, bytes], tmp_path: Path, fault: Fault) -> None:
    name = f"zoo/app/{fault.path}"
    source = files[name].decode()
    assert fault.right in source, f"{name} does not hold {fault.right!r}"
    run = _run({**files, name: source.replace(fault.right, fault.wrong).encode()}, tmp_path)
    assert run.returncode == 1, run.stdout[-3000:]
    assert fault.caught in run.stdout, run.stdout[-3000:]
