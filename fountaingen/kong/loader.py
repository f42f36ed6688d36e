"""Loading a declarative configuration without a database: what Kong Gateway 3.9 refuses, in its own words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.kong import declarative
from fountaingen.kong.assembly import configured
from fountaingen.kong.configuration import Configuration
from fountaingen.kong.declarative import Index, Path
from fountaingen.kong.reading import Unreadable, read
from fountaingen.kong.schema.fields import ENTITY, Faults
from fountaingen.kong.schema.judge import record_faults
from fountaingen.kong.schema.typedefs import MUST_BE_NULL

__all__ = ["Complaint", "Refused", "Unreadable", "check", "entities", "read", "written"]


@dataclass(frozen=True)
class Complaint:
    """What is wrong at one place.

    ``path`` leads there through Kong's tree of errors: names, ``@entity``, and entries counted from 0. ``where`` leads
    through the data to what is blamed.
    """

    path: Path
    message: str
    where: Path


class Refused(ValueError):
    """Kong would not start with a configuration."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(written(complaints))
        self.complaints = tuple(complaints)


def check(data: Mapping[str, Any]) -> tuple[Complaint, ...]:
    """Return what Kong refuses in a configuration, empty where it loads it."""
    return _load(data)[0]


def entities(data: Mapping[str, Any]) -> Configuration:
    """Return the entities of a configuration, with Kong's defaults in place and references resolved.

    Raises:
        Refused: Kong would not load it.
    """
    complaints, index = _load(data)
    if complaints:
        raise Refused(complaints)
    return configured(index)


def written(complaints: Sequence[Complaint]) -> str:
    """Return complaints as Kong writes them when it starts: a nested text without a newline at its end."""
    tree: Faults = {}
    for complaint in complaints:
        branch = tree
        for part in complaint.path[:-1]:
            branch = branch.setdefault(part, {})
        branch[complaint.path[-1]] = complaint.message
    return "\n".join(_lines(tree, "", ""))


def _load(data: Mapping[str, Any]) -> tuple[tuple[Complaint, ...], Index]:
    data = declarative.migrated(data)
    faults = record_faults(declarative.document(), data)
    if faults:
        # An entity may depend on another one: Kong judges once more, with all references looked up.
        again = record_faults(declarative.resolving(data), data)
        if again:
            return tuple(_complaints(_merged(again, _nulls(faults)), (), {})), Index()
    index = declarative.indexed(declarative.document().filled(data))
    return tuple(_complaints(index.faults, (), index.places)), index


def _nulls(faults: Faults) -> Faults:
    """Return the faults that say that something must not be there: Kong repeats them if there are others."""
    found = {name: _nulls(fault) if isinstance(fault, dict) else fault for name, fault in faults.items()}
    return {
        name: fault for name, fault in found.items() if fault and (isinstance(fault, dict) or fault == MUST_BE_NULL)
    }


def _merged(faults: Faults, others: Faults) -> Faults:
    both = dict(faults)
    for name, other in others.items():
        mine = both.get(name)
        both[name] = _merged(mine, other) if isinstance(mine, dict) and isinstance(other, dict) else other
    return both


def _complaints(faults: Faults, path: Path, places: Mapping[Path, Path]) -> Iterator[Complaint]:
    for name, fault in faults.items():
        at = (*path, name)
        if isinstance(fault, dict):
            yield from _complaints(fault, at, places)
        else:
            blamed = at[: at.index(ENTITY)] if ENTITY in at else at
            yield Complaint(at, fault, places.get(at, blamed))


def _lines(tree: Faults, parent: str, indent: str) -> Iterator[str]:
    for name, fault in tree.items():
        shown = f"- in entry {name + 1} of '{parent}'" if isinstance(name, int) else f"in '{name}'"
        if isinstance(fault, dict):
            yield f"{indent}{shown}:"
            yield from _lines(fault, str(name + 1 if isinstance(name, int) else name), f"{indent}  ")
        else:
            yield f"{indent}{shown}: {fault}"
