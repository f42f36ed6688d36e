"""Security requirements at the gateway: never more than the service asks for, and nothing where it asks nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from building import operation
from gateway_kit import codes, contract, gateway, plugins, routes, system
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.kong.loader import check
from fountaingen.stages.plan.system.gateway import Configuration, configuration

_PLUGINS = ("jwt", "key-auth", "basic-auth")
_SCOPES = ("read", "write")


def _asked(*security: Mapping[str, Sequence[str]], **settings: Any) -> tuple[Configuration, dict[str, Any]]:
    found = gateway({"/a": {"get": operation(operationId="a", security=list(security))}}, settings)
    assert not check(found.data)
    return found, plugins(routes(found)["a"])


@pytest.mark.supports("security/apiKey/header")
def test_a_key_in_a_header_is_asked_for_under_the_contracts_name() -> None:
    _, asked = _asked({"key": []})
    assert asked == {
        "key-auth": {
            "key_names": ["X-API-KEY"],
            "key_in_header": True,
            "key_in_query": False,
            "key_in_body": False,
            "hide_credentials": False,
        }
    }


@pytest.mark.supports("security/apiKey/query")
def test_a_key_in_the_query_is_looked_for_there_alone() -> None:
    _, asked = _asked({"queryKey": []})
    assert (asked["key-auth"]["key_in_header"], asked["key-auth"]["key_in_query"]) == (False, True)


@pytest.mark.supports("security/http/bearer")
def test_a_token_must_be_in_force_and_is_taken_from_its_header_only() -> None:
    _, asked = _asked({"token": []})
    assert asked == {"jwt": {"key_claim_name": "iss", "claims_to_verify": ["exp"], "uri_param_names": []}}


@pytest.mark.supports("security/http/basic")
def test_names_and_passwords_are_asked_for() -> None:
    assert list(_asked({"basic": []})[1]) == ["basic-auth"]


def test_an_open_operation_is_open() -> None:
    assert _asked() == (_asked()[0], {})


@pytest.mark.supports("security/scopes")
def test_who_has_all_scopes_is_in_one_group() -> None:
    found, asked = _asked({"key": ["write", "read"]})
    assert asked["acl"] == {"allow": ["read write"], "hide_groups_header": True}
    assert [(group.scheme, group.scopes) for group in found.groups] == [("", ("read", "write"))]


def test_several_schemes_together_are_all_asked_for() -> None:
    _, asked = _asked({"key": [], "basic": []})
    assert sorted(asked) == ["basic-auth", "key-auth"]
    assert "anonymous" not in asked["key-auth"]


def test_one_of_several_schemes_is_enough_and_none_is_refused() -> None:
    found, asked = _asked({"key": []}, {"basic": []})
    (nobody,) = found.data["consumers"]
    assert {asked["key-auth"]["anonymous"], asked["basic-auth"]["anonymous"]} == {nobody["id"]}
    assert nobody["plugins"][0]["config"]["status_code"] == 401


def test_who_is_refused_for_want_of_credentials_is_not_refused_for_want_of_a_group() -> None:
    found, asked = _asked({"trustedKey": ["read"]}, {"basic": ["write"]})
    assert asked["acl"]["allow"] == ["trustedKey:read", "basic:write", "nobody"]
    assert found.data["consumers"][0]["acls"] == [{"group": "nobody"}]


def test_scopes_are_left_to_the_service_where_callers_may_show_several_credentials() -> None:
    found, asked = _asked({"key": ["read"]}, {"basic": ["write"]})
    assert ("acl" in asked, codes(found)) == (False, ["FG804", "FG804"])
    assert _asked({"key": ["read"]}, {"key": ["write"]})[1]["acl"]["allow"] == ["read", "write"]


def test_keys_of_two_names_need_no_one_who_is_refused() -> None:
    found, asked = _asked({"key": []}, {"queryKey": []})
    assert asked["key-auth"]["key_names"] == ["X-API-KEY", "key"]
    assert "consumers" not in found.data


def test_who_shows_nothing_passes_where_nothing_is_needed_and_has_no_name() -> None:
    found, asked = _asked({}, {"key": ["read"]})
    (anyone,) = found.data["consumers"]
    assert asked["key-auth"]["anonymous"] == anyone["id"]
    assert "username" not in anyone
    assert "acl" not in asked
    assert asked["rate-limiting"]["limit_by"] == "ip"


@pytest.mark.parametrize("scheme", ["cookieKey", "opaque", "oidc", "mutual"])
def test_what_kong_cannot_check_is_left_to_the_service_and_told(scheme: str) -> None:
    found, asked = _asked({scheme: []})
    assert (asked, codes(found)) == ({}, ["FG804"])


def test_what_kong_can_check_beside_it_is_still_asked_for() -> None:
    found, asked = _asked({"key": [], "cookieKey": []})
    assert (list(asked), codes(found)) == (["key-auth"], ["FG804"])


def test_a_setting_leaves_schemes_to_the_services() -> None:
    found, asked = _asked({"key": []}, left_to_services=("key-auth",))
    assert (asked, codes(found)) == ({}, ["FG804"])


def test_a_hook_that_knows_who_may_call_is_asked_by_nobody_but_the_service() -> None:
    made = contract({"/a": {"get": operation(operationId="a", security=[{"basic": []}])}})
    found = configuration(system(made, hooks=["authenticate"]))
    assert (plugins(routes(found)["a"]), codes(found)) == ({}, ["FG804"])


def test_the_word_of_the_gateway_is_not_taken_from_outside() -> None:
    found, _ = _asked({"key": []})
    removed = plugins(found.data["services"][0])["request-transformer"]["remove"]["headers"]
    assert {"X-Consumer-Username", "ssl-client-verify"} <= set(removed)


def test_certificates_that_kong_does_not_check_are_none() -> None:
    # Behind its first hundred headers Kong removes none; what it adds replaces them all.
    found, _ = _asked({"mutual": []})
    config = plugins(found.data["services"][0])["request-transformer"]
    assert config["add"]["headers"] == ["ssl-client-verify:NONE"]


@pytest.mark.supports("security/x-fountaingen-security")
def test_a_scheme_that_is_left_to_the_gateway_passes_on_who_calls() -> None:
    found, asked = _asked({"trustedKey": ["read"]})
    assert asked["acl"]["allow"] == ["trustedKey:read"]
    assert "X-Consumer-Username" not in asked["request-transformer"]["remove"]["headers"]
    assert codes(found) == []


@pytest.mark.refuses("security/x-fountaingen-security/unchecked")
@pytest.mark.parametrize(
    "security",
    [
        [{"digest": []}],
        [{"trustedToken": ["read"]}],
        [{"trustedKey": []}, {"cookieKey": []}],
        [{"trustedKey": [], "basic": []}],
        [{"trustedKey": []}, {"token": ["read"]}, {"opaque": []}],
    ],
)
def test_a_scheme_that_nobody_would_check_is_refused(security: list[dict[str, Any]]) -> None:
    assert "FG803" in codes(_asked(*security)[0])


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"x-kong-plugin-hmac-auth": {"config": {}}}, []),
        ({"x-kong-plugin-hmac-auth": {"enabled": False}}, ["FG803"]),
        ({"x-kong-plugin-hmac-auth": {"config": {"anonymous": "someone"}}}, ["FG803"]),
        ({"x-kong-plugin-request-termination": {"config": {"status_code": 403}}}, []),
    ],
)
def test_a_contract_may_ask_for_it_by_a_plugin_of_its_own(item: dict[str, Any], told: list[str]) -> None:
    found = gateway({"/a": {**item, "get": operation(security=[{"digest": []}])}})
    assert codes(found) == told


def test_switching_off_what_alone_checks_a_scheme_is_refused() -> None:
    off = {"x-kong-plugin-key-auth": {"enabled": False}}
    assert codes(gateway({"/a": {"get": operation(security=[{"trustedKey": []}], **off)}})) == ["FG803"]
    assert codes(gateway({"/a": {"get": operation(security=[{"key": []}], **off)}})) == []


@dataclass(frozen=True)
class _Caller:
    """Credentials that are good, by scheme, with the scopes that each has."""

    held: Mapping[str, frozenset[str]]

    def passes_service(self, security: Sequence[Mapping[str, Sequence[str]]]) -> bool:
        return any(all(n in self.held and self.held[n] >= set(s) for n, s in each.items()) for each in security)

    def passes_gateway(self, asked: Mapping[str, Any], anonymous: Mapping[str, str]) -> bool:
        consumer: str | None = None
        groups: set[str] = set()
        for plugin, schemes in zip(_PLUGINS, (("token",), ("key", "queryKey"), ("basic",)), strict=True):
            if plugin not in asked:
                continue
            shown = [name for name in schemes if name in self.held and self._is_looked_for(name, asked[plugin])]
            if not shown and "anonymous" not in asked[plugin]:
                return False
            if shown and (consumer is None or "anonymous" not in asked[plugin]):
                consumer, groups = shown[0], self._groups(shown[0], asked)
        if consumer is None:
            passed = {anonymous[each["anonymous"]] for each in asked.values() if "anonymous" in each}
            consumer, groups = (passed.pop(), passed) if passed else (None, set())
            groups = {consumer} if consumer else set()
        return consumer != "nobody" and ("acl" not in asked or bool(groups & set(asked["acl"]["allow"])))

    def _is_looked_for(self, scheme: str, config: Mapping[str, Any]) -> bool:
        places = {"key": ("X-API-KEY", "key_in_header"), "queryKey": ("key", "key_in_query")}
        return scheme not in places or (places[scheme][0] in config["key_names"] and config[places[scheme][1]])

    def _groups(self, scheme: str, asked: Mapping[str, Any]) -> set[str]:
        allowed = asked.get("acl", {}).get("allow", ())
        return {group for group in allowed if scheme == "token" or self.held[scheme] >= set(group.split())}


_SCHEMES = st.sampled_from(["key", "basic", "token", "cookieKey"])
_SCOPE_LISTS = st.lists(st.sampled_from(_SCOPES), unique=True, max_size=2)
_SECURITY = st.lists(st.dictionaries(_SCHEMES, _SCOPE_LISTS, max_size=2), min_size=1, max_size=3)
_OTHERS = st.dictionaries(_SCHEMES, st.frozensets(st.sampled_from(_SCOPES)), max_size=2)


@settings(max_examples=200)
@given(_SECURITY, st.integers(0, 2), _OTHERS)
def test_whom_the_service_admits_the_gateway_lets_through(
    security: list[dict[str, list[str]]], chosen: int, others: dict[str, frozenset[str]]
) -> None:
    found, asked = _asked(*security)
    names = {each["id"]: each.get("username", "anyone") for each in found.data.get("consumers", ())}
    configs = {name: config for name, config in asked.items() if name in (*_PLUGINS, "acl")}
    enough = {name: frozenset(scopes) for name, scopes in security[chosen % len(security)].items()}
    for held in (enough, {**others, **enough}, {**enough, **others}):
        caller = _Caller(held)
        assert caller.passes_gateway(configs, names) or not caller.passes_service(security)
    if all(each and set(each) <= {"key", "basic", "token"} for each in security):
        assert not _Caller({}).passes_gateway(configs, names)
