"""One test of the generated suite, as code, and how its name is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fountaingen.primitives import names
from fountaingen.primitives.code import Code, docstring
from fountaingen.stages.plan.tests.subjects import Subject


@dataclass(frozen=True)
class Case:
    """One test: ``name`` is wanted without its prefix, ``key`` says which of a service's tests it is."""

    key: str
    name: str
    doc: str
    lines: tuple[Code, ...]
    group: str


def case(subject: Subject, what: str, doc: str, lines: Iterable[Code]) -> Case:
    """Return a test of one operation; ``what`` follows the operation's name in its own."""
    operation = subject.operation
    name = "_".join(filter(None, (operation.name.rstrip("_"), what)))
    return Case(f"{operation.pointer} {operation.path} {what}", name, doc, tuple(lines), operation.group.rstrip("_"))


def views(cases: Iterable[Case]) -> list[Mapping[str, object]]:
    """Return what templates print of ``cases``, in order, every name given once."""
    listed = list(cases)
    allocated = names.allocate({each.key: f"test_{each.name}"[:_LONGEST] for each in listed})
    return [{"name": allocated[each.key], "doc": docstring(each.doc), "lines": list(each.lines)} for each in listed]


_LONGEST = 100
