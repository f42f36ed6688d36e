"""The router against the rules as Kong's documentation tells them, and against a slow one that only follows those."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.kong import uris
from fountaingen.kong.configuration import Route
from fountaingen.kong.loader import entities
from fountaingen.kong.router import Match, Request, Router, priority


def _router(*routes: dict[str, Any], **service: Any) -> Router:
    data = {"_format_version": "3.0", "services": [{"name": "s", "host": "up", "routes": list(routes), **service}]}
    return Router(entities(data))


def _sent(path: str = "/", method: str = "GET", host: str = "a.b", **more: Any) -> Request:
    return Request(more.pop("scheme", "https"), host, method, path, **more)


def _name(match: Match | None) -> str | None:
    return match.route.name if match else None


@pytest.mark.parametrize(
    ("host", "sent", "fits"),
    [
        ("a.b", "a.b", True),
        ("a.b", "A.B", False),
        ("a.b", "a.b:8080", True),
        ("a.b", "x.a.b", False),
        ("*.a.b", "x.a.b", True),
        ("*.a.b", "x.y.a.b", True),
        ("*.a.b", "a.b", False),
        ("a.*", "a.com", True),
        ("a.*", "b.a.com", False),
        ("a.b:8443", "a.b:8443", True),
        ("a.b:8443", "a.b:9443", False),
        ("a.b:443", "a.b", True),
        ("a.b", "a.b:" + "9" * 5000, True),
        ("a.b:443", "a.b:" + "9" * 5000, False),
    ],
)
def test_hosts(host: str, sent: str, fits: bool) -> None:
    assert (_router({"name": "r", "hosts": [host]}).match(_sent(host=sent)) is not None) is fits


@pytest.mark.parametrize(
    ("path", "sent", "fits"),
    [
        ("/api/v1", "/api/v1", True),
        ("/api/v1", "/api/v1things", True),
        ("/api/v1", "/API/v1", False),
        ("~/u/(?<id>[^#?/]+)$", "/u/7", True),
        ("~/u/(?<id>[^#?/]+)$", "/u/7/", False),
        ("~/u/(?<id>[^#?/]+)$", "/u/a%2Fb", True),
        ("~/u/(?<id>[^#?/]+)$", "/u/a/b", False),
        ("~/u/(?<id>[^#?/]+)$", "/u/7?x=/y", True),
        ("~/u/(?<id>[^#?/]+)$", "/x/u/7", False),
        ("~/u$", "/%75", True),
        ("~/u$", "/x/../u", True),
        ("~/u$", "//u", True),
        ("~/u$", "/u%0A", False),
        ("~/a b$", "/a%20b", True),
    ],
)
def test_paths(path: str, sent: str, fits: bool) -> None:
    assert (_router({"name": "r", "paths": [path]}).match(_sent(sent)) is not None) is fits


def test_methods_headers_and_server_names() -> None:
    router = _router(
        {"name": "method", "methods": ["PUT"]},
        {"name": "header", "headers": {"X-Version": ["v2", "~*^beta-[0-9]+$"]}},
        {"name": "sni", "snis": ["a.b", "*.c"], "paths": ["/tls"]},
    )
    assert _name(router.match(_sent(method="PUT"))) == "method"
    assert router.match(_sent(method="put")) is None
    assert _name(router.match(_sent(headers={"x-version": ["V2"]}))) == "header"
    assert _name(router.match(_sent(headers={"x-version": ["v1", "Beta-17"]}))) == "header"
    assert router.match(_sent(headers={"x-version": ["v3"]})) is None
    assert _name(router.match(_sent("/tls", sni="x.c"))) == "sni"
    assert router.match(_sent("/tls", sni="b")) is None
    # Without TLS there is no server name to look at.
    assert _name(router.match(_sent("/tls", scheme="http"))) == "sni"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"hosts": ["a.b"], "paths": ["/"]}, {"paths": ["/very/long"]}),
        ({"hosts": ["a.b"], "methods": ["GET"]}, {"hosts": ["a.b"]}),
        ({"hosts": ["a.b"]}, {"hosts": ["*.b"]}),
        ({"headers": {"x-a": ["1"], "x-b": ["1"]}}, {"headers": {"x-a": ["1"]}}),
        ({"paths": ["~/very"]}, {"paths": ["/very/long"]}),
        ({"paths": ["/very/long"]}, {"paths": ["/very"]}),
        ({"paths": ["~/very"], "regex_priority": 1}, {"paths": ["~/very/long$"]}),
        ({"paths": ["/very/long"]}, {"paths": ["/very"], "regex_priority": 100}),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_which_of_two_routes_is_taken(first: dict[str, Any], second: dict[str, Any], turned: bool) -> None:
    routes = [{"name": "first", **first}, {"name": "second", **second}]
    router = _router(*(reversed(routes) if turned else routes))
    request = _sent("/very/long", headers={"x-a": ["1"], "x-b": ["1"]})
    assert [match.route.name for match in router.matches(request)] == ["first", "second"]


def test_each_path_of_a_route_has_a_priority_of_its_own() -> None:
    router = _router({"name": "both", "paths": ["/a", "~/a/b/c$"]}, {"name": "middle", "paths": ["/a/b"]})
    assert _name(router.match(_sent("/a/x"))) == "both"
    assert _name(router.match(_sent("/a/b/x"))) == "middle"
    assert _name(router.match(_sent("/a/b/c"))) == "both"


def test_equal_routes_are_told_apart_by_their_ids() -> None:
    low, high = "00000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000001"
    for order in ((low, high), (high, low)):
        router = _router(*({"id": each, "name": each, "paths": ["/a"]} for each in order))
        assert _name(router.match(_sent("/a"))) == high


@pytest.mark.parametrize(
    ("base", "strip", "path", "sent", "expected"),
    [
        (None, True, "/a", "/a/b", "/b"),
        (None, True, "/a", "/ab", "/b"),
        (None, True, "/a", "/a", "/"),
        (None, False, "/a", "/a/b", "/a/b"),
        ("/base", True, "/a", "/a/b", "/base/b"),
        ("/base", True, "/a", "/a", "/base"),
        ("/base", True, "/a", "/a/", "/base/"),
        ("/base/", True, "/a", "/a", "/base"),
        ("/base/", True, "/a", "/a/", "/base/"),
        ("/base/", True, "/a", "/ab", "/base/b"),
        ("/base", False, "/a", "/a/b", "/base/a/b"),
        ("/base/", False, "/", "/", "/base/"),
        ("/base", False, "/", "/", "/base"),
        (None, True, "~/u/(?<id>[^/]+)$", "/u/7", "/"),
        (None, False, "/a", "/a%20b%2Fc", "/a%20b%2Fc"),
        (None, False, "/a", "/a/%7Ex?y=1", "/a/~x"),
    ],
)
def test_what_is_sent_on(base: str | None, strip: bool, path: str, sent: str, expected: str) -> None:
    match = _router({"name": "r", "paths": [path], "strip_path": strip}, path=base).match(_sent(sent))
    assert match is not None
    assert match.upstream_uri == expected


def test_captures_host_and_protocol() -> None:
    router = _router(
        {"name": "r", "paths": ["~/u/(?<id>[^/]+)/(\\d+)$"], "protocols": ["https"], "preserve_host": True},
        {"name": "plain", "paths": ["/p"]},
    )
    match = router.match(_sent("/u/x/12", scheme="http", host="a.b:8000"))
    assert match is not None
    assert match.captures == {"1": "x", "2": "12", "id": "x"}
    assert (match.upstream_host, match.insecure) == ("a.b:8000", 426)
    plain = router.match(_sent("/p", scheme="http"))
    assert plain is not None
    assert (plain.upstream_host, plain.insecure) == (None, None)


def test_routes_for_bytes_take_no_requests() -> None:
    assert _router({"name": "t", "protocols": ["tcp"], "sources": [{"port": 1}]}).match(_sent()) is None


def test_routes_of_a_service_that_is_switched_off_are_not_there() -> None:
    assert _router({"name": "r", "paths": ["/"]}, enabled=False).match(_sent()) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/./b", "/a/b"),
        ("/a/..", "/"),
        ("/../a", "/a"),
        ("/a//b///", "/a/b/"),
        ("/%2e%2e/a", "/a"),
        ("/%2F%3f", "/%2F%3F"),
        ("/%C3%BC", "/ü"),
        ("/%zz", "/%zz"),
        ("", ""),
    ],
)
def test_normal_form(path: str, expected: str) -> None:
    assert uris.normalized(path) == expected


@given(st.text(alphabet="ab./%2eF ü", max_size=12).map("/".__add__))
def test_the_normal_form_has_neither_dots_nor_double_slashes(path: str) -> None:
    normal = uris.normalized(path)
    assert "//" not in normal
    assert not set(normal.split("/")) & {".", ".."}
    assert uris.escaped(normal).isascii()


_HOSTS = st.sampled_from(["a.b", "c.b", "*.b", "a.*", "x.a.b"])
_PATHS = st.sampled_from(
    ["/", "/a", "/a/", "/a$", "/a/b", "/ab", "~/a$", "~/a/?b", "~/a/+b$", "~/a/(?<x>[^/]+)$", "~/(?<x>[^/]+)/b$", "~/"]
)
_ROUTES = st.fixed_dictionaries(
    {"paths": st.lists(_PATHS, min_size=1, max_size=3, unique=True), "regex_priority": st.integers(0, 3)},
    optional={
        "hosts": st.lists(_HOSTS, min_size=1, max_size=2, unique=True),
        "methods": st.lists(st.sampled_from(["GET", "PUT"]), min_size=1, unique=True),
        "headers": st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.just(["1"]), min_size=1),
    },
)
_REQUESTS = st.builds(
    _sent,
    st.sampled_from(["/", "/a", "/a/b", "/ab", "/a$", "/a$c", "/a/c", "/c/b", "/b"]),
    st.sampled_from(["GET", "PUT", "POST"]),
    st.sampled_from(["a.b", "c.b", "x.a.b", "a.c", "q"]),
    headers=st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.just(["1"])),
)


def _host_fits(pattern: str, host: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), host) is not None


def _path_fits(pattern: str, path: str) -> bool:
    if not pattern.startswith("~"):
        return path.startswith(pattern)
    return re.match(pattern[1:].replace("?<", "?P<"), path) is not None


def _rank(route: Route, path: str) -> tuple[Any, ...]:
    """Return what decides, in the order in which it does."""
    attributes = sum(map(bool, (route.hosts, route.methods, route.headers, route.paths)))
    plain = bool(route.hosts) and not any("*" in host for host in route.hosts)
    regex = path.startswith("~")
    last = route.regex_priority if regex else len(path)
    return attributes, plain, len(route.headers), regex, last


def _slowly(routes: Sequence[Route], request: Request) -> list[tuple[tuple[Any, ...], str]]:
    found = []
    for route in routes:
        if route.hosts and not any(_host_fits(host, request.host) for host in route.hosts):
            continue
        if route.methods and request.method not in route.methods:
            continue
        if any(name not in request.headers for name in route.headers):
            continue
        found += [(_rank(route, path), str(route.name)) for path in route.paths if _path_fits(path, request.path)]
    return found


@given(st.lists(_ROUTES, min_size=1, max_size=6), st.lists(_REQUESTS, min_size=1, max_size=6))
def test_the_router_agrees_with_a_slow_one(routes: list[dict[str, Any]], requests: list[Request]) -> None:
    named = [{"name": f"r{number}", **route} for number, route in enumerate(routes)]
    data = {"_format_version": "3.0", "services": [{"name": "s", "host": "up", "routes": named}]}
    configuration = entities(data)
    router = Router(configuration)
    for request in requests:
        possible = _slowly(configuration.routes, request)
        best = {name for rank, name in possible if rank == max(each for each, _ in possible)}
        taken = _name(router.match(request))
        assert taken in best if possible else taken is None


@given(st.lists(_ROUTES, min_size=2, max_size=2))
def test_priorities_are_in_the_order_of_what_decides(routes: list[dict[str, Any]]) -> None:
    named = [{"name": f"r{number}", **route} for number, route in enumerate(routes)]
    configuration = entities({"_format_version": "3.0", "services": [{"name": "s", "host": "u", "routes": named}]})
    one, other = ((route, route.paths[0]) for route in configuration.routes)
    ranks, numbers = (_rank(*one), _rank(*other)), (priority(one[0], [one[1]]), priority(other[0], [other[1]]))
    assert (ranks[0] < ranks[1]) == (numbers[0] < numbers[1])
    assert all(0 <= number < 2**64 for number in numbers)
