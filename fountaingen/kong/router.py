"""Which route a request takes: Kong's router of flavour ``traditional_compatible``, the default of 3.9.

Kong writes each route as an expression with a priority of 64 bits (``kong/router/transform.lua``) and takes the first
that is true: the highest priority, and of equal ones the highest id.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fountaingen.kong import uris
from fountaingen.kong.candidates import Candidates
from fountaingen.kong.configuration import Configuration, Route, Service
from fountaingen.kong.expressions import router_pattern
from fountaingen.kong.patterns import rust

_SPLIT = uuid.UUID("7f145bf9-0dce-4f91-98eb-debbce4b9f6b")
_STREAM = frozenset({"tcp", "udp", "tls", "tls_passthrough"})
_PORTS = {"http": 80, "https": 443}
_WEIGHT_BIT, _PLAIN_HOST_BIT, _HEADERS_BIT, _REGEX_BIT, _REGEX_PRIORITY_BIT = 61, 60, 52, 51, 19


@dataclass(frozen=True)
class Request:
    """What the router looks at: ``host`` is the Host header as sent, ``path`` the target as sent, with a query or not.

    Names of headers are in lower case. ``port`` is the one that was connected to, where the host names none.
    """

    scheme: str
    host: str
    method: str
    path: str
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sni: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Match:
    """Where a request goes.

    ``captures`` are the groups of the route's pattern by name and number; ``upstream_uri`` is the path that is sent on,
    without the query, and ``upstream_host`` the Host header (None: that of the upstream). ``insecure`` is the status of
    the answer to a request without TLS on a route that demands it, None where it may pass.
    """

    route: Route
    service: Service | None
    captures: Mapping[str, str]
    upstream_uri: str
    upstream_host: str | None
    insecure: int | None


@dataclass(frozen=True)
class Path:
    """One path of a route."""

    text: str
    pattern: re.Pattern[str] | None

    def matched(self, path: str) -> tuple[str, Mapping[str, str]] | None:
        """Return the part of a normalized path that fits, and the captures; None where it does not fit."""
        if self.pattern is None:
            return (self.text, {}) if path.startswith(self.text) else None
        found = self.pattern.search(path)
        if found is None:
            return None
        numbered = {str(number): value for number, value in enumerate(found.groups(), 1) if value is not None}
        return found[0], {**numbered, **{name: value for name, value in found.groupdict().items() if value is not None}}


@dataclass(frozen=True)
class _Matcher:
    """A route, or what Kong makes of it for its paths of one kind: patterns, or prefixes of one length."""

    route: Route
    id: str
    paths: tuple[Path, ...]
    priority: int
    tests: tuple[Callable[[Request, str], bool], ...]


class _Bucket:
    """Matchers in their order, found by the paths that they take."""

    def __init__(self, matchers: Sequence[_Matcher]) -> None:
        self._matchers = matchers
        self._candidates = Candidates([[path.text for path in matcher.paths] for matcher in matchers])

    def of(self, path: str) -> Iterator[_Matcher]:
        """Yield the matchers that a normalized path may fit."""
        return (self._matchers[number] for number in self._candidates.of(path))


class Router:
    """The routes of a configuration, in the order in which they are tried.

    Raises:
        Unmodelled: a pattern has no words in Python (Unicode classes such as ``\\p{L}``).
    """

    def __init__(self, configuration: Configuration) -> None:
        found = [matcher for route in configuration.routes for matcher in _matchers(route)]
        found.sort(key=lambda matcher: (matcher.priority, matcher.id), reverse=True)
        names = {host for route in configuration.routes for host in route.hosts if "*" not in host and ":" not in host}
        self._by_host = {name: _Bucket([each for each in found if _may_be_for(each.route, name)]) for name in names}
        self._others = _Bucket([each for each in found if not each.route.hosts or _is_open(each.route)])

    def match(self, request: Request) -> Match | None:
        """Return where a request goes, None where Kong answers 404."""
        return next(self.matches(request), None)

    def matches(self, request: Request) -> Iterator[Match]:
        """Yield every route that fits, the one that Kong takes first."""
        path = uris.normalized(request.path.partition("?")[0])
        host = _host_and_port(request.host)[0]
        for matcher in self._by_host.get(host, self._others).of(path):
            if all(test(request, host) for test in matcher.tests):
                part: tuple[str, Mapping[str, str]] | None = ("", {})
                if matcher.paths:
                    part = next((fits for each in matcher.paths if (fits := each.matched(path))), None)
                if part:
                    yield _match(matcher, request, path, part)


def priority(route: Route, paths: Sequence[str]) -> int:
    """Return the priority of a route with paths of one kind."""
    given = (route.methods, route.hosts, route.headers, route.snis, paths)
    is_regex = bool(paths) and paths[0].startswith("~")
    plain_hosts = bool(route.hosts) and not any("*" in host for host in route.hosts)
    value = sum(map(bool, given)) << _WEIGHT_BIT
    value |= plain_hosts << _PLAIN_HOST_BIT
    value |= min(len(route.headers), 255) << _HEADERS_BIT
    if is_regex:
        value |= 1 << _REGEX_BIT
        value |= (route.regex_priority << _REGEX_PRIORITY_BIT) & (2**64 - 1)
    elif paths:
        value |= len(paths[0].encode()) & 0x7FFFF
    return value


def _matchers(route: Route) -> Iterator[_Matcher]:
    if (route.service and not route.service.enabled) or (route.protocols and route.protocols[0] in _STREAM):
        return
    groups: dict[int, list[str]] = {}
    for path in route.paths:
        groups.setdefault(0 if path.startswith("~") else len(path.encode()), []).append(path)
    tests = tuple(_tests(route))
    if len(groups) < 2:
        yield _Matcher(route, route.id, _paths(route.paths), priority(route, route.paths), tests)
        return
    for number, paths in enumerate(groups.values(), 1):
        identity = str(uuid.uuid5(_SPLIT, f"{route.id}#{number}"))
        yield _Matcher(route, identity, _paths(paths), priority(route, paths), tests)


def _paths(paths: Sequence[str]) -> tuple[Path, ...]:
    return tuple(Path(path, rust.compiled(router_pattern(path)) if path.startswith("~") else None) for path in paths)


def _tests(route: Route) -> Iterator[Callable[[Request, str], bool]]:
    if route.methods:
        methods = frozenset(route.methods)
        yield lambda request, _: request.method in methods
    if route.hosts:
        hosts = [_host_test(host) for host in route.hosts]
        yield lambda request, host: any(test(request, host) for test in hosts)
    if route.snis:
        snis = [_sni_test(sni) for sni in route.snis]
        yield lambda request, _: request.scheme != "https" or any(test(request.sni or "") for test in snis)
    for name, values in route.headers.items():
        yield _header_test(name, values)


def _host_test(written: str) -> Callable[[Request, str], bool]:
    wanted, port = _host_and_port(written)

    def test(request: Request, host: str) -> bool:
        return _fits(wanted, host) and (port is None or port == _port(request))

    return test


def _sni_test(written: str) -> Callable[[str], bool]:
    wanted = written.removesuffix(".") if len(written) > 1 else written
    return lambda sni: _fits(wanted, sni)


def _fits(wanted: str, given: str) -> bool:
    if wanted.startswith("*"):
        return given.endswith(wanted[1:])
    return given.startswith(wanted[:-1]) if wanted.endswith("*") else given == wanted


def _header_test(name: str, values: Sequence[str]) -> Callable[[Request, str], bool]:
    plain = {value.lower() for value in values if not value.startswith("~*")}
    patterns = [rust.compiled(value[2:].lower()) for value in values if value.startswith("~*")]

    def test(request: Request, _: str) -> bool:
        sent = [value.lower() for value in request.headers.get(name.lower(), ())]
        return any(value in plain or any(pattern.search(value) for pattern in patterns) for value in sent)

    return test


def _may_be_for(route: Route, name: str) -> bool:
    return not route.hosts or any(_fits(_host_and_port(host)[0], name) for host in route.hosts)


def _is_open(route: Route) -> bool:
    return any("*" in host or ":" in host for host in route.hosts)


def _host_and_port(host: str) -> tuple[str, int | None]:
    name, colon, port = host.partition(":")
    return (name, int(port[:9])) if colon and port.isdecimal() and port.isascii() else (host, None)


def _port(request: Request) -> int | None:
    named = _host_and_port(request.host)[1]
    return named if named is not None else request.port or _PORTS.get(request.scheme)


def _match(matcher: _Matcher, request: Request, path: str, part: tuple[str, Mapping[str, str]]) -> Match:
    route = matcher.route
    only_tls = "https" in route.protocols and "http" not in route.protocols
    return Match(
        route=route,
        service=route.service,
        captures=part[1],
        upstream_uri=uris.escaped(_upstream_uri(route, path, part[0])),
        upstream_host=request.host if route.preserve_host else None,
        insecure=route.https_redirect_status_code if only_tls and request.scheme == "http" else None,
    )


def _upstream_uri(route: Route, path: str, matched: str) -> str:
    """Join the path of the service and the path of the request (``path_handling`` v0, the only one of this router)."""
    base = (route.service.path if route.service else None) or "/"
    if not route.strip_path:
        if base.endswith("/"):
            return base + path[1:]
        return base if path == "/" else base + path
    rest = _without_dots(path[len(matched) :])
    if not rest:
        return _bare(base, path)
    return base.removesuffix("/") + rest if rest.startswith("/") else f"{base.removesuffix('/')}/{rest}"


def _bare(base: str, path: str) -> str:
    """Return the path where nothing is left of that of the request: it ends in a slash where both did."""
    if base == "/" or (path == "/" and not base.endswith("/")):
        return base
    return base.removesuffix("/") + ("/" if path.endswith("/") else "")


def _without_dots(rest: str) -> str:
    if rest in {".", ".."}:
        return ""
    return rest.removeprefix("../") if rest.startswith("../") else rest.removeprefix("./")
