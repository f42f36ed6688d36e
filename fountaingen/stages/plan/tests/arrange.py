"""Arranging: the rows that must be there before an operation can succeed, and the request that works on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fountaingen.model.behaviour import Change, Update
from fountaingen.primitives.code import Code
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.parts import Parts, parts_of
from fountaingen.stages.plan.tests.script import Known, Script
from fountaingen.stages.plan.tests.subjects import Subject


@dataclass(frozen=True)
class Arranged:
    """Lines that make rows and a request; ``complete`` says that every row that the request needs is made."""

    lines: tuple[Code, ...]
    parts: Parts
    complete: bool
    made: Mapping[str, Creator] = field(default_factory=dict)


def arrange(
    subject: Subject, known: Known, body: Any = None, fixed: Mapping[str, Code] = MappingProxyType({})
) -> Arranged | None:
    """Return what it takes to call ``subject`` with ``body`` (by default its sample); None where there is no sample.

    ``fixed`` gives arguments whose rows are not made.
    """
    script = Script(known, fixed)
    path = script.path(subject)
    code = None
    if subject.payload is not None and subject.payload.samples:
        code = script.body(subject.payload.samples[0] if body is None else body, subject, path)
        if code is None:
            return None
    parts = parts_of(subject, path, code)
    if parts is None:
        return None
    needed = keys_of_rows(subject, known).keys()
    return Arranged(tuple(script.lines), parts, needed <= script.made.keys(), dict(script.made))


def is_arranged(arranged: Arranged | None) -> bool:
    """Tell whether a request can be made and every row that it needs."""
    return arranged is not None and arranged.complete


def keys_of_rows(subject: Subject, known: Known) -> Mapping[str, str]:
    """Return the arguments that must be keys of rows, with their entities; not that of a row which a PUT creates."""
    behaviour = subject.operation.behaviour
    wanted = known.wanted(behaviour)
    if isinstance(behaviour, Update) and behaviour.change is Change.PUT:
        own = {
            argument for column, argument in behaviour.where.items() if column == known.entities[behaviour.entity].key
        }
        return {argument: entity for argument, entity in wanted.items() if argument not in own}
    return wanted
