"""Whether two places of a contract's files hold the same."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model.grammar import Kind, Reference, Slot
from fountaingen.stages.resolve.discover import Discovery, reader
from fountaingen.stages.resolve.refs import Target

_Pair = tuple[Any, Any]


def alike(left: Target, right: Target, discovery: Discovery) -> bool:
    """Return whether both places hold equal values, references compared by what they lead to."""
    assumed = {(left, right)}
    places = [(left, right)]
    while places:
        one, other = places.pop()
        if one == other:
            continue
        try:
            pending: list[_Pair] = [(discovery.value(one), discovery.value(other))]
        except LookupError:
            return False
        while pending:
            pair = pending.pop()
            ends = _ends(pair, (one, other), discovery)
            if ends is not None and ends not in assumed:
                assumed.add(ends)
                places.append(ends)
            parts = _parts(pair, skipped="" if ends is None else "$ref")
            if parts is None:
                return False
            pending += parts
    return True


def _parts(pair: _Pair, skipped: str) -> list[_Pair] | None:
    """Return the pairs of members that have to be alike too, or None where the two differ by themselves."""
    one, other = pair
    if type(one) is not type(other):
        return None
    if isinstance(one, dict):
        return [(one[key], other[key]) for key in one if key != skipped] if one.keys() == other.keys() else None
    if isinstance(one, list):
        return list(zip(one, other, strict=True)) if len(one) == len(other) else None
    return [] if one == other else None


def _ends(pair: _Pair, holders: tuple[Target, Target], discovery: Discovery) -> tuple[Target, Target] | None:
    found = [end for value, holder in zip(pair, holders, strict=True) for end in _end(value, holder, discovery)]
    return (found[0], found[1]) if len(found) == 2 else None


def _end(value: Any, holder: Target, discovery: Discovery) -> Iterator[Target]:
    text = value.get("$ref") if isinstance(value, dict) else None
    if isinstance(text, str):
        reference = Reference(Slot(Kind.SCHEMA), holder.pointer, f"{holder.pointer}/$ref", text)
        destination = reader(discovery.documents[holder.document])(reference)
        if isinstance(destination, Target) and discovery.has(destination):
            yield destination
