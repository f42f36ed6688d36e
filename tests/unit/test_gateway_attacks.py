"""Ways around the gateway that a contract or its settings could open: each is refused, or closed by what is written."""

from collections.abc import Mapping
from typing import Any

import pytest
from building import operation
from gateway_kit import codes, contract, gateway, plugins, routes, system

from fountaingen.kong.loader import check
from fountaingen.model.plan import FromTemplate
from fountaingen.stages.plan.system.compose import project
from fountaingen.stages.plan.system.credentials import plan as planned_credentials
from fountaingen.stages.plan.system.gateway import Configuration


def _trusted(level: Mapping[str, Any] | None = None, *security: Mapping[str, list[str]]) -> Configuration:
    asked = operation(operationId="a", security=list(security) or [{"trustedKey": []}])
    return gateway({"/a": {"get": asked | dict(level or {})}})


def test_a_token_that_the_service_would_have_judged_does_not_stand_for_a_trusted_scheme() -> None:
    for alternative in ({"token": []}, {"token": ["admin"]}):
        found = _trusted(None, {"trustedKey": []}, alternative)
        (problem,) = (each for each in found.problems if each.code == "FG803")
        assert "neither audience nor scopes" in problem.message


@pytest.mark.parametrize(
    "changed",
    [
        {"protocols": ["http"]},
        {"protocols": ["grpcs"]},
        {"enabled": False},
        {"config": {"anonymous": "11111111-1111-4111-8111-111111111111"}},
        {"config": {"run_on_preflight": False}},
    ],
    ids=str,
)
def test_a_plugin_that_stands_for_a_service_looks_at_every_request(changed: Mapping[str, Any]) -> None:
    assert "FG803" in codes(_trusted({"x-kong-plugin-key-auth": changed}))


def test_groups_of_a_trusted_scheme_cannot_be_switched_off() -> None:
    assert "FG803" in codes(_trusted({"x-kong-plugin-acl": {"enabled": False}}))
    assert "FG803" not in codes(_trusted({"x-kong-plugin-acl": {"config": {"hide_groups_header": False}}}))


@pytest.mark.parametrize(
    ("config", "is_closed"),
    [({"status_code": 403}, True), ({"status_code": 403, "trigger": "X-Stop"}, False)],
    ids=str,
)
def test_what_closes_a_route_does_it_for_everybody(config: Mapping[str, Any], is_closed: bool) -> None:
    found = _trusted({"x-kong-plugin-request-termination": {"config": config}}, {"digest": []})
    assert ("FG803" not in codes(found)) == is_closed


def test_answers_that_come_late_take_no_target_away() -> None:
    (upstream,) = _trusted().data["upstreams"]
    assert upstream["healthchecks"]["passive"]["unhealthy"] == {"tcp_failures": 3, "timeouts": 0, "http_failures": 0}


def test_compose_gives_the_gateway_the_credentials_that_services_never_see() -> None:
    trusting = contract({"/a": {"get": operation(operationId="a", security=[{"trustedKey": []}])}})
    containers = project(system(trusting))["services"]
    (service,) = (each for name, each in containers.items() if "gateway" not in name and "build" in each)
    given = containers["gateway-config"]["environment"]
    assert given["API_KEYS"].startswith("${API_KEYS:?")
    assert given["API_KEYS_TRUSTED_KEY"] is None
    assert "API_KEYS" not in service["environment"]


def test_compose_gives_the_gateway_the_keys_of_tokens_that_services_never_see() -> None:
    trusting = contract({"/a": {"get": operation(operationId="a", security=[{"trustedToken": []}])}})
    given = project(system(trusting))["services"]["gateway-config"]["environment"]
    assert {"JWT_ISSUER", "JWT_JWKS", "JWT_SECRET", "JWT_ALGORITHMS"} <= set(given)


def test_a_trusted_route_is_refused_by_nothing_that_kong_refuses() -> None:
    found = _trusted()
    assert not check(found.data)
    assert set(plugins(routes(found)["a"])) == {"acl", "key-auth", "request-transformer"}


def test_the_names_of_those_who_show_nothing_are_taken() -> None:
    optional = contract({"/a": {"get": operation(operationId="a", security=[{"trustedKey": []}, {}])}})
    (wanted,) = (each for each in planned_credentials(system(optional)) if each.path == "deploy/wanted.py")
    assert isinstance(wanted, FromTemplate)
    assert wanted.view["taken"] == "('anyone',)"
