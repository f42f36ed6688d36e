"""Declarations: what the ``x-fountaingen-*`` extensions of a contract ask for and cannot have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fountaingen.model.entity import Entity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.build.resources import Group

_TABLE = "x-fountaingen-table"
_COLUMN = "x-fountaingen-column"


@dataclass(frozen=True)
class Fault:
    """Something that a contract declares and that cannot be kept; ``pointer`` is where it is declared."""

    pointer: str
    message: str


def faults_of(groups: Iterable[Group], written: Mapping[str, Entity], kept: Mapping[str, Entity]) -> Iterator[Fault]:
    """Yield the faults of tables: members they have not, and references that are in ``written`` but not ``kept``."""
    for group in groups:
        yield from _unknown_members(group, written[group.name])
        for column in written[group.name].columns:
            asked, found = column.references, kept[group.name].by_name[column.name].references
            if asked not in (None, "parent") and found is None:
                message = f"{asked!r} is no table or schema with a key of this type, or leads back here"
                yield Fault(pointers.join(column.pointer, _COLUMN, "references"), message)


def _unknown_members(group: Group, entity: Entity) -> Iterator[Fault]:
    members, columns = set(entity.by_wire), {*entity.by_wire, *entity.by_name}
    for keyword, known in (("primaryKey", members), ("unique", columns), ("indexes", columns)):
        for name in _flat(group.table.get(keyword)):
            if name not in known:
                message = f"{name!r} is no member of {group.name!r}{did_you_mean(name, known)}"
                yield Fault(pointers.join(group.representation.pointer, _TABLE, keyword), message)


def _flat(names: object) -> Iterator[str]:
    match names:
        case str():
            yield names
        case list():
            for each in names:
                yield from _flat(each)
