"""Arguments and options that several commands share, and what they mean for a project."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fountaingen.model.pins import LOCK
from fountaingen.project import Project, SpecSource, discover, find_project

Specs = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SPECS]...", help="Contracts, or folders of them; the project's specs/ if none are named."),
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where the output belongs; generated/ if not said.")
]

AllowRemote = Annotated[
    bool,
    typer.Option("--allow-remote", help="Fetch documents that contracts name by https, pin them in fountaingen.lock."),
]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="With --allow-remote: fetch anew what is pinned, and pin what it is now.")
]


def located(specs: list[Path] | None) -> tuple[Project, tuple[SpecSource, ...]]:
    """Return the project around the current folder and the contracts that were asked for; raises Rejected."""
    project = find_project(Path.cwd())
    return project, discover(project, tuple(specs or ()))


def fetched(
    project: Project, sources: tuple[SpecSource, ...], specs: list[Path] | None, *, refresh: bool
) -> tuple[SpecSource, ...]:
    """Fetch and pin the remote documents that ``sources`` refer to, and return them with these; raises Rejected."""
    from fountaingen.commands.progress import shown
    from fountaingen.remote.network import Network
    from fountaingen.remote.pinning import Wish, pinned

    with shown("fetching") as progress:
        outcome = pinned(project, sources, Wish(whole=not specs, refresh=refresh), Network(), progress)
    if outcome.changed:
        what = "1 remote document is" if outcome.documents == 1 else f"{outcome.documents} remote documents are"
        print(f"{what} pinned in {LOCK}: commit it and {project.copies().shown}", file=sys.stderr)
    return outcome.sources


def refuse_refresh_alone(*, allow_remote: bool, refresh: bool) -> None:
    """End the command where ``--refresh`` stands without ``--allow-remote``."""
    if refresh and not allow_remote:
        raise typer.BadParameter("it fetches, so it needs --allow-remote", param_hint="--refresh")


def output_of(project: Project, out: Path | None) -> Path:
    """Return the output folder: the one that was named, else the project's."""
    return Path.cwd() / out if out is not None else project.out
