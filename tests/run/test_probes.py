"""Every operation that keeps people out is probed by the tests that a service carries: without its guard they fail."""

import ast
import re
from pathlib import Path

import pytest
from support.compiling import compiled
from support.own_tests import run_tests

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromTemplate
from fountaingen.model.service import Service
from fountaingen.model.settings import Settings
from fountaingen.pipeline import understand
from fountaingen.project import Project, discover
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests import plan_tests

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests" / "golden"
_GUARDED = "self._guard = means.guards.get(operation.id)"


def failed(files: dict[str, bytes], folder: Path, service: str) -> set[str]:
    """Run the tests of a service about who gets in; return the names of those that fail."""
    for path, content in files.items():
        if path.startswith(f"{service}/"):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    chosen = "needs_a_key or needs_a_token or needs_credentials or needs_a_scope or wrong_credentials or each_way"
    run = run_tests(folder / service, "--tb=no", "-k", chosen)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return set(re.findall(r"^FAILED tests/\w+\.py::(\w+)", run.stdout, re.MULTILINE))


def without(files: dict[str, bytes], path: str, right: str, wrong: str) -> dict[str, bytes]:
    """Return ``files`` with a hole in one of them."""
    (name,) = (each for each in files if each.endswith(f"/app/runtime/{path}"))
    source = files[name].decode()
    assert right in source, f"{name} does not hold {right!r}"
    return {**files, name: source.replace(right, wrong).encode()}


@pytest.fixture(scope="module")
def vault() -> dict[str, bytes]:
    """A service with every kind of scheme."""
    return dict(compiled(GOLDEN / "security").tree.files)


def test_every_operation_without_its_guard_is_found(vault: dict[str, bytes], tmp_path: Path) -> None:
    found = failed(without(vault, "serving/handler.py", _GUARDED, "self._guard = None"), tmp_path, "vault")
    assert {
        "test_list_boxes_needs_a_token",
        "test_list_boxes_needs_a_scope",
        "test_create_box_needs_a_key",
        "test_create_box_needs_a_scope",
        "test_get_box_takes_no_wrong_credentials",
        "test_replace_box_needs_credentials",
        "test_patch_box_needs_a_key",
        "test_delete_box_needs_credentials",
    } <= found


def test_every_hole_in_a_guard_is_found(vault: dict[str, bytes], tmp_path: Path) -> None:
    changed = vault
    for right, wrong in (
        # One scheme of two is enough; a token reaches as far as it likes; the second alternative is forgotten.
        ("if len(met) < len(alternative):", "if not met:"),
        ("if not identity.scopes.issuperset(scopes):", "if False:"),
        ("if alternative\n        )", "if alternative\n        )[:1]"),
    ):
        changed = without(changed, "security.py", right, wrong)
    assert {
        "test_create_box_needs_a_key",
        "test_create_box_needs_a_scope",
        "test_list_boxes_needs_a_scope",
        "test_patch_box_is_open_each_way",
    } <= failed(changed, tmp_path, "vault")


def _probed(service: Service) -> set[tuple[str, str]]:
    """Return the operations that the tests of a service ask as strangers, each with the stranger."""
    files = plan_tests(service, HookSet(service.name), (), contract_data(service))
    tests = [test for file in files if isinstance(file, FromTemplate) for test in file.view.get("tests", ())]
    lines = [str(line) for test in tests for line in test["lines"]]
    return {
        (ast.literal_eval(found[1]), found[2])
        for line in lines
        if (found := re.match(r"service\.\w+\((.*?), 401, .*caller=Caller\.(\w+)", line))
    }


def test_every_operation_that_keeps_people_out_is_probed() -> None:
    count = 0
    for folder in (REPOSITORY, *sorted(path.parent for path in GOLDEN.glob("*/specs"))):
        project = Project(folder, Settings())
        for service in understand(project, discover(project, ())).services:
            asked = _probed(service)
            for operation in service.operations:
                if operation.security and {} not in operation.security:
                    assert {
                        (operation.operation_id, each) for each in ("NOBODY", "UNKNOWN")
                    } <= asked, operation.pointer
                    count += 1
    assert count > 20
