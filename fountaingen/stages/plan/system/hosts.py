"""The public hosts of all services: each name once, in ASCII, with the place in a contract that names it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fountaingen.model.problems import Place, Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.primitives.hosts import ascii_host, is_address

_EXTENSION = "/x-fountaingen-service/host"


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


def hosts(system: System) -> Iterator[Host | Problem]:
    """Yield the hosts that the contracts name, sorted, and a problem (FG831) for each that cannot stand in DNS.

    What several contracts name is yielded once, with its first place. Addresses are no hosts.
    """
    found: dict[str, Host] = {}
    for service in system.services:
        for written in service.hosts:
            if is_address(written):
                continue
            place = _place(service, written)
            try:
                name = ascii_host(written)
            except ValueError as error:
                yield Problem("FG831", f"the host '{written}' {error}", place)
            else:
                found.setdefault(name, Host(name, written, place))
    yield from (found[name] for name in sorted(found))


def _place(service: Service, written: str) -> Place:
    options = service.spec.data.get("x-fountaingen-service") or {}
    if options.get("host") == written:
        return service.spec.place(_EXTENSION)
    named = (server.pointer for server in service.servers if server.host == written)
    return service.spec.place(f"{next(named, '/servers')}/url")
