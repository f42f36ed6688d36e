"""Addresses of the public internet, told from those of machines, networks and clouds nearby."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_SPECIAL_4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""The IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast, and 240.0.0.0/4 with the broadcast address."""

_GLOBAL_6 = ip_network("2000::/3")
"""All that is given out for global unicast (RFC 4291 section 2.4): ``::1``, ``fc00::/7``, ``fe80::/10``, multicast,
IPv4-mapped ``::ffff:0:0/96`` and NAT64's ``64:ff9b::/96`` lie outside."""

_SPECIAL_6 = tuple(
    ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
"""What of it has a special purpose: Teredo, ORCHID, documentation, 6to4."""


def is_public(text: str) -> bool:
    """Return whether an IP address, as a resolver gives it, is one of the public internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    match address:
        case IPv4Address():
            return not any(address in block for block in _SPECIAL_4)
        case IPv6Address():
            return address.scope_id is None and address in _GLOBAL_6 and not any(address in each for each in _SPECIAL_6)
