"""``x-kong-*`` as users of deck know it, and the plugins that a service has where its contract says nothing."""

import uuid
from typing import Any

import pytest
from building import TEXT, operation
from gateway_kit import SERVERS, contract, gateway, plugins, routes, system

from fountaingen.kong.loader import check
from fountaingen.model.gateway import Gateway
from fountaingen.stages.plan.system.gateway import configuration

_LIMIT = "x-kong-plugin-rate-limiting"


def _service(**more: Any) -> dict[str, Any]:
    found = gateway({"/a": {"get": operation(operationId="a")}}, **more)
    assert not check(found.data)
    service: dict[str, Any] = found.data["services"][0]
    return service


def _of_service(**more: Any) -> dict[str, Any]:
    return plugins(_service(**more))


def test_limits_are_those_of_the_settings() -> None:
    assert _of_service()["rate-limiting"] == {
        "minute": 1000,
        "hour": 5000,
        "policy": "local",
        "limit_by": "consumer",
        "fault_tolerant": True,
        "hide_client_headers": False,
    }
    own = _of_service(settings={"requests_per_minute": 0, "requests_per_hour": 9})["rate-limiting"]
    assert ("minute" in own, own["hour"]) == (False, 9)
    assert "rate-limiting" not in _of_service(settings={"requests_per_minute": 0, "requests_per_hour": 0})


@pytest.mark.supports("document/extensions/x-kong-plugin")
def test_the_nearest_plugin_wins_as_a_whole() -> None:
    item = {_LIMIT: {"config": {"minute": 20}}, "get": operation(operationId="path")}
    item["post"] = operation(operationId="own", **{_LIMIT: {"config": {"second": 1}}})
    found = gateway({"/a": item, "/b": {"get": operation(operationId="none")}}, **{_LIMIT: {"config": {"hour": 7}}})
    assert plugins(found.data["services"][0])["rate-limiting"] == {"hour": 7}
    configs = {name: plugins(route).get("rate-limiting") for name, route in routes(found).items()}
    assert configs == {"path": {"minute": 20}, "own": {"second": 1}, "none": None}
    assert not check(found.data)


def test_what_is_switched_off_is_off() -> None:
    paths = {
        "/a": {"get": operation(operationId="off", **{_LIMIT: {"enabled": False}})},
        "/b": {"get": operation(operationId="on")},
    }
    found = gateway(paths)
    assert "rate-limiting" not in plugins(found.data["services"][0])
    assert {name: "rate-limiting" in plugins(route) for name, route in routes(found).items()} == {
        "off": False,
        "on": True,
    }
    assert "cors" not in _of_service(**{"x-kong-plugin-cors": {"enabled": False}})


def test_what_one_contract_switches_off_everywhere_the_others_keep() -> None:
    one = contract({"/a": {"get": operation()}}, **{"x-kong-plugin-prometheus": {"enabled": False}})
    two = contract({"/b": {"get": operation()}})
    object.__setattr__(two, "name", "two")
    found = configuration(system(one, two))
    assert "plugins" not in found.data
    assert ["prometheus" in plugins(each) for each in found.data["services"]] == [False, True]


def test_a_plugin_keeps_what_is_its_own_and_not_whose_it_is() -> None:
    said = {"config": {"status_code": 503}, "tags": ["mine"], "service": "other", "name": "acl", "id": "x"}
    found = gateway({"/a": {"get": operation(operationId="a", **{"x-kong-plugin-request-termination": said})}})
    (plugin,) = routes(found)["a"]["plugins"]
    assert plugin == {
        "id": plugin["id"],
        "name": "request-termination",
        "tags": ["test", "mine"],
        "config": {"status_code": 503},
    }
    assert uuid.UUID(plugin["id"]).version == 5


def test_checks_of_credentials_keep_what_a_contract_does_not_say_otherwise() -> None:
    more = {"x-kong-plugin-key-auth": {"config": {"hide_credentials": True}}}
    asked = plugins(routes(gateway({"/a": {"get": operation(operationId="a", security=[{"key": []}], **more)}}))["a"])
    assert (asked["key-auth"]["key_names"], asked["key-auth"]["hide_credentials"]) == (["X-API-KEY"], True)


def test_a_check_of_the_whole_contract_changes_how_credentials_are_asked_for_and_not_where() -> None:
    paths = {
        "/a": {"get": operation(operationId="a", security=[{"key": []}])},
        "/b": {"get": operation(operationId="b")},
    }
    found = gateway(paths, **{"x-kong-plugin-key-auth": {"config": {"realm": "shop"}}})
    asked = {name: plugins(route).get("key-auth", {}).get("realm") for name, route in routes(found).items()}
    assert asked == {"a": "shop", "b": None}
    assert "key-auth" not in plugins(found.data["services"][0])
    open_to_all = gateway({"/a": {"get": operation()}}, **{"x-kong-plugin-key-auth": {"config": {"realm": "shop"}}})
    assert plugins(open_to_all.data["services"][0])["key-auth"] == {"realm": "shop"}


@pytest.mark.parametrize("level", ["document", "operation"])
def test_transformations_of_a_contract_strip_what_is_stripped_anyway(level: str) -> None:
    more = {
        "x-kong-plugin-request-transformer": {"config": {"add": {"headers": ["x-a:b"]}, "remove": {"headers": ["x-c"]}}}
    }
    own, all_of_it = (more, {}) if level == "operation" else ({}, more)
    found = gateway({"/a": {"get": operation(operationId="a", **own)}}, **all_of_it)
    entity = routes(found)["a"] if level == "operation" else found.data["services"][0]
    config = plugins(entity)["request-transformer"]
    assert "x-a:b" in config["add"]["headers"]
    assert {"x-c", "X-Consumer-Username"} <= set(config["remove"]["headers"])


def test_references_lead_to_components() -> None:
    components = {"x-kong": {"plugins": {"slow": {"config": {"minute": 3}}}}, "schemas": {}}
    reference = {_LIMIT: {"$ref": "#/components/x-kong/plugins/slow"}}
    found = gateway({"/a": {"get": operation(operationId="a", **reference)}}, components=components)
    assert plugins(routes(found)["a"])["rate-limiting"] == {"minute": 3}


@pytest.mark.supports("document/extensions/x-kong-name")
def test_names_tags_and_defaults() -> None:
    found = gateway(
        {"/a": {"get": operation(operationId="a", **{"x-kong-name": "first", "x-kong-tags": ["three"]})}},
        **{
            "x-kong-name": "My shop",
            "x-kong-tags": ["one", "two"],
            "x-kong-service-defaults": {"retries": 7, "name": "not this", "url": "http://elsewhere"},
            "x-kong-upstream-defaults": {"hash_on": "ip"},
            "x-kong-route-defaults": {"preserve_host": False, "paths": ["/not/this"]},
        },
    )
    service, upstream = found.data["services"][0], found.data["upstreams"][0]
    route = routes(found)["first"]
    assert (service["name"], service["retries"], service["tags"]) == ("My-shop", 7, ["test", "one", "two"])
    assert (upstream["name"], upstream["hash_on"], service["host"]) == ("My-shop.upstream", "ip", "My-shop.upstream")
    assert (route["preserve_host"], route["paths"], route["tags"][-1]) == (False, ["~/a$"], "three")
    assert not check(found.data)


def test_defaults_of_an_operation_make_a_service_of_its_own() -> None:
    slow = operation(operationId="slow", **{"x-kong-service-defaults": {"read_timeout": 1}})
    found = gateway({"/a": {"get": operation(operationId="a"), "post": slow}})
    assert [(each["name"], each["read_timeout"]) for each in found.data["services"]] == [
        ("test", 60000),
        ("test.slow", 1),
    ]
    assert [each["name"] for each in found.data["services"][1]["routes"]] == ["test.slow"]
    assert not check(found.data)


def test_bodies_are_bounded_as_the_service_bounds_them() -> None:
    upload = {"requestBody": {"content": {"application/octet-stream": {"schema": {}}}}}
    bounded = {"requestBody": {"content": {"application/json": {}}}, "x-fountaingen-operation": {"maxBodyBytes": 99}}
    item = {"put": operation(operationId="upload", **upload), "post": operation(operationId="bounded", **bounded)}
    found = gateway({"/a": {**item, "patch": operation(operationId="plain", body=TEXT)}})
    sizes = {name: plugins(route).get("request-size-limiting") for name, route in routes(found).items()}
    most = {name: size and size["allowed_payload_size"] for name, size in sizes.items()}
    assert most == {"upload": 100 * 2**20, "bounded": 99, "plain": None}
    assert plugins(found.data["services"][0])["request-size-limiting"]["allowed_payload_size"] == 10 * 2**20


def test_browsers_may_send_and_read_what_the_contract_has() -> None:
    header = {"name": "If-Match", "in": "header", "schema": TEXT}
    get = operation(operationId="a", parameters=[header])
    get["responses"]["200"]["headers"] = {"ETag": {"schema": TEXT}}
    found = gateway({"/a": {"get": operation(), "delete": operation()}, "/b": {"get": {**get, "parameters": [header]}}})
    config = plugins(found.data["services"][0])["cors"]
    assert config["methods"] == ["GET", "HEAD", "DELETE"]
    assert {"X-API-KEY", "If-Match", "Authorization"} <= set(config["headers"])
    assert "ETag" in config["exposed_headers"]
    assert (config["origins"], config["credentials"]) == (["*"], False)
    assert "cors" not in _of_service(settings={"origins": ()})


def test_requests_have_ids_that_services_keep() -> None:
    assert _of_service()["correlation-id"]["generator"] == "uuid"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"domain": "Not a domain"}, "domain"),
        ({"requests_per_minute": 10, "requests_per_hour": 9}, "requests_per_hour"),
        ({"replicas": 1001}, "replicas"),
        ({"replicas": 0}, "replicas"),
        ({"origins": ("example.org",)}, "origins"),
        ({"credentials": True}, "credentials"),
        ({"left_to_services": ("acl",)}, "left_to_services"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: dict[str, Any], key: str) -> None:
    assert [fault[0] for fault in Gateway(**settings).faults()] == [key]


def test_settings_that_can_be_are_silent() -> None:
    good = Gateway(domain="localhost", origins=("https://app.example.org:8443",), credentials=True, requests_per_hour=0)
    assert list(good.faults()) == []


def test_blame_leads_to_the_contract() -> None:
    bad = {_LIMIT: {"config": {"minute": 20, "hour": 1}}}
    found = gateway({"/a": {"get": operation(operationId="a", **bad)}}, servers=SERVERS)
    (complaint,) = check(found.data)
    place = found.place(complaint.where)
    assert place is not None
    assert place.path == "specs/test.yaml"
    source = found.places[complaint.where[: complaint.where.index("plugins") + 2]]
    assert source.pointer == f"/paths/~1a/get/{_LIMIT}"
