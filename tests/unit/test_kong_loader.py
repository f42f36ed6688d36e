"""Configurations as a whole: text, entities with their defaults, references, scopes of plugins, and no crash ever."""

import copy
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.certificates.authority import Authority, key_pem, new_key, pem_of
from fountaingen.kong.loader import Complaint, Refused, Unreadable, check, entities, read, written
from fountaingen.kong.plugins import BUNDLED

_WHOLE = """
_format_version: "3.0"
_transform: true
_comment: everything at once
_ignore:
- &common {connect_timeout: 5000, retries: 2}
services:
- <<: *common
  name: orders
  host: orders.upstream
  port: 8000
  tags: [shop]
  routes:
  - name: orders.list
    hosts: [orders.example.com]
    paths: ["~/orders$"]
    methods: [GET, HEAD]
    strip_path: false
    preserve_host: true
    plugins:
    - {name: rate-limiting, config: {minute: 5}}
    - {name: key-auth, enabled: false}
  plugins:
  - {name: key-auth, config: {key_names: [X-API-KEY], key_in_query: false}}
  - {name: rate-limiting, config: {minute: 100, hour: 1000}}
- {name: legacy, url: "https://old.example.com/api"}
routes:
- {name: legacy, service: legacy, paths: [/legacy], protocols: [https], https_redirect_status_code: 308}
- {name: nowhere, paths: [/nowhere]}
upstreams:
- name: orders.upstream
  targets: [{target: "orders-1:8000"}, {target: "orders-2:8000", weight: 50}]
  healthchecks: {active: {http_path: /health, healthy: {interval: 5, successes: 1}}}
consumers:
- username: alice
  keyauth_credentials: [{key: secret}]
  acls: [{group: readers}, {group: writers}]
  plugins: [{name: rate-limiting, config: {minute: 7}}]
- custom_id: robot
keyauth_credentials: [{consumer: alice, key: second}]
plugins:
- {name: correlation-id}
- {name: prometheus}
- {name: rate-limiting, config: {minute: 10000}}
"""


def _whole() -> dict[Any, Any]:
    return read(_WHOLE)


def test_everything_at_once_is_taken() -> None:
    assert check(_whole()) == ()


def test_entities_have_defaults_and_what_they_belong_to() -> None:
    found = entities(_whole())
    orders, legacy = found.services
    assert (orders.protocol, orders.port, legacy.protocol, legacy.host, legacy.port, legacy.path) == (
        *("http", 8000, "https", "old.example.com", 443, "/api"),
    )
    routes = {route.name: route for route in found.routes}
    assert routes["orders.list"].service is orders
    assert routes["orders.list"].where == ("services", 0, "routes", 0)
    assert (routes["legacy"].service, routes["legacy"].strip_path) == (legacy, True)
    assert routes["nowhere"].service is None
    assert routes["nowhere"].protocols == ("http", "https")
    upstream = found.upstream("orders.upstream")
    assert upstream is not None
    assert [(each.target, each.weight) for each in upstream.targets] == [("orders-1:8000", 100), ("orders-2:8000", 50)]
    assert upstream.values["healthchecks"]["active"]["unhealthy"]["http_statuses"] == [
        *(429, 404, 500, 501, 502, 503, 504, 505),
    ]
    alice = found.consumers[0]
    assert (alice.username, alice.groups) == ("alice", ("readers", "writers"))
    assert {each.values["key"] for each in alice.credentials} == {"secret", "second"}


def test_the_most_specific_plugin_of_a_name_runs_and_those_that_are_off_do_not() -> None:
    found = entities(_whole())
    routes = {route.name: route for route in found.routes}
    alice = found.consumers[0]
    plain = {each.name: each.config for each in found.plugins_for(routes["orders.list"])}
    assert plain["rate-limiting"]["minute"] == 5
    assert plain["key-auth"]["key_names"] == ["X-API-KEY"]
    assert found.plugins_for(routes["legacy"])[-1].name == "prometheus"
    known = {each.name: each.config for each in found.plugins_for(routes["orders.list"], alice)}
    assert known["rate-limiting"]["minute"] == 7
    names = [each.name for each in found.plugins_for(routes["orders.list"])]
    assert names == ["correlation-id", "key-auth", "rate-limiting", "prometheus"]


def test_ids_are_made_of_names_and_places() -> None:
    services = [{"name": "a", "host": "h", "plugins": [{"name": "cors"}]}]
    found = entities({"_format_version": "3.0", "services": services})
    # As a database-less gateway computes them: uuid5 of the name, in the namespace that is uuid5 of the table.
    tables = uuid.UUID("fd02801f-0957-4a15-a55a-c8d9606f30b5")
    service = str(uuid.uuid5(uuid.uuid5(tables, "services"), "a"))
    assert found.services[0].id == service
    assert found.plugins[0].id == str(uuid.uuid5(uuid.uuid5(tables, "plugins"), f"plugins:cors::{service}:"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a", ("http", "a", 80, None)),
        ("https://a.b/c?d=e", ("https", "a.b", 443, "/c")),
        ("http://u:p@a:8000/#f", ("http", "a", 8000, "/")),
        ("http://[::1]:8000", ("http", "::1", 8000, None)),
        ("http://[::1]", ("http", "::1", 80, None)),
        ("//a:443", ("https", "a", 443, None)),
        ("grpcs://a", ("grpcs", "a", 80, None)),
    ],
)
def test_the_url_of_a_service(url: str, expected: tuple[str, str, int, str | None]) -> None:
    (found,) = entities({"_format_version": "3.0", "services": [{"url": url}]}).services
    assert (found.protocol, found.host, found.port, found.path) == expected


def test_refused_configurations_have_no_entities() -> None:
    with pytest.raises(Refused, match="required field missing") as refused:
        entities({"_format_version": "3.0", "services": [{}]})
    assert refused.value.complaints == (
        Complaint(("services", 0, "host"), "required field missing", ("services", 0, "host")),
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"routes": [{"name": "r", "paths": ["/"], "service": "x"}]}, ("routes", 0, "service")),
        ({"services": [{"name": "a", "host": "h"}, {"name": "a", "host": "h"}]}, ("services", 1)),
        ({"services": [{"name": "a", "host": "h", "routes": [{}]}]}, ("services", 0, "routes", 0)),
        ({"plugins": [{"name": "cors", "config": {"methods": ["GET", "x"]}}]}, ("plugins", 0, "config", "methods", 1)),
    ],
)
def test_complaints_lead_to_what_is_blamed(data: dict[str, Any], where: tuple[str | int, ...]) -> None:
    (complaint,) = check({"_format_version": "3.0", **data})
    assert complaint.where == where


@pytest.mark.parametrize("version", ["1.1", "2.1"])
def test_patterns_of_older_formats_are_known_by_their_characters(version: str) -> None:
    data = {"_format_version": version, "routes": [{"name": "r", "paths": ["/u/(?<id>[^/]+)$", "/plain"]}]}
    assert entities(data).routes[0].paths == ("~/u/(?<id>[^/]+)$", "/plain")
    data["_format_version"] = "3.0"
    assert entities(data).routes[0].paths == ("/u/(?<id>[^/]+)$", "/plain")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: yes\n", {"a": True}),
        ("a: 3.0\n", {"a": 3.0}),
        ("a: 2026-01-01\n", {"a": "2026-01-01"}),
        ("b: &b {x: 1}\na: {<<: *b, y: 2}\n", {"b": {"x": 1}, "a": {"x": 1, "y": 2}}),
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("a: ~\n", {"a": None}),
        ("---\na: 1\n---\nb: 2\n", {"a": 1}),
    ],
)
def test_text_is_read_as_kong_reads_it(text: str, expected: dict[str, Any]) -> None:
    assert read(text) == expected


_BOMB = "a: &a [x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n",
        "a",
        "a: [",
        "a: !!python/object/apply:os.getcwd []\n",
        "a: &a [*a]\n",
        _BOMB,
        "[" * 5000,
        "{" * 5000,
    ],
    ids=["nothing", "list", "word", "broken", "tag", "circle", "bomb", "deep", "deep-map"],
)
def test_what_holds_no_configuration(text: str) -> None:
    with pytest.raises(Unreadable, match="failed parsing declarative configuration"):
        read(text)


@pytest.mark.parametrize(
    "data",
    [
        {"services": [{"url": f"http://a:{'9' * 5000}"}]},
        {"services": [{"host": f"a:{'9' * 5000}"}]},
        {"routes": [{"paths": [f"~/a{{{'9' * 5000}}}"]}]},
        {"routes": [{"hosts": [f"a:{'0' * 5000}1"]}]},
        {"routes": [{"hosts": [f"1.1.1.1:{'9' * 5000}"]}]},
        {"routes": [{"paths": ["~/" + "(" * 2000 + ")" * 2000]}]},
        {"plugins": [{"name": "ip-restriction", "config": {"allow": [f"1.1.1.1/{'9' * 5000}"]}}]},
    ],
)
def test_numbers_without_end(data: dict[str, Any]) -> None:
    complaints = check({"_format_version": "3.0", **data})
    if not complaints:
        entities({"_format_version": "3.0", **data})


def test_every_plugin_is_judged_without_a_word_of_its_own() -> None:
    for name in BUNDLED:
        for config in ({}, None, {"no such field": 1}):
            check({"_format_version": "3.0", "plugins": [{"name": name, "config": config}]})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99999) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5) | st.integers(0, 3), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, item in members for place in _places(item, (*path, name)))]


@given(st.data())
def test_no_value_anywhere_makes_the_loader_fall_over(data: st.DataObject) -> None:
    changed = copy.deepcopy(_whole())
    *path, last = data.draw(st.sampled_from([place for place in _places(changed) if place]))
    target = changed
    for part in path:
        target = target[part]
    target[last] = data.draw(_JSON)
    complaints = check(changed)
    assert bool(written(complaints)) is bool(complaints)
    if not complaints:
        entities(changed)


@given(_JSON)
def test_nor_does_any_file(value: Any) -> None:
    check({"_format_version": "3.0", **{name: value for name in ("services", "routes", "plugins", "consumers")}})


_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.of(new_key(), _NOW)


@pytest.fixture(scope="module")
def pems(authority: Authority) -> tuple[tuple[str, str], tuple[str, str]]:
    """The certificates and keys of two servers."""
    keys = new_key(), new_key()
    one, other = ((pem_of(authority.issue("a.b", key, _NOW)).decode(), key_pem(key).decode()) for key in keys)
    return one, other


def test_certificates_and_the_names_that_they_are_for(pems: tuple[tuple[str, str], tuple[str, str]]) -> None:
    (cert, key), _ = pems
    entry = {"cert": cert, "key": key, "snis": [{"name": "a.example.com"}, {"name": "*.example.org"}]}
    (found,) = entities({"_format_version": "3.0", "certificates": [entry]}).certificates
    assert (found.cert, found.key, found.snis) == (cert, key, ("a.example.com", "*.example.org"))


def test_certificates_that_are_none(authority: Authority, pems: tuple[tuple[str, str], tuple[str, str]]) -> None:
    (cert, key), (_, other) = pems

    def said(**entry: str) -> str:
        return written(check({"_format_version": "3.0", "certificates": [entry]}))

    assert "certificate does not match key" in said(cert=cert, key=other)
    assert "in 'cert': invalid certificate: " in said(cert="no certificate", key=key)
    assert "in 'key': invalid key: " in said(cert=cert, key="no key")
    assert "all or none of these fields must be set: 'cert_alt', 'key_alt'" in said(cert=cert, key=key, cert_alt=cert)
    assert said(cert="{vault://env/cert}", key="{vault://env/key}") == ""
    own = pem_of(authority.certificate).decode()
    data: dict[str, Any] = {"_format_version": "3.0", "ca_certificates": [{"cert": own}]}
    assert check(data) == ()
    data["ca_certificates"] = [{"cert": cert}]
    assert "does not appear to be a CA" in written(check(data))
