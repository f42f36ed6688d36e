"""Record sets by hosted zone, as Route 53 and CloudFormation both have them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fountaingen.model.dns import Dns
from fountaingen.model.targets import Addresses, Alias, Canonical, Target
from fountaingen.stages.plan.system.dns.leads import Lead


@dataclass(frozen=True)
class ValueSet:
    """The values of one type that a name has; ``name`` ends in a dot, and so does a value that is a name."""

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class AliasSet:
    """An alias of one type; what it leads to has a time to live of its own."""

    name: str
    type: str
    target: Alias


RecordSet = ValueSet | AliasSet


@dataclass(frozen=True)
class Zone:
    """A hosted zone: its name, its id where that is known, and the record sets of the hosts in it."""

    name: str
    id: str
    sets: tuple[RecordSet, ...]


def zones(leads: Sequence[Lead], dns: Dns) -> tuple[Zone, ...]:
    """Return every hosted zone that a host is in, sorted; record sets stand in the order of ``leads``."""
    return tuple(
        Zone(name, dns.zone_ids.get(name, ""), tuple(_sets(leads, name, dns.ttl)))
        for name in sorted({lead.zone for lead in leads})
    )


def _sets(leads: Sequence[Lead], zone: str, ttl: int) -> Iterator[RecordSet]:
    for lead in leads:
        if lead.zone == zone:
            yield from _sets_of(written(lead.host.name), lead.target, ttl)


def _sets_of(name: str, target: Target, ttl: int) -> Iterator[RecordSet]:
    match target:
        case Addresses(v4, v6):
            yield from (ValueSet(name, kind, ttl, values) for kind, values in (("A", v4), ("AAAA", v6)) if values)
        case Canonical(to):
            yield ValueSet(name, "CNAME", ttl, (written(to),))
        case Alias(ipv6=ipv6):
            yield from (AliasSet(name, kind, target) for kind in (("A", "AAAA") if ipv6 else ("A",)))


def written(name: str) -> str:
    """Return a name as Route 53 lists it: with a dot at its end, a wildcard's ``*`` as ``\\052``."""
    return f"{name.replace('*', chr(92) + '052', 1)}."
