"""The public hosts of all services: each name once, in ASCII, with the place in a contract that names it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fountaingen.model.problems import Place, Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.primitives.hosts import ascii_host, is_address

_EXTENSION = "/x-fountaingen-service/host"
_REMEDY = "no gateway, record or certificate has such a host; name another one"


@dataclass(frozen=True)
class Host:
    """A host name as it stands in DNS; ``written`` is how the contract at ``place`` has it."""

    name: str
    written: str
    place: Place

    @property
    def is_qualified(self) -> bool:
        """Whether the name has a domain that it is in."""
        return "." in self.name.removeprefix("*.")

    @property
    def is_local(self) -> bool:
        """Whether every machine takes the name for itself (RFC 6761 section 6.3)."""
        return self.name.endswith(".localhost")


def hosts(system: System) -> Iterator[Host | Problem]:
    """Yield the hosts of all services, sorted, and a problem (FG831) for each that cannot stand in DNS.

    What several contracts name is yielded once, with its first place. Addresses are no hosts. A service whose contract
    names none has the one that the gateway gives it.
    """
    found: dict[str, Host] = {}
    for service in system.services:
        named = list(_named(service))
        yield from (each for each in named if isinstance(each, Problem))
        own = [each for each in named if isinstance(each, Host)] or [_given(service, system)]
        found = {each.name: each for each in own} | found
    yield from (found[name] for name in sorted(found))


def _named(service: Service) -> Iterator[Host | Problem]:
    for written in service.hosts:
        if not is_address(written):
            place = _place(service, written)
            try:
                yield Host(ascii_host(written), written, place)
            except ValueError as error:
                yield Problem("FG831", f"the host '{written}' {error}", place, _REMEDY)


def _given(service: Service, system: System) -> Host:
    name = f"{system.labels[service.name]}.{system.deployment.gateway.domain}"
    return Host(name, name, service.spec.place("/servers"))


def _place(service: Service, written: str) -> Place:
    options = service.spec.data.get("x-fountaingen-service") or {}
    if options.get("host") == written:
        return service.spec.place(_EXTENSION)
    named = (server.pointer for server in service.servers if server.host == written)
    return service.spec.place(f"{next(named, '/servers')}/url")
