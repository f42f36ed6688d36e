"""Arguments and options that several commands share, and what they mean for a project."""

from pathlib import Path
from typing import Annotated

import typer

from fountaingen.project import Project, SpecSource, discover, find_project

Specs = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SPECS]...", help="Contracts, or folders of them; the project's specs/ if none are named."),
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where the output belongs; generated/ if not said.")
]


def located(specs: list[Path] | None) -> tuple[Project, tuple[SpecSource, ...]]:
    """Return the project around the current folder and the contracts that were asked for; raises Rejected."""
    project = find_project(Path.cwd())
    return project, discover(project, tuple(specs or ()))


def output_of(project: Project, out: Path | None) -> Path:
    """Return the output folder: the one that was named, else the project's."""
    return Path.cwd() / out if out is not None else project.out
