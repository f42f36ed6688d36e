"""Who gets in, as the tests see it: by what, and whether they can get in at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.security import SchemeKind, kind_of

_IN_AUTHORIZATION = (SchemeKind.BASIC, SchemeKind.TOKEN)


@dataclass(frozen=True)
class Access:
    """How one operation is called.

    ``reachable`` says that the tests can make credentials for it, ``by_key`` that an API key is one way in,
    ``by_token`` that the one which they take needs a token, ``by_scope`` that no token gets in without scopes.
    """

    reachable: bool = True
    by_key: bool = False
    by_token: bool = False
    by_scope: bool = False


def access_of(alternatives: Sequence[Mapping[str, Any]], schemes: Mapping[str, Mapping[str, Any]]) -> Access:
    """Return how an operation with these security requirements is called (OAS 3.1 section 4.8.30)."""
    kinds = {name: kind_of(scheme) for name, scheme in schemes.items()}
    usable = [each for each in alternatives if _is_usable([kinds.get(name, SchemeKind.UNKNOWN) for name in each])]
    # What the kit chooses: the first of the shortest.
    taken = min(usable, key=len, default={})
    by_token = any(kinds[name] is SchemeKind.TOKEN for name in taken)
    return Access(
        reachable=not alternatives or bool(usable),
        by_key=any(kinds.get(name) is SchemeKind.KEY for each in alternatives for name in each),
        by_token=by_token,
        by_scope=by_token and all(_wants_scopes(each, kinds) for each in usable),
    )


def _is_usable(kinds: Sequence[SchemeKind]) -> bool:
    """Tell whether one request can carry all of it: there is one Authorization header, for one of its schemes."""
    return SchemeKind.UNKNOWN not in kinds and sum(kind in _IN_AUTHORIZATION for kind in kinds) < 2


def _wants_scopes(alternative: Mapping[str, Any], kinds: Mapping[str, SchemeKind]) -> bool:
    return any(kinds[name] is SchemeKind.TOKEN and bool(scopes) for name, scopes in alternative.items())
