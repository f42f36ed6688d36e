"""Where operations are reached from outside: hosts, base paths and protocols, by the servers of their contract."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fountaingen.model.service import Operation, Server, Service
from fountaingen.primitives.hosts import ascii_host, is_address

_HTTPS = ("https",)
_BOTH = ("http", "https")


@dataclass(frozen=True)
class Address:
    """Hosts that have the same base paths, empty for none, and the same protocols."""

    hosts: tuple[str, ...]
    bases: tuple[str, ...]
    protocols: tuple[str, ...]


@dataclass(frozen=True)
class Places:
    """The hosts of a service; ``fallback`` is its host where the contract has none that is public."""

    service: Service
    fallback: str

    @property
    def is_public(self) -> bool:
        """Whether the contract names a host that stands in DNS."""
        return bool(self._named(self.service.servers) or self._own)

    def of(self, operation: Operation) -> tuple[Address, ...]:
        """Return where an operation is reached: by the nearest servers; local ones give base paths only."""
        bases = tuple(dict.fromkeys(server.base_path for server in operation.servers)) or ("",)
        named = self._named(operation.servers)
        if not named:
            named = [Server("https", host, None, base, "") for host in self._usual() for base in bases]
        elif _are_the_contracts(operation.servers):
            named += [Server("https", host, None, base, "") for host in self._own for base in bases]
        return _grouped(named, _BOTH if self._usual() == (self.fallback,) else _HTTPS)

    @property
    def _own(self) -> tuple[str, ...]:
        options = self.service.spec.data.get("x-fountaingen-service") or {}
        written = options.get("host")
        return (written.lower().rstrip("."),) if written and not is_address(written) else ()

    def _usual(self) -> tuple[str, ...]:
        """Return the hosts of the whole contract, for servers that name none."""
        document = [server for server in self.service.servers if _are_the_contracts((server,))]
        found = (*self._own, *(server.host for server in self._named(document)))
        return tuple(dict.fromkeys(found)) or (self.fallback,)

    def _named(self, servers: Iterable[Server]) -> list[Server]:
        found = []
        for server in servers:
            if server.is_public:
                try:
                    found.append(Server(server.scheme, ascii_host(server.host), None, server.base_path, ""))
                except ValueError:
                    # Said where the records of hosts are made.
                    continue
        return list(dict.fromkeys(found))


def _are_the_contracts(servers: Sequence[Server]) -> bool:
    return bool(servers) and servers[0].pointer.startswith("/servers/")


def _grouped(servers: Iterable[Server], least: tuple[str, ...]) -> tuple[Address, ...]:
    by_host: dict[str, list[Server]] = {}
    for server in servers:
        by_host.setdefault(server.host, []).append(server)
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for host, found in by_host.items():
        bases = tuple(dict.fromkeys(server.base_path for server in found))
        protocols = _BOTH if any(server.scheme == "http" for server in found) else least
        groups.setdefault((bases, protocols), []).append(host)
    return tuple(Address(tuple(hosts), *key) for key, hosts in groups.items())
