"""Where a contract says that its operations are: hosts and base paths, read from the document itself.

The gateway's routes are made from what the build understood. What is expected of them is read here once more, and apart
from it, so that a host which the build loses is missed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.hosts import ascii_host

_MOST = 16
"""How many URLs a Server Object stands for: the first ones, as the services themselves take them."""
_SAFE = "/:@!$&'()*+,;=~%"


class Location(NamedTuple):
    """A host, empty where the URL is relative or of this machine, and a path without a slash at its end."""

    host: str
    base: str


@dataclass(frozen=True)
class Reading:
    """The document of a service; ``fallback`` is its host where the contract names none that is public."""

    service: Service
    fallback: str

    def of(self, operation: Operation) -> Iterator[Location]:
        """Yield where an operation is, each place once (OAS 3.1 sections 4.8.9.1, 4.8.10.1 and 4.8.1)."""
        yield from dict.fromkeys(self._of(operation))

    def _of(self, operation: Operation) -> Iterator[Location]:
        item = self._followed(self._data["paths"][operation.path])
        method = operation.method
        own = item.get(method.lower()) or (item.get("additionalOperations") or {}).get(method) or {}
        near = next((each["servers"] for each in (self._followed(own), item) if each.get("servers")), None)
        found = list(_locations(near if near is not None else self._data.get("servers")))
        public = [each for each in found if each.host]
        yield from public
        if not public or near is None:
            bases = [each.base for each in found] or [""]
            for host in self._whole() if not public else self._said():
                yield from (Location(host, base) for base in bases)

    @property
    def _data(self) -> Any:
        return self.service.spec.data

    def _followed(self, value: Any) -> Any:
        while isinstance(value.get("$ref"), str):
            value = pointers.follow(self._data, pointers.split(value["$ref"].removeprefix("#")))
        return value

    def _said(self) -> list[str]:
        """Return the host that ``x-fountaingen-service`` gives."""
        host = (self._data.get("x-fountaingen-service") or {}).get("host")
        return [host.lower().rstrip(".")] if host and not _is_address(host) else []

    def _whole(self) -> list[str]:
        """Return the hosts of the whole contract."""
        named = [each.host for each in _locations(self._data.get("servers")) if each.host]
        return [*self._said(), *named] or [self.fallback]


def _locations(servers: Any) -> Iterator[Location]:
    for server in servers or ():
        for url in islice(_urls(server["url"], server.get("variables") or {}), _MOST):
            try:
                parts = urlsplit(urljoin("http:///", url))
            except ValueError:
                continue
            if parts.scheme in ("http", "https"):
                yield Location(_public(parts.hostname or ""), quote(parts.path.rstrip("/"), safe=_SAFE))


def _public(host: str) -> str:
    """Return a host as DNS has it, empty where it could not stand there."""
    name = host.rstrip(".")
    if "." not in name or _is_address(name) or name.endswith(".localhost"):
        return ""
    try:
        return ascii_host(name)
    except ValueError:
        return ""


def _urls(url: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the URLs of all values that variables may have, those of the defaults first."""
    known = {name: each for name, each in variables.items() if f"{{{name}}}" in url}
    choices = [dict.fromkeys((each["default"], *(each.get("enum") or ()))) for each in known.values()]
    for values in product(*choices):
        filled = url
        for name, value in zip(known, values, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        if "{" not in filled:
            yield filled


def _is_address(host: str) -> bool:
    return ":" in host or host.rstrip(".").rpartition(".")[2].isdigit()
