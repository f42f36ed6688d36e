"""Which hosted zone a host is in: the nearest of those that the settings name, else the likely one."""

import re
from collections.abc import Iterable

# Second labels under which registries of countries register: api.example.co.uk is not in a zone 'co.uk'.
_SHARED = re.compile(
    "ac|asn|biz|co|com|edu?|firm|gen|gob?|gouv|govt?|gv|id|ind|info|int|iwi|lg|ltd|me|mil|mod|muni|net?|nhs|nic|nom|org?|"
    "plc|police|pro|pvt|res|sch|web"
)
_SPECIAL = ("localhost", "local", "test", "invalid", "example", "onion", "internal", "home.arpa", "alt")


class Unclear(ValueError):
    """The zone of a host cannot be told without the registries' own list."""


def within(host: str, zones: Iterable[str]) -> str | None:
    """Return the longest of ``zones`` that ``host`` is in or is called by, None where there is none."""
    inside = [zone for zone in zones if host == zone or host.endswith(f".{zone}")]
    return max(inside, key=len, default=None)


def likely(host: str) -> str:
    """Return the zone that ``host`` most likely is in, its last two labels; raises Unclear where that is a guess."""
    labels = host.split(".")
    *inner, second, top = labels if len(labels) > 1 else ["", *labels]
    if second in ("", "*") or (inner and len(top) == 2 and _SHARED.fullmatch(second)):
        raise Unclear
    return f"{second}.{top}"


def is_special(host: str) -> bool:
    """Tell whether no public DNS has ``host``, for its last label is set aside (RFC 6761, RFC 6762, RFC 7686)."""
    return within(host, _SPECIAL) is not None
