"""The servers of a contract: the host and port that they name, and the paths below which its own paths stand."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from fountaingen.model import grammar
from fountaingen.model.service import Server

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_KEPT = "/:@!$&'()*+,;=~%"
_MOST = 16
"""How many URLs one server may come to by the values of its variables; more are cut off."""


def servers(data: Any, others: Iterable[Server] = ()) -> tuple[Server, ...]:
    """Return every absolute URL that the contract's servers come to, without those that need a value nobody knows.

    ``others`` are those of paths and operations, which follow.
    """
    return tuple(dict.fromkeys(server for server in (*nearest([(data, "")]), *others) if server.host))


def nearest(holders: Iterable[tuple[Any, str]]) -> tuple[Server, ...]:
    """Return every URL that the servers of the first holder come to which has any (OAS 3.1 sections 4.8.9 and 4.8.10).

    A holder is an object and its pointer, the nearest first. A relative URL gives a server without scheme and host.
    """
    for data, pointer in holders:
        if data.get("servers"):
            return tuple(dict.fromkeys(_servers(data, pointer)))
    return ()


def _servers(data: Any, holder: str) -> Iterator[Server]:
    for pointer, url in _placed_urls(data, holder):
        parts = _split(url)
        if parts is None or "{" in url:
            continue
        path = quote(parts.path.rstrip("/"), safe=_KEPT)
        scheme = parts.scheme or "https"
        if parts.hostname and scheme in ("http", "https"):
            yield Server(scheme, parts.hostname.rstrip("."), parts.port, path, pointer)
        elif not parts.scheme and not parts.netloc:
            yield Server("", "", None, path, pointer)


def host(data: Any) -> str | None:
    """Return the first name that could stand in DNS."""
    hosts = (parts.hostname for parts in _split_all(data))
    return next((name for name in hosts if name and "." in name and "{" not in name), None)


def port(data: Any) -> int | None:
    """Return the first port of this machine."""
    return next((parts.port for parts in _split_all(data) if _is_local(parts) and parts.port), None)


def base_paths(data: Any) -> tuple[str, ...]:
    """Return the paths that requests may have before the contract's own (OAS 3.1 section 4.8.8.1), percent-encoded.

    Those of servers that single paths or operations name follow those of the whole contract.
    """
    urls = (url for holder in _holders(data) for url in _urls(holder))
    written = (re.sub("^[^/]*//[^/]*", "", url).partition("?")[0].partition("#")[0] for url in urls)
    paths = (quote(path.rstrip("/"), safe=_KEPT) for path in written)
    return tuple(dict.fromkeys(path for path in paths if path.startswith("/")))


def _holders(data: Any) -> Iterator[Any]:
    """Yield the contract, and every path and operation that names servers of its own."""
    yield data
    paths = data.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if isinstance(item, dict) and not path.startswith("x-"):
            yield item
            yield from (value for _, _, value in grammar.operations(item, "") if isinstance(value, dict))


def _is_local(parts: SplitResult) -> bool:
    return parts.hostname in ("localhost", "127.0.0.1")


def _split_all(data: Any) -> Iterator[SplitResult]:
    for url in _urls(data):
        parts = _split(url)
        if parts is not None and parts.hostname:
            yield parts


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        return None
    return parts


def _urls(data: Any) -> Iterator[str]:
    return (url for _, url in _placed_urls(data))


def _placed_urls(data: Any, holder: str = "") -> Iterator[tuple[str, str]]:
    for index, server in enumerate(data.get("servers") or ()):
        if isinstance(server, dict) and isinstance(url := server.get("url"), str):
            variables = server.get("variables")
            filled = _filled(url, variables if isinstance(variables, dict) else {})
            yield from ((f"{holder}/servers/{index}", _rooted(each)) for each in itertools.islice(filled, _MOST))


def _rooted(url: str) -> str:
    """Return a relative URL as it is seen from the root of whatever host serves it, any other as it is."""
    parts = _split(url)
    is_relative = parts is not None and not parts.scheme and not parts.netloc and "{" not in url
    return urlsplit(urljoin("http:///", url)).path if is_relative else url


def _filled(url: str, variables: Mapping[str, Any]) -> Iterator[str]:
    names = list(dict.fromkeys(_VARIABLE.findall(url)))
    for values in itertools.product(*(_values(variables.get(name)) for name in names)):
        filled = url
        for name, value in zip(names, values, strict=True):
            filled = filled if value is None else filled.replace(f"{{{name}}}", value)
        yield filled


def _values(variable: Any) -> Sequence[str | None]:
    """Return the values that a variable can have, its default first; None for one that nobody knows."""
    found = [variable.get("default"), *(variable.get("enum") or ())] if isinstance(variable, dict) else []
    return list(dict.fromkeys(each for each in found if isinstance(each, str))) or [None]
