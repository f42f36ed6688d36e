"""What services are called, where names of the whole system are made of it: folders, variables, databases."""

from dataclasses import replace
from pathlib import Path

import pytest
from building import operation
from gateway_kit import contract, gateway, routes, system

from fountaingen.model.problems import Rejected, errors
from fountaingen.pipeline import Understood, understand
from fountaingen.project import discover, find_project
from fountaingen.stages.plan.system.compose import postgres

_CONTRACT = """
openapi: 3.1.0
info: {{title: T, version: '1'}}
x-fountaingen-service: {service}
paths: {{/things: {{get: {{responses: {{'204': {{description: done}}}}}}}}}}
"""


def _understood(root: Path, **services: str) -> Understood:
    (root / "specs").mkdir()
    for name, service in services.items():
        (root / f"specs/{name}.yaml").write_text(_CONTRACT.format(service=service), "utf-8")
    project = find_project(root)
    return understand(project, discover(project, ()))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Toy shop", "toy_shop"),
        ("a/b", "a_b"),
        ("openapi", "openapi"),
        ("shop_openapi", "shop_openapi"),
        ("2fa", "service_2fa"),
    ],
)
def test_a_contract_names_its_service_wherever_the_project_lies(tmp_path: Path, said: str, name: str) -> None:
    (service,) = _understood(tmp_path, one=f"{{name: {said}}}").services
    assert service.name == name


@pytest.mark.parametrize("said", ["x" * 64, "x" * 5000, "'---'", "' '"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(Rejected) as rejected:
        _understood(tmp_path, one=f"{{name: {said}}}")
    (found,) = errors(rejected.value.problems)
    assert (found.code, found.place.line) == ("FG109", 4)


def test_a_peer_is_not_called_as_the_variable_of_the_own_database_is(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as rejected:
        _understood(tmp_path, Database="{}", shop="{uses: [Database]}")
    (found,) = errors(rejected.value.problems)
    assert (found.code, found.place.path, found.place.line) == ("FG162", "specs/shop.yaml", 4)


def test_no_two_services_share_a_database() -> None:
    service = contract({"/a": {"get": operation()}})
    names = ("none", "service_none", "service-none-2", "pg_a", "service_pg_a", "public")
    services = [replace(service, name=name) for name in names]
    found = [postgres.database(system(*services), each) for each in services]
    assert len(set(found)) == len(names)
    assert not any(each.startswith("pg_") or each in ("none", "public") for each in found)


@pytest.mark.supports("document/servers")
def test_a_server_without_a_scheme_is_a_host() -> None:
    (route,) = routes(gateway({"/a": {"get": operation()}}, servers=[{"url": "//api.example.org/v1"}])).values()
    assert (route["hosts"], route["paths"], route["protocols"]) == (["api.example.org"], ["~/v1/a$"], ["https"])
