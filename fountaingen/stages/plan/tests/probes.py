"""Callers who must be refused: without credentials, with wrong ones, with those that do not reach so far.

Each alternative of an operation's security is tried by itself, each scheme of those that want several at once by
itself too. What is right for one alternative may be enough for another: who gets in by that is no probe.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fountaingen.model.security import SchemeKind

Alternative = Mapping[str, Sequence[str]]
_IN_AUTHORIZATION = (SchemeKind.BASIC, SchemeKind.TOKEN)


class Stranger(Enum):
    """A caller of the kit who is not let in."""

    NOBODY = "NOBODY"
    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"
    UNSCOPED = "UNSCOPED"


@dataclass(frozen=True)
class Probe:
    """A caller who tries the alternative ``way``, None for the one that the kit takes, and is answered ``status``.

    With ``at`` the caller is a stranger to that scheme alone, and known by the others.
    """

    caller: Stranger
    status: int
    way: int | None = None
    at: str | None = None


@dataclass(frozen=True)
class Door:
    """The security of one operation, its schemes and what they come to."""

    alternatives: tuple[Alternative, ...]
    schemes: Mapping[str, Mapping[str, Any]]
    kinds: Mapping[str, SchemeKind]

    def slot(self, name: str) -> tuple[str, ...]:
        """Return where the credentials of a scheme stand in a request; schemes that share it share what is sent."""
        kind, scheme = self.kinds.get(name, SchemeKind.UNKNOWN), self.schemes.get(name, {})
        if kind is SchemeKind.KEY:
            place, called = str(scheme.get("in")), str(scheme.get("name"))
            return place, called.lower() if place == "header" else called
        return (kind.name, name if kind is SchemeKind.UNKNOWN else "")


@dataclass(frozen=True)
class _Shown:
    """What is shown for one scheme: good or not, and the scopes of a token, None where they are not limited."""

    good: bool
    scopes: frozenset[str] | None = None


def is_usable(alternative: Alternative, kinds: Mapping[str, SchemeKind]) -> bool:
    """Tell whether one request can carry all of it: there is one Authorization header, for one of its schemes."""
    found = [kinds.get(name, SchemeKind.UNKNOWN) for name in alternative]
    return SchemeKind.UNKNOWN not in found and sum(kind in _IN_AUTHORIZATION for kind in found) < 2


def probes_of(door: Door) -> Iterator[Probe]:
    """Yield the callers who are refused, each once."""
    if not door.alternatives:
        return
    if {} not in door.alternatives:
        yield Probe(Stranger.NOBODY, 401)
    usable = [number for number, each in enumerate(door.alternatives) if each and is_usable(each, door.kinds)]
    for number in usable:
        way = number if len(door.alternatives) > 1 else None
        for caller in (Stranger.UNKNOWN, Stranger.EXPIRED, Stranger.UNSCOPED):
            if (status := _status(door, number, caller, None)) is not None:
                yield Probe(caller, status, way)
        alternative = door.alternatives[number]
        for name in alternative if len(alternative) > 1 else ():
            for caller in (Stranger.NOBODY, Stranger.UNKNOWN):
                if (status := _status(door, number, caller, name)) is not None:
                    yield Probe(caller, status, way, name)


def _status(door: Door, number: int, caller: Stranger, at: str | None) -> int | None:
    """Return how the caller is answered, None for who is let in or differs in nothing from somebody known."""
    sent: dict[tuple[str, ...], _Shown] = {}
    differs = False
    for name, scopes in door.alternatives[number].items():
        known = _Shown(True, frozenset(scopes) if door.kinds[name] is SchemeKind.TOKEN else None)
        shown = known if at not in (None, name) else _shown(caller, door.kinds[name], known)
        differs = differs or shown != known
        if shown is not None:
            sent[door.slot(name)] = shown
    return _answer(door, sent) if differs else None


def _shown(caller: Stranger, kind: SchemeKind, known: _Shown) -> _Shown | None:
    """Return what the kit sends of a stranger for a scheme; None is nothing."""
    match caller:
        case Stranger.NOBODY:
            return None
        case Stranger.UNKNOWN:
            # The gateway names nobody whom it does not know.
            return None if kind is SchemeKind.GATEWAY else _Shown(False)
        case Stranger.EXPIRED:
            return _Shown(False) if kind is SchemeKind.TOKEN else known
        case Stranger.UNSCOPED:
            return _Shown(True, frozenset()) if kind is SchemeKind.TOKEN else known


def _answer(door: Door, sent: Mapping[tuple[str, ...], _Shown]) -> int | None:
    """Return the status for who shows ``sent``, None where one alternative is met, or none is needed and none wrong."""
    refused = insufficient = False
    for alternative in filter(None, door.alternatives):
        shown = {name: sent.get(door.slot(name)) for name in alternative}
        if any(each is not None and not each.good for each in shown.values()):
            refused = True
        elif None not in shown.values():
            if all(
                each is None or each.scopes is None or each.scopes >= set(alternative[name])
                for name, each in shown.items()
            ):
                return None
            insufficient = True
    if {} in door.alternatives and not refused:
        return None
    return 403 if insufficient else 401
