"""The expression that Kong makes of a route, and its router's complaint where a regular expression in it is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.kong.patterns import rust

_STREAM = frozenset({"tcp", "udp", "tls", "tls_passthrough"})


def is_stream(route: Mapping[str, Any]) -> bool:
    """Say whether a route is for bytes, not for HTTP."""
    protocols = route.get("protocols") or ("http",)
    return protocols[0] in _STREAM


def router_pattern(path: str) -> str:
    """Return the regular expression of a path that begins with ``~`` as the router gets it."""
    return "^" + path[1:].replace("?<", "?P<")


def regex_fault(route: Mapping[str, Any]) -> str | None:
    """Return the router's complaint about the first regular expression of a route that it cannot compile."""
    if is_stream(route):
        return None
    for pattern in _patterns(route):
        refused = rust.refusal(pattern)
        if refused:
            text = expression(route)
            return (
                f"Router Expression failed validation: {_pointed(text, quoted(pattern), rust.shown(pattern, refused))}"
            )
    return None


def expression(route: Mapping[str, Any]) -> str:
    """Return the expression of a route for HTTP, its conditions in the order in which Kong writes them."""
    parts = [
        _snis(route.get("snis") or ()),
        _nets("net.src", route.get("sources") or ()),
        _nets("net.dst", route.get("destinations") or ()),
        _any_of([f"http.method == {quoted(method)}" for method in route.get("methods") or ()]),
        _any_of([_host(host) for host in route.get("hosts") or ()]),
        _any_of([_path(path) for path in route.get("paths") or ()]),
        *(_header(name, values) for name, values in (route.get("headers") or {}).items()),
    ]
    return " && ".join(part for part in parts if part)


def quoted(text: str) -> str:
    """Return a text as a literal of an expression."""
    if '"#' not in text:
        return f'r#"{text}"#'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _patterns(route: Mapping[str, Any]) -> list[str]:
    found = [router_pattern(path) for path in route.get("paths") or () if path.startswith("~")]
    for values in (route.get("headers") or {}).values():
        found += [value[2:].lower() for value in values if value.startswith("~*")]
    return found


def _any_of(conditions: Sequence[str]) -> str:
    return f"({' || '.join(conditions)})" if conditions else ""


def _snis(snis: Sequence[str]) -> str:
    conditions = _any_of([f"tls.sni {_sni(sni)}" for sni in snis])
    return f"(net.protocol != {quoted('https')} || {conditions})" if conditions else ""


def _sni(sni: str) -> str:
    if sni.startswith("*"):
        return f"=^ {quoted(sni.removesuffix('.')[1:])}"
    if sni.endswith("*"):
        return f"^= {quoted(sni[:-1])}"
    return f"== {quoted(sni.removesuffix('.'))}"


def _nets(field: str, nets: Sequence[Mapping[str, Any]]) -> str:
    conditions = []
    for net in nets:
        address = net.get("ip")
        both = [f"{field}.ip {'in' if '/' in address else '=='} {address}"] if address else []
        both += [f"{field}.port == {net['port']}"] if net.get("port") is not None else []
        conditions.append(both[0] if len(both) == 1 else f"({' && '.join(both)})")
    return _any_of(conditions)


def _host(written: str) -> str:
    host, colon, port = written.partition(":")
    if not colon or not port.isdecimal():
        host, port = written, ""
    if host.startswith("*"):
        condition = f"http.host =^ {quoted(host[1:])}"
    elif host.endswith("*"):
        condition = f"http.host ^= {quoted(host[:-1])}"
    else:
        condition = f"http.host == {quoted(host)}"
    return f"({condition} && net.dst.port == {port.lstrip('0') or 0})" if port else condition


def _path(path: str) -> str:
    return f"http.path ~ {quoted(router_pattern(path))}" if path.startswith("~") else f"http.path ^= {quoted(path)}"


def _header(name: str, values: Sequence[str]) -> str:
    field = f"any(lower(http.headers.{name.replace('-', '_').lower()}))"
    return _any_of(
        [
            (
                f"{field} ~ {quoted(value[2:].lower())}"
                if value.startswith("~*")
                else f"{field} == {quoted(value.lower())}"
            )
            for value in values
        ]
    )


def _pointed(text: str, part: str, reason: str) -> str:
    """Return a complaint about a part of an expression as the router's parser shows it."""
    column = text.index(f"~ {part}") + 2
    marks = "^" if len(part) == 1 else f"^{'-' * (len(part) - 2)}^"
    return f" --> 1:{column + 1}\n  |\n1 | {text}\n  | {' ' * column}{marks}\n  |\n  = {reason}"
