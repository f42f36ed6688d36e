"""Routes, services and upstreams: which hosts, paths, methods and protocols lead to which containers."""

import json
from typing import Any

import pytest
from building import operation
from gateway_kit import URL, codes, contract, gateway, plugins, routes, system

from fountaingen.kong.loader import check
from fountaingen.model.deployment import Tls
from fountaingen.stages.plan.system.gateway import Configuration, configuration

_ONE = {"/a": {"get": operation()}}


def _addresses(route: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    return route["hosts"], route["paths"], route["protocols"]


def test_a_route_is_found_by_host_path_and_method() -> None:
    route = routes(gateway({"/a/{id}": {"get": operation(operationId="getA"), "delete": operation()}}))["get_a"]
    assert route["methods"] == ["GET", "HEAD", "OPTIONS"]
    assert _addresses(route) == (["api.example.org"], ["~/a/(?<id>[^#?/]+)$"], ["https"])
    assert (route["strip_path"], route["preserve_host"], route["https_redirect_status_code"]) == (False, True, 308)
    assert {"test", "operation:get_a"} <= set(route["tags"])


def test_one_route_of_a_path_answers_preflights_and_declared_methods_stay_their_own() -> None:
    found = routes(gateway({"/a": {"get": operation(), "post": operation()}}))
    assert [route["methods"] for route in found.values()] == [["GET", "HEAD", "OPTIONS"], ["POST"]]
    item = {"get": operation(), "head": operation(), "options": operation()}
    assert {tuple(route["methods"]) for route in routes(gateway({"/a": item})).values()} == {
        ("GET",),
        ("HEAD",),
        ("OPTIONS",),
    }


@pytest.mark.supports("document/servers/variables")
def test_every_value_of_a_servers_variables_is_a_host_or_a_base_path() -> None:
    variables = {"region": {"default": "eu", "enum": ["eu", "us"]}, "version": {"default": "v2"}}
    servers = [{"url": "https://{region}.example.org/{version}", "variables": variables}]
    assert _addresses(*routes(gateway(_ONE, servers=servers)).values()) == (
        ["eu.example.org", "us.example.org"],
        ["~/v2/a$"],
        ["https"],
    )


def test_hosts_with_other_base_paths_or_protocols_have_routes_of_their_own() -> None:
    servers = [{"url": f"{URL}/v1"}, {"url": "http://old.example.org"}, {"url": "http://localhost:8010"}]
    first, second = routes(gateway(_ONE, servers=servers)).values()
    assert _addresses(first) == (["api.example.org"], ["~/v1/a$"], ["https"])
    assert _addresses(second) == (["old.example.org"], ["~/a$"], ["http", "https"])


@pytest.mark.supports("operation/servers")
def test_the_nearest_servers_decide() -> None:
    item = {
        "servers": [{"url": "https://files.example.org/f"}],
        "get": operation(operationId="own", servers=[{"url": "https://own.example.org"}]),
        "put": operation(operationId="path"),
        "post": operation(operationId="base", servers=[{"url": "/rel/"}]),
    }
    found = routes(gateway({"/a": item, "/b": {"get": operation(operationId="document")}}))
    assert _addresses(found["own"])[:2] == (["own.example.org"], ["~/a$"])
    assert _addresses(found["path"])[:2] == (["files.example.org"], ["~/f/a$"])
    assert _addresses(found["base"])[:2] == (["api.example.org"], ["~/rel/a$"])
    assert _addresses(found["document"])[:2] == (["api.example.org"], ["~/b$"])


def test_a_service_takes_requests_below_the_paths_of_all_servers() -> None:
    made = contract({"/a": {"get": operation(servers=[{"url": "https://b.example.org/f"}])}})
    assert made.base_paths == ("/f",)
    assert made.hosts == ("api.example.org", "b.example.org")


@pytest.mark.parametrize(
    ("url", "told"), [("http://localhost:8010/v1", []), ("/v1", []), ("http://10.0.0.7:8010/v1", ["FG805"])]
)
def test_a_contract_without_a_public_host_gets_one(url: str, told: list[str]) -> None:
    found = gateway(_ONE, {"domain": "apps.example.net"}, servers=[{"url": url}])
    assert _addresses(*routes(found).values()) == (["test.apps.example.net"], ["~/v1/a$"], ["http", "https"])
    assert codes(found) == told


def test_a_host_is_written_as_requests_have_it() -> None:
    found = gateway(
        _ONE, **{"x-fountaingen-service": {"host": "Shop.Example.org"}, "servers": [{"url": "https://bücher.example"}]}
    )
    assert _addresses(*routes(found).values())[0] == ["xn--bcher-kva.example", "shop.example.org"]


def test_two_contracts_cannot_answer_the_same_requests() -> None:
    one, two = contract({"/a/{x}": {"get": operation()}}), contract({"/a/{y}": {"get": operation()}})
    object.__setattr__(two, "name", "other")
    assert "FG806" in codes(configuration(system(one, two)))
    elsewhere = contract({"/a/{y}": {"get": operation()}}, servers=[{"url": "https://b.example.org"}])
    object.__setattr__(elsewhere, "name", "other")
    assert codes(configuration(system(one, elsewhere))) == []


def _whole(found: Configuration) -> list[Any]:
    """Return the routes but those that close a service's own pages."""
    return [route for name, route in routes(found).items() if not name.endswith(".pages")]


def test_a_route_a_host_takes_all_its_requests() -> None:
    paths = {"/a": {"get": operation()}, "/b": {"get": operation()}}
    found = gateway(paths, {"routes": "host"}, servers=[{"url": URL}, {"url": "https://b.example.org/v1"}])
    assert [(route["hosts"], route["paths"]) for route in _whole(found)] == [
        (["api.example.org"], ["/"]),
        (["b.example.org"], ["/v1/"]),
    ]
    assert not check(found.data)


def test_a_route_a_host_takes_the_base_paths_of_all_its_operations() -> None:
    paths = {"/a": {"get": operation()}, "/b": {"get": operation(servers=[{"url": "/rel"}])}}
    found = gateway(paths, {"routes": "host"}, servers=[{"url": f"{URL}/v1"}])
    assert [route["paths"] for route in routes(found).values()] == [["/v1/", "/rel/"]]
    assert not check(found.data)


def test_a_host_may_stand_for_all_below_a_domain() -> None:
    for kind in ("operation", "host"):
        found = gateway(
            _ONE, {"routes": kind}, servers=[{"url": "https://*.example.org"}, {"url": "https://example.org"}]
        )
        hosts = [host for route in _whole(found) for host in route["hosts"]]
        assert hosts == ["*.example.org", "example.org"]
        assert not check(found.data)


@pytest.mark.parametrize(
    ("security", "asked"), [([{"key": []}], ["key-auth"]), ([], [])], ids=["the same everywhere", "none here"]
)
def test_a_route_a_host_asks_for_what_all_of_its_operations_ask(security: Any, asked: list[str]) -> None:
    paths = {"/a": {"get": operation(security=[{"key": []}])}, "/b": {"get": operation(security=security)}}
    found = gateway(paths, {"routes": "host"})
    assert sorted(plugins(*_whole(found))) == sorted([*asked, "request-size-limiting"])
    assert codes(found) == ([] if asked else ["FG804"])


def test_a_route_a_host_takes_the_largest_of_all_bodies() -> None:
    upload = {"content": {"application/octet-stream": {}}}
    small = {"requestBody": {"content": {"application/json": {}}}, "x-fountaingen-operation": {"maxBodyBytes": 99}}
    paths = {"/a": {"post": operation(**small)}, "/b": {"put": operation(requestBody=upload)}}
    (route,) = _whole(gateway(paths, {"routes": "host"}))
    assert plugins(route)["request-size-limiting"]["allowed_payload_size"] == 100 * 2**20
    (route,) = _whole(gateway({"/a": {"post": operation(**small)}}, {"routes": "host"}))
    assert plugins(route)["request-size-limiting"]["allowed_payload_size"] == 10 * 2**20


def test_an_upstream_has_a_target_for_each_replica_and_is_checked() -> None:
    (upstream,) = gateway(_ONE, {"replicas": 2}).data["upstreams"]
    assert len({target["target"] for target in upstream["targets"]}) == 2
    assert upstream["healthchecks"]["active"]["http_path"] == "/health"
    (guarded,) = gateway({"/health": {"get": operation(security=[{"key": []}])}}).data["upstreams"]
    assert guarded["healthchecks"]["active"]["http_path"] == "/ready"


def test_nothing_is_committed_that_changes_by_itself_and_no_two_entities_share_an_id() -> None:
    paths = {f"/{name}/{{id}}": {"get": operation(), "put": operation(security=[{"key": []}])} for name in "abc"}
    found = gateway(paths, security=[{"key": []}, {"basic": []}])
    assert json.dumps(found.data) == json.dumps(gateway(paths, security=[{"key": []}, {"basic": []}]).data)
    ids = [line for line in json.dumps(found.data, indent=1).splitlines() if '"id"' in line]
    assert len(ids) == len(set(ids)) > 20
    assert not check(found.data)


def test_an_authority_can_ask_for_every_public_host() -> None:
    tls = Tls(certificates="acme", acme_email="ops@example.org", acme_accept_terms=True)
    found = configuration(system(contract(_ONE), tls=tls))
    assert plugins(found.data)["acme"]["domains"] == ["api.example.org"]
    challenge = found.data["services"][-1]["routes"][0]
    assert (challenge["protocols"], challenge["paths"]) == (["http"], ["/.well-known/acme-challenge/"])
    assert not check(found.data)


def test_a_route_tells_its_operation() -> None:
    found = gateway({"/a": {"get": operation(operationId="getA")}})
    assert found.operations == {"test.get_a": ("test", "getA")}


def test_what_comes_piece_by_piece_is_passed_on_piece_by_piece() -> None:
    events = {"200": {"description": "fine", "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
    upload = {"content": {"application/octet-stream": {}}}
    item = {
        "get": operation(operationId="stream", responses=events),
        "put": operation(operationId="upload", requestBody=upload),
        "post": operation(operationId="plain"),
    }
    found = routes(gateway({"/a": item}))
    assert (found["stream"]["response_buffering"], "request_buffering" in found["stream"]) == (False, False)
    assert (found["upload"]["request_buffering"], "response_buffering" in found["upload"]) == (False, False)
    assert not {"request_buffering", "response_buffering"} & found["plain"].keys()
