"""Ways around the gateway that a contract or its settings could open: each is refused, or closed by what is written."""

from collections.abc import Mapping
from typing import Any

import pytest
from building import operation
from gateway_kit import codes, contract, gateway, plugins, routes, system

from fountaingen.kong.loader import check, entities
from fountaingen.kong.router import Request, Router
from fountaingen.model.deployment import Gateway
from fountaingen.model.plan import FromTemplate
from fountaingen.stages.plan.system.compose import project
from fountaingen.stages.plan.system.credentials import plan as planned_credentials
from fountaingen.stages.plan.system.gateway import Configuration, largest_body


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


def _stripped(found: Configuration, name: str = "") -> dict[str, Any]:
    entity = routes(found)[name] if name else found.data["services"][0]
    held: dict[str, Any] = plugins(entity)["request-transformer"]
    return held


def test_headers_that_services_believe_are_taken_from_what_comes_from_outside() -> None:
    paths = {
        "/a": {"get": operation(operationId="a", security=[{"trustedKey": []}])},
        "/b": {"get": operation(operationId="b", security=[])},
    }
    found = gateway(paths, {"strip_headers": ("X-Client-Verified",)})
    outer, trusted = _stripped(found), _stripped(found, "a")
    assert {"X-Consumer-Username", "X-Consumer-Groups", "ssl-client-verify"} <= set(outer["remove"]["headers"])
    # Behind so many headers Kong removes none: what it adds is written over all of them.
    assert outer["add"]["headers"] == ["X-Consumer-Username:-"]
    assert {"X-Consumer-Groups", "X-Authenticated-Groups", "ssl-client-verify"} <= set(trusted["remove"]["headers"])
    assert "X-Consumer-Username" not in trusted["remove"]["headers"]
    assert "add" not in trusted
    assert "X-Client-Verified" in outer["remove"]["headers"]
    assert "X-Client-Verified" in trusted["remove"]["headers"]
    assert not check(found.data)


@pytest.mark.parametrize("level", ["document", "operation"])
@pytest.mark.parametrize("changed", [{"protocols": ["http"]}, {"consumer": "alice"}], ids=str)
def test_headers_are_taken_from_every_request_where_a_service_believes_them(changed: Any, level: str) -> None:
    said = {"x-kong-plugin-request-transformer": {**changed, "config": {"add": {"headers": ["X-Own:1"]}}}}
    for security, is_refused in (([{"mutual": []}], True), ([{"key": []}], False)):
        asked = operation(operationId="a", security=security) | (said if level == "operation" else {})
        found = gateway({"/a": {"get": asked}}, **(said if level == "document" else {}))
        assert ("FG803" in codes(found)) == is_refused


def test_groups_that_a_contract_wants_to_be_shown_are_passed_on() -> None:
    for config, is_stripped in (({"hide_groups_header": False}, False), ({"hide_groups_header": True}, True)):
        found = _trusted({"x-kong-plugin-acl": {"config": config}})
        assert ("X-Consumer-Groups" in _stripped(found, "a")["remove"]["headers"]) == is_stripped


@pytest.mark.parametrize("name", ["Host", "x y", "X-A: b", "", "X_A"])
def test_what_is_stripped_are_headers(name: str) -> None:
    assert [key for key, _ in Gateway(strip_headers=(name,)).faults()] == ["strip_headers"]


def _reached(found: Configuration, path: str) -> set[str] | None:
    """Return the plugins of the route that a request takes, None where it takes none."""
    match = Router(entities(found.data)).match(Request("https", "api.example.org", "GET", path))
    return set(plugins(routes(found)[str(match.route.name).partition(".")[2]])) if match else None


def test_pages_of_services_are_not_published() -> None:
    pages = ("/metrics", "/docs", "/ready", "/health", "/openapi.json", "/openapi.yaml")
    plain = {"/a": {"get": operation(operationId="a")}, "/ready": {"get": operation(operationId="ready")}}
    by_operation = gateway(plain)
    assert [_reached(by_operation, page) is None for page in pages] == [True, True, False, True, True, True]
    by_host = gateway(plain, {"routes": "host"})
    assert not check(by_host.data)
    for written in ("/metrics", "//metrics", "/%6Detrics", "/a/../metrics", "/docs", "/openapi.json?x=1"):
        assert "request-termination" in (_reached(by_host, written) or ())
    for written in ("/a", "/ready", "/metrics/a"):
        assert "request-termination" not in (_reached(by_host, written) or {"request-termination"})


def test_what_the_contract_may_mean_by_a_page_is_its_own() -> None:
    found = gateway({"/{name}": {"get": operation(operationId="a")}}, {"routes": "host"})
    assert not [name for name in routes(found) if name.endswith(".pages")]


def test_the_largest_body_is_that_of_the_route_which_takes_most() -> None:
    upload = operation(operationId="b", requestBody={"content": {"application/octet-stream": {}}})
    paths = {"/a": {"post": operation(operationId="a")}, "/b": {"put": upload}}
    assert largest_body(gateway(paths).data) == 100 * 2**20
    assert largest_body(gateway({"/a": paths["/a"]}).data) == 10 * 2**20
    unlimited = {"/a": {"post": paths["/a"]["post"] | {"x-kong-plugin-request-size-limiting": {"enabled": False}}}}
    assert largest_body(gateway(unlimited).data) == 0
    large = {"config": {"allowed_payload_size": 2, "size_unit": "kilobytes"}}
    assert largest_body(gateway({"/a": paths["/a"]}, **{"x-kong-plugin-request-size-limiting": large}).data) == 2048


def test_kong_keeps_no_body_that_no_route_takes() -> None:
    given = project(system(contract({"/a": {"get": operation()}})))["services"]["gateway"]["environment"]
    assert given["KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE"] == str(10 * 2**20)
    # Docker's own answers hold for ten minutes, in which a container that was made anew would not be found.
    assert int(given["KONG_DNS_VALID_TTL"]) <= 10
    assert {"KONG_TRUSTED_IPS": None, "KONG_REAL_IP_HEADER": None}.items() <= given.items()
