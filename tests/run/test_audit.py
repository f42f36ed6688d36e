"""No dependency of fountaingen or of what it generates has a known hole: pip-audit, with the advisories kept here."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from support.audit import advisories, database

_REPOSITORY = Path(__file__).parents[2]
_SERVICE = _REPOSITORY / "templates/service"
_LOCKS = (_REPOSITORY / "requirements.lock", _SERVICE / "requirements.lock", _SERVICE / "tests/requirements.lock")
_EACH = pytest.mark.parametrize("lock", _LOCKS, ids=lambda path: path.relative_to(_REPOSITORY).as_posix())
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)


def _pins(lock: Path) -> list[tuple[str, Version]]:
    found = _PIN.findall(lock.read_text(encoding="ascii"))
    return [(canonicalize_name(name), Version(version)) for name, version in found]


def _audited(locks: Iterable[Path], folder: Path, url: str) -> tuple[int, list[dict[str, Any]]]:
    """Run pip-audit over files of requirements; return its exit code and what it says of each package."""
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    source = ["--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", str(folder)]
    source += [f"--requirement={lock}" for lock in locks]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [sys.executable, "-m", "pip_audit", *options, *source]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert run.stdout, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    return run.returncode, found


def test_pip_audit_finds_nothing(tmp_path: Path) -> None:
    with database() as running:
        code, found = _audited(_LOCKS, tmp_path, running.url)
    assert [each for each in found if each.get("vulns") or "skip_reason" in each] == []
    assert code == 0
    audited = {(each["name"], Version(each["version"])) for each in found}
    assert {(name, Version(version)) for name, version in running.asked} == audited
    # What is for other systems than this one, such as pywin32, pip-audit leaves out.
    pinned = {pin for lock in _LOCKS for pin in _pins(lock)}
    assert audited <= pinned
    assert len(audited) > 0.9 * len(pinned)


def test_pip_audit_finds_an_old_version_that_was_planted(tmp_path: Path) -> None:
    planted = tmp_path / "requirements.lock"
    text = _LOCKS[1].read_text(encoding="ascii")
    planted.write_text(re.sub(r"(?m)^starlette==\S+", "starlette==1.3.0", text), encoding="ascii")
    assert planted.read_text(encoding="ascii") != text
    with database() as running:
        code, found = _audited([planted], tmp_path / "cache", running.url)
    assert code == 1
    vulnerable = {each["name"]: each["vulns"] for each in found if each["vulns"]}
    assert [({hole["id"], *hole["aliases"]}, hole["fix_versions"]) for hole in vulnerable.pop("starlette")] == [
        ({"GHSA-82w8-qh3p-5jfq", "CVE-2026-54283"}, ["1.3.1"])
    ]
    assert not vulnerable


@_EACH
def test_no_version_that_is_pinned_for_any_system_has_a_known_hole(lock: Path) -> None:
    known = advisories()
    assert [
        (name, str(version), each.ids)
        for name, version in _pins(lock)
        for each in known
        if each.concerns(name, version)
    ] == []


def test_what_is_known_is_about_packages_that_are_pinned() -> None:
    known = advisories()
    assert {each.package for each in known} <= {name for name, _ in _pins(_LOCKS[0])}
    for each in known:
        assert each.since < each.fixed
        assert each.ids
        assert all(re.fullmatch(r"(?:GHSA(?:-[0-9a-z]{4}){3}|(?:CVE|PYSEC)-\d{4}-\d+)", name) for name in each.ids)


def _least(requirements: Iterable[str]) -> Mapping[str, Version]:
    """Return the least version that each requirement allows, 0 where it does not say."""
    found: dict[str, Version] = {}
    for requirement in map(Requirement, requirements):
        bounds = [Version(each.version) for each in requirement.specifier if each.operator == ">="]
        name = canonicalize_name(requirement.name)
        found[name] = max([*bounds, found.get(name, Version("0"))])
    return found


def _asked() -> list[str]:
    project = tomllib.loads((_REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(each for extra in extras for each in extra)]


def _asked_in(lock: Path) -> list[str]:
    lines = (lock.parent / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_least_versions_close_every_known_hole() -> None:
    """Also for whoever installs fountaingen without the lock, or pins a service anew."""
    for least in (_least(_asked()), _least(_asked_in(_LOCKS[1])), _least(_asked_in(_LOCKS[2]))):
        open_holes = [each.ids for each in advisories() if least.get(each.package, each.fixed) < each.fixed]
        assert open_holes == []


@pytest.mark.parametrize("lock", _LOCKS[1:], ids=["service", "tests"])
def test_services_ask_for_least_versions_of_what_others_bring_along_too(lock: Path) -> None:
    least = _least(_asked_in(lock))
    assert {name for name, _ in _pins(lock)} & {each.package for each in advisories()} <= set(least)


@pytest.mark.parametrize(
    ("name", "version"), [("starlette", "1.3.1"), ("python-multipart", "0.0.31"), ("black", "26.3.1")]
)
def test_versions_that_are_promised_are_asked_for(name: str, version: str) -> None:
    for least in (_least(_asked()), _least(_asked_in(_LOCKS[1]))):
        assert least.get(name, Version("999")) >= Version(version)
    assert _least(_asked())[name] >= Version(version)


@_EACH
def test_what_is_pinned_is_not_older_than_what_is_asked_for(lock: Path) -> None:
    least = {**_least(_asked()), **(_least(_asked_in(lock)) if lock in _LOCKS[1:] else {})}
    assert [(name, str(version)) for name, version in _pins(lock) if version < least.get(name, Version("0"))] == []
