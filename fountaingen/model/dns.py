"""What a project decides about DNS: the table ``dns`` of its settings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from fountaingen.model.targets import ZONE_ID, Target, addresses, alias, canonical, target
from fountaingen.primitives.hosts import ascii_host

_LONGEST_TTL = 2_147_483_647
"""Seconds, RFC 2181 section 8."""


@dataclass(frozen=True)
class Dns:
    """Where the contracts' hosts lead: to ``addresses`` and ``addresses6``, to a ``cname``, or to an alias.

    An alias is another name of Route 53's: ``alias_dns_name``, and ``alias_zone_id``, the hosted zone that it is in.
    ``hosts`` leads single hosts elsewhere, in the words that ``targets.target`` reads; empty ones leave a host out.
    ``zones`` maps hosted zones to their ids, empty where not known. ``ttl`` is in seconds.
    """

    addresses: tuple[str, ...] = ()
    addresses6: tuple[str, ...] = ()
    cname: str = ""
    alias_dns_name: str = ""
    alias_zone_id: str = ""
    alias_evaluate_health: bool = False
    alias_ipv6: bool = False
    hosts: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    ttl: int = 300

    @property
    def target(self) -> Target | None:
        """Where those hosts lead that ``hosts`` does not name, None where nothing is decided; raises ValueError."""
        if self.alias_dns_name or self.alias_zone_id:
            return self._alias()
        if self.cname:
            return canonical(self.cname)
        return addresses(self.addresses, self.addresses6) if self.addresses or self.addresses6 else None

    @property
    def overrides(self) -> Mapping[str, Target | None]:
        """Where single hosts lead, by their names in ASCII; raises ValueError."""
        return {ascii_host(host): self._read(words) for host, words in self.hosts.items()}

    @property
    def zone_ids(self) -> Mapping[str, str]:
        """The ids of hosted zones by the zones' names in ASCII; raises ValueError."""
        return {ascii_host(zone): zone_id for zone, zone_id in self.zones.items()}

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the keys whose values cannot be, and why."""
        given = {"alias_dns_name": self.alias_dns_name, "cname": self.cname, "addresses": self.addresses}
        given["addresses6"] = () if self.addresses else self.addresses6
        first, *others = [key for key, value in given.items() if value] or [""]
        yield from (
            (other, f"cannot stand beside '{_written(first)}': a host leads to one of them") for other in others
        )
        yield from _fault("addresses", lambda: addresses(self.addresses, ()))
        yield from _fault("addresses6", lambda: addresses((), self.addresses6))
        if self.cname:
            yield from _fault("cname", lambda: canonical(self.cname))
        if self.alias_dns_name or self.alias_zone_id:
            key = "alias_dns_name" if self.alias_dns_name else "alias_zone_id"
            yield from _fault(key, self._alias)
        yield from (("hosts", fault) for fault in self._host_faults())
        yield from (("zones", fault) for fault in self._zone_faults())
        if self.ttl > _LONGEST_TTL:
            yield "ttl", f"must be at most {_LONGEST_TTL}"

    def _alias(self) -> Target:
        health, ipv6 = self.alias_evaluate_health, self.alias_ipv6
        return alias(self.alias_dns_name, self.alias_zone_id, evaluate_health=health, ipv6=ipv6)

    def _read(self, words: str) -> Target | None:
        return target(words, evaluate_health=self.alias_evaluate_health, ipv6=self.alias_ipv6)

    def _host_faults(self) -> Iterator[str]:
        seen: dict[str, str] = {}
        for host, words in self.hosts.items():
            try:
                name = ascii_host(host)
            except ValueError as error:
                yield f"holds {host!r}, which {error}"
                continue
            if seen.setdefault(name, host) != host:
                yield f"holds {host!r}, which is {seen[name]!r}"
            yield from (f"of {host!r} {fault}" for _, fault in _fault("", partial(self._read, words)))

    def _zone_faults(self) -> Iterator[str]:
        names: dict[str, str] = {}
        ids: dict[str, str] = {}
        for zone, zone_id in self.zones.items():
            try:
                name = ascii_host(zone)
            except ValueError as error:
                yield f"holds {zone!r}, which {error}"
                continue
            if name.startswith("*"):
                yield f"holds {zone!r}, and no zone is called by a wildcard"
            if names.setdefault(name, zone) != zone:
                yield f"holds {zone!r}, which is {names[name]!r}"
            if zone_id and not ZONE_ID.fullmatch(zone_id):
                yield f"gives {zone!r} the id {zone_id!r}; one looks like 'Z0123456789ABCDEFGHIJ', or is left empty"
            elif zone_id and ids.setdefault(zone_id, zone) != zone:
                yield f"gives {zone!r} the id of {ids[zone_id]!r}"


def _fault(key: str, read: Callable[[], object]) -> Iterator[tuple[str, str]]:
    try:
        read()
    except ValueError as error:
        yield key, str(error)


def _written(key: str) -> str:
    return f"dns.{key.replace('_', '-')}"
