"""A service with every security scheme passes the tests that it carries, and fails them where it lets people in."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from support.compiling import compiled
from support.own_tests import run_tests

_CASE = Path(__file__).parent.parent / "golden" / "security"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The service, as it is generated."""
    return dict(compiled(_CASE).tree.files)


def _run(files: dict[str, bytes], folder: Path) -> subprocess.CompletedProcess[str]:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return run_tests(folder / "vault")


@pytest.mark.supports("security/http/basic")
@pytest.mark.supports("security/http/bearer")
@pytest.mark.supports("security/oauth2")
@pytest.mark.supports("security/openIdConnect")
@pytest.mark.supports("security/mutualTLS")
def test_it_passes_as_generated(files: dict[str, bytes], tmp_path: Path) -> None:
    run = _run(files, tmp_path)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]


class Hole(NamedTuple):
    """A way in: what is replaced in a file of ``app/``, and the test that finds it."""

    path: str
    right: str
    wrong: str
    found_by: str


_CREDENTIALS = "runtime/credentials"
_HOLES = (
    Hole("runtime/security.py", "if insufficient is not None:", "if False:", "test_list_boxes_needs_a_scope"),
    Hole(
        f"{_CREDENTIALS}/tokens.py",
        '"require": [',
        '"verify_exp": False, "require": [',
        "test_list_boxes_needs_a_token",
    ),
    Hole(
        f"{_CREDENTIALS}/gateway.py",
        "if not hmac.compare_digest(verified.strip(), ",
        "if not (",
        "test_patch_box_needs_a_key",
    ),
    Hole("contract/operations.json", '"basicAuth": []', "", "test_replace_box_needs_credentials"),
)
_FORGERIES = (
    Hole(
        f"{_CREDENTIALS}/tokens.py",
        '"require": [',
        '"verify_signature": False, "require": [',
        "test_list_boxes_needs_a_token",
    ),
)


@pytest.mark.parametrize("holes", [_HOLES, _FORGERIES], ids=["holes", "forgeries"])
def test_it_fails_where_it_lets_people_in(files: dict[str, bytes], tmp_path: Path, holes: tuple[Hole, ...]) -> None:
    changed = dict(files)
    for hole in holes:
        name = f"vault/app/{hole.path}"
        source = changed[name].decode()
        assert hole.right in source, f"{name} does not hold {hole.right!r}"
        changed[name] = source.replace(hole.right, hole.wrong).encode()
    run = _run(changed, tmp_path)
    assert run.returncode == 1, run.stdout[-3000:]
    for hole in holes:
        assert f"FAILED tests/test_operations.py::{hole.found_by} " in run.stdout, run.stdout[-3000:]
