"""Where each host leads and which hosted zone says so, with what stands in the way (FG832 to FG839)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fountaingen.model.dns import Dns
from fountaingen.model.problems import Place, Problem, Severity
from fountaingen.model.system import System
from fountaingen.model.targets import Addresses, Alias, Canonical, Target, is_private
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.plan.system.dns.zoning import Unclear, is_special, likely, within
from fountaingen.stages.plan.system.hosts import Host, hosts

_SETTINGS = Place("settings")
"""Where a problem is that no contract has a part in; its message names the setting."""


@dataclass(frozen=True)
class Lead:
    """A host, the hosted zone that it is in, and where it leads."""

    host: Host
    zone: str
    target: Target


def leads(system: System) -> Iterator[Lead | Problem]:
    """Yield where hosts lead, sorted by host; those are left out that the settings lead nowhere."""
    dns = system.deployment.dns
    found = list(hosts(system))
    named = [each for each in found if isinstance(each, Host)]
    yield from (each for each in found if isinstance(each, Problem))
    yield from _unknown(dns, named)
    led: list[Lead] = []
    for host in named:
        target = dns.overrides.get(host.name, dns.target)
        if target is not None and not host.is_local:
            lead = _zoned(host, target, dns.zone_ids)
            yield lead
            led += [lead] if isinstance(lead, Lead) else []
    yield from _impossible(led)
    yield from _doubtful(led)


def _zoned(host: Host, target: Target, zone_ids: Mapping[str, str]) -> Lead | Problem:
    if zone := within(host.name.removeprefix("*."), zone_ids):
        return Lead(host, zone, target)
    if is_special(host.name) or not host.is_qualified:
        message = f"no public DNS has the host '{host.name}'; it is given no record"
        remedy = "name its hosted zone in dns.zones if a private one has it"
        return Problem("FG839", message, host.place, remedy, Severity.WARNING)
    if zone_ids:
        message = f"the host '{host.name}' is in none of the hosted zones {_quoted(zone_ids)}"
        remedy = f'add its zone to dns.zones, or set dns.hosts."{host.name}" to "" where others lead it'
        return Problem("FG833", message, host.place, remedy)
    try:
        return Lead(host, likely(host.name), target)
    except Unclear:
        message = f"which hosted zone the host '{host.name}' is in cannot be told from its name"
        return Problem("FG832", message, host.place, "name the zone in dns.zones, with its id or an empty text")


def _impossible(led: Sequence[Lead]) -> Iterator[Problem]:
    names = {lead.host.name: lead.target.name for lead in led if isinstance(lead.target, Canonical | Alias)}
    for lead in led:
        host = lead.host
        if isinstance(lead.target, Canonical) and host.name == lead.zone:
            message = (
                f"the host '{host.name}' is its hosted zone itself, which cannot have a CNAME (RFC 1034 section 3.6.2)"
            )
            remedy = f'give dns.hosts."{host.name}" addresses, or an alias: "alias NAME ZONE-ID"'
            yield Problem("FG834", message, host.place, remedy)
        elif circle := _circle(host.name, names):
            message = f"the host '{host.name}' leads to itself: {' -> '.join(circle)}"
            yield Problem("FG835", message, host.place, "set dns.hosts so that it leads to addresses in the end")


def _circle(start: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the way from ``start`` back to it, empty where there is none."""
    way = [start]
    while (name := names.get(way[-1])) is not None and name not in way[1:]:
        way.append(name)
        if name == start:
            return tuple(way)
    return ()


def _doubtful(led: Sequence[Lead]) -> Iterator[Problem]:
    seen: set[str] = set()
    for lead in led:
        if isinstance(lead.target, Addresses):
            for address in (*lead.target.v4, *lead.target.v6):
                if address not in seen and is_private(address):
                    message = f"the host '{lead.host.name}' leads to {address}, which only some networks reach"
                    remedy = "set dns.addresses or dns.hosts, unless it is meant for those"
                    yield Problem("FG836", message, lead.host.place, remedy, Severity.WARNING)
                seen.add(address)
        if "_" in lead.host.name:
            message = f"the host '{lead.host.name}' has an underscore, for which no authority issues a certificate"
            yield Problem("FG838", message, lead.host.place, "use hyphens", Severity.WARNING)


def _unknown(dns: Dns, named: Sequence[Host]) -> Iterator[Problem]:
    known = [host.name for host in named]
    for name in dns.overrides:
        if name not in known:
            message = f"dns.hosts leads '{name}', which no contract names{did_you_mean(name, known)}"
            yield Problem("FG837", message, _SETTINGS, "remove or mend it", Severity.WARNING)


def _quoted(names: Mapping[str, str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
