"""The files of the whole system, each kind in a module of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from fountaingen.model.plan import PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system import (
    compose,
    credentials,
    dns,
    gateway,
    images,
    kubernetes,
    observability,
    readme,
    scripts,
)

_KINDS = (readme, images, compose, gateway, credentials, dns, kubernetes, observability, scripts)


@dataclass(frozen=True)
class SystemFiles:
    """The files that all services share, and what in a contract stands in the way of one, or is told of it."""

    files: tuple[PlannedFile, ...]
    problems: tuple[Problem, ...]


def system_files(system: System) -> SystemFiles:
    """Return the files of the whole system; paths are below the output folder."""
    planned = tuple(item for kind in _KINDS for item in _planned(kind.plan(system)))
    files = tuple(item for item in planned if not isinstance(item, Problem))
    return SystemFiles(files, tuple(item for item in planned if isinstance(item, Problem)))


def _planned(items: Iterator[PlannedFile | Problem]) -> Iterator[PlannedFile | Problem]:
    return items
