"""The composition of containers: which variables a contract calls for, and what becomes of odd systems."""

import re
from dataclasses import replace
from typing import Any

import pytest
from building import NUMBER, TEXT, crud, operation, record, service

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment, Tls
from fountaingen.model.hookset import Hook, HookSet
from fountaingen.model.image import Image
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Place, Problem
from fountaingen.model.service import Service
from fountaingen.model.settings_tables import read_table
from fountaingen.model.system import System
from fountaingen.stages.plan.system import compose, readme
from fountaingen.stages.render import render

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
BASIC = {"type": "http", "scheme": "basic"}
BEARER = {"type": "http", "scheme": "bearer"}
DISCOVERED = {"type": "openIdConnect", "openIdConnectUrl": "https://issuer.test/configuration"}


def _made(**declared: Any) -> Service:
    schemes = {"security": [{name: []} for name in declared], "components": {"securitySchemes": declared}}
    return service({"/a": {"get": operation(NUMBER)}}, **schemes)


def _system(*services: Service, hooks: HookSet | None = None, image: Image | None = None) -> System:
    own = {each.name: hooks or HookSet(each.name) for each in services}
    return System(services, own, Deployment(image=image or Image()))


def _environment(system: System) -> Any:
    return compose.project(system)["services"]["test"]["environment"]


@pytest.mark.parametrize(
    "kind, names", [(KEY, ["API_KEYS"]), (BASIC, ["BASIC_USERS"]), (BEARER, ["JWT_ISSUER", "JWT_AUDIENCE"])]
)
def test_what_a_contract_calls_for_must_be_set(kind: Any, names: list[str]) -> None:
    demanded = [name for name, value in _environment(_system(_made(a=kind))).items() if value and ":?" in value]
    assert demanded == names


def test_a_contract_without_credentials_demands_nothing() -> None:
    assert not any(value and ":?" in value for value in _environment(_system(_made())).values())
    assert "x-required" not in compose.project(_system(_made()))


def test_the_business_of_a_hook_is_not_demanded() -> None:
    hook = Hook("authenticate", ("credentials",), True, Place("hooks/test.py"))
    environment = _environment(_system(_made(a=BEARER), hooks=HookSet("test", {"authenticate": hook})))
    assert not [name for name in environment if name.startswith("JWT_")]


def test_an_issuer_that_is_discovered_need_not_be_set() -> None:
    project = compose.project(_system(_made(a=DISCOVERED)))
    assert project["services"]["test"]["environment"]["JWT_ISSUER"] is None
    assert "OIDC_DISCOVERY:?" in project["x-required"][0]


def test_several_keys_can_each_have_their_own() -> None:
    environment = _environment(_system(_made(apiKey=KEY, other=KEY)))
    assert {"API_KEYS", "API_KEYS_API_KEY", "API_KEYS_OTHER"} <= set(environment)


def test_whoever_checks_tokens_can_fetch_their_keys() -> None:
    assert "outward" in compose.project(_system(_made(a=BEARER)))["services"]["test"]["networks"]
    assert "outward" not in compose.project(_system(_made(a=KEY)))["services"]["test"]["networks"]


def test_a_system_that_stores_nothing_needs_no_database() -> None:
    system = _system(_made(a=KEY))
    assert "postgres" not in compose.project(system)["services"]
    assert "POSTGRES" not in _example(system)


@pytest.mark.parametrize("repository, name", [("registry.test:5000/team/my.shop", "my-shop"), ("fountain", "fountain")])
def test_the_project_is_called_like_its_repository(repository: str, name: str) -> None:
    project = compose.project(_system(_made(), image=Image(repository=repository)))
    assert project["name"] == name
    assert project["services"]["test"]["image"] == f"{repository}/test:1"


def test_images_of_others_are_settings() -> None:
    table, problems = read_table(Image, "image", {"gateway": "mirror.test/kong:3.9.1"}, lambda _: Place("f.toml"))
    assert not problems
    assert table is not None
    project = compose.project(_system(_made(), image=table))
    assert project["services"]["gateway"]["image"] == "mirror.test/kong:3.9.1"


def test_a_change_of_the_gateway_starts_it_again() -> None:
    one, other = (compose.project(_system(made)) for made in (_made(), _made(a=KEY)))
    labels = [each["services"]["gateway-config"]["labels"] for each in (one, other)]
    assert labels[0] != labels[1]
    assert one["services"]["gateway"]["depends_on"]["gateway-config"]["restart"]


@pytest.mark.parametrize(
    "tls, mounts", [(Tls(), True), (Tls("acme", acme_email="a@b.test", acme_accept_terms=True), False)]
)
def test_certificates_are_mounted_where_they_are_files(tls: Tls, mounts: bool) -> None:
    system = System((_made(),), {"test": HookSet("test")}, Deployment(tls=tls))
    job = compose.project(system)["services"]["gateway-config"]
    targets = [each["target"] for each in job["volumes"] if isinstance(each, dict)]
    assert ("/certificates" in targets) == ("--certificates" in job["command"]) == mounts
    files = tuple(each for each in readme.plan(system) if not isinstance(each, Problem))
    assert (b"fountaingen certs" in render(Plan(files), [own_templates()])["README.md"]) == mounts


@pytest.mark.parametrize("name", ["gateway", "postgres", "grafana", "gateway_config", "avro_schema"])
def test_no_service_takes_the_place_of_another_container(name: str) -> None:
    odd = replace(service(crud("/things", record(name=TEXT))), name=name)
    plain = replace(odd, name="avro")
    containers = compose.project(_system(plain, odd))["services"]
    assert len([each for each in containers.values() if "build" in each]) == 4
    assert containers["gateway"]["image"] == "kong:3.9"
    assert {"avro", "avro-schema", "postgres", "grafana", "gateway-config"} <= set(containers)


@pytest.mark.parametrize("name", ["template1", "pg_stat", "public", "postgres"])
def test_no_service_gets_a_database_of_the_server_itself(name: str) -> None:
    made = replace(service(crud("/things", record(name=TEXT))), name=name)
    (url,) = [line for line in _example(_system(made)).splitlines() if "_DATABASE_URL=" in line]
    assert not re.search(r"/(template[01]|public|postgres|pg_\w+)$", url)
    assert re.search(r"//(\w+):.*@postgres:5432/\1$", url)


def _example(system: System) -> str:
    files = tuple(each for each in compose.plan(system) if not isinstance(each, Problem))
    return render(Plan(files), [own_templates()])[".env.example"].decode("ascii")
