"""Who gets in, as the tests see it: by what, and whether they can get in at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.security import SchemeKind, kind_of
from fountaingen.stages.plan.tests.probes import Alternative, Door, Probe, is_usable, probes_of


@dataclass(frozen=True)
class Access:
    """How one operation is called.

    ``reachable`` says that the tests can make credentials for it, ``by_key`` that an API key is one way in,
    ``by_token`` that the one which they take needs a token. ``probes`` are callers who are refused, ``ways`` the
    alternatives by which the tests can get in, where there are several.
    """

    reachable: bool = True
    by_key: bool = False
    by_token: bool = False
    probes: tuple[Probe, ...] = ()
    ways: tuple[int, ...] = ()


def access_of(alternatives: Sequence[Alternative], schemes: Mapping[str, Mapping[str, Any]]) -> Access:
    """Return how an operation with these security requirements is called (OAS 3.1 section 4.8.30)."""
    kinds = {name: kind_of(scheme) for name, scheme in schemes.items()}
    usable = [number for number, each in enumerate(alternatives) if is_usable(each, kinds)]
    # What the kit chooses: the first of the shortest.
    taken = min((alternatives[number] for number in usable), key=len, default={})
    ways = tuple(number for number in usable if alternatives[number])
    return Access(
        reachable=not alternatives or bool(usable),
        by_key=any(kinds.get(name) is SchemeKind.KEY for each in alternatives for name in each),
        by_token=any(kinds[name] is SchemeKind.TOKEN for name in taken),
        probes=tuple(probes_of(Door(tuple(alternatives), schemes, kinds))),
        ways=ways if len(ways) > 1 else (),
    )
