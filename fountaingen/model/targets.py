"""Where the hosts of contracts lead, as settings say it in words: addresses, a canonical name, or an alias."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fountaingen.primitives.hosts import ascii_host, is_address

ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")
"""The id of a hosted zone in Route 53."""

_CLOUDFRONT = "Z2FDTNDATAQYW2"
_DOCUMENTATION = tuple(
    ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)


@dataclass(frozen=True)
class Addresses:
    """Records A and AAAA, each address in its shortest form."""

    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canonical:
    """A CNAME record; ``name`` in ASCII, without a dot at its end."""

    name: str


@dataclass(frozen=True)
class Alias:
    """An alias record of Route 53 to ``name`` in the hosted zone ``zone_id``, of type A, and AAAA with ``ipv6``."""

    name: str
    zone_id: str
    evaluate_health: bool = False
    ipv6: bool = False


Target = Addresses | Canonical | Alias


def addresses(v4: Iterable[str], v6: Iterable[str]) -> Addresses:
    """Return the addresses; raises ValueError where one is of the wrong kind, cannot be a host's, or is there twice."""
    return Addresses(_listed(v4, 4), _listed(v6, 6))


def canonical(text: str) -> Canonical:
    """Return the target of a CNAME; raises ValueError where ``text`` is no name that could be one."""
    if is_address(text):
        raise ValueError(f"must be a name, and {text!r} is an address")
    return Canonical(_name(text))


def alias(name: str, zone_id: str, *, evaluate_health: bool, ipv6: bool) -> Alias:
    """Return the target of an alias; raises ValueError where its name or the id of its zone cannot be."""
    if not ZONE_ID.fullmatch(zone_id):
        raise ValueError(f"must have the id of its hosted zone, such as 'Z2FDTNDATAQYW2', not {zone_id!r}")
    if evaluate_health and zone_id == _CLOUDFRONT:
        raise ValueError("leads to CloudFront, whose health Route 53 cannot evaluate")
    return Alias(_name(name), zone_id, evaluate_health, ipv6)


def target(words: str, *, evaluate_health: bool, ipv6: bool) -> Target | None:
    """Read the target of one host: addresses, or a name, or ``alias NAME ZONE-ID``; None where there are no words.

    Raises:
        ValueError: the words are none of these.
    """
    match words.replace(",", " ").split():
        case []:
            return None
        case ["alias", name, zone_id]:
            return alias(name, zone_id, evaluate_health=evaluate_health, ipv6=ipv6)
        case [name] if not is_address(name):
            return canonical(name)
        case found if all(is_address(each) for each in found):
            return addresses([each for each in found if ":" not in each], [each for each in found if ":" in each])
    raise ValueError(f"must be addresses, a name, or 'alias NAME ZONE-ID', not {words!r}")


def is_documentation(address: str) -> bool:
    """Tell whether an address stands for another one in examples (RFC 5737, RFC 3849, RFC 9637)."""
    found = ip_address(address)
    return any(found in network for network in _DOCUMENTATION)


def is_private(address: str) -> bool:
    """Tell whether an address is reached from some networks only, such as one of RFC 1918 or a loopback address."""
    return not ip_address(address).is_global and not is_documentation(address)


def _name(text: str) -> str:
    try:
        name = ascii_host(text)
    except ValueError as error:
        raise ValueError(f"must lead to a name: {text!r} {error}") from error
    if name.startswith("*") or "." not in name:
        raise ValueError(f"must lead to the whole name of a host, not {text!r}")
    return name


def _listed(texts: Iterable[str], version: int) -> tuple[str, ...]:
    found = [_address(text, version) for text in texts]
    for each in found:
        if found.count(each) > 1:
            raise ValueError(f"holds '{each}' twice")
    return tuple(found)


def _address(text: str, version: int) -> str:
    kind = IPv4Address if version == 4 else IPv6Address
    try:
        found = kind(text)
    except ValueError:
        raise ValueError(f"holds {text!r}, which is no IPv{version} address") from None
    mapped = isinstance(found, IPv6Address) and (found.ipv4_mapped or found.scope_id)
    reserved = found.version == 4 and found.is_reserved
    if found.is_unspecified or found.is_multicast or reserved or mapped:
        raise ValueError(f"holds {text!r}, which cannot be the address of a host")
    return str(found)
