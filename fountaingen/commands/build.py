"""``fountaingen build``: write every service that the contracts describe."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fountaingen.commands.options import (
    AllowRemote,
    Out,
    Refresh,
    Specs,
    fetched,
    located,
    output_of,
    refuse_refresh_alone,
)
from fountaingen.commands.printers import diagnose
from fountaingen.commands.progress import shown
from fountaingen.inputs import current
from fountaingen.model.problems import Rejected
from fountaingen.primitives.terminal import one_line
from fountaingen.project import Project, SpecSource, discover
from fountaingen.stages.drift import read_manifest, unchanged
from fountaingen.stages.write import Written, write

if TYPE_CHECKING:
    from fountaingen.pipeline import Understood
    from fountaingen.supervisor.units import SystemView


def build(
    specs: Specs = None,
    out: Out = None,
    force: Annotated[
        bool, typer.Option("--force", help="Give up generated files that were edited by hand or lie in the way.")
    ] = False,
    allow_remote: AllowRemote = False,
    refresh: Refresh = False,
) -> None:
    """Write every service that the contracts describe.

    Reads the contracts and the hooks, and brings the output folder to what
    they say: all of it or nothing, and only what changed. Files that
    fountaingen did not write are never touched; where one was edited by hand,
    the build stops and says where the change belongs.

    Nothing is fetched. With --allow-remote, documents that contracts refer to
    by an https URL are fetched from the public internet once and pinned:
    fountaingen.lock and the copies in specs/.remote belong into version
    control, and later builds read those alone.

    Examples:

    \b
      fountaingen build                      specs/ into generated/
      fountaingen build specs/orders.yaml -o out
      fountaingen build --allow-remote       once, to pin what URLs hold

    Exit codes: 0 the output is up to date; 1 a contract or hook has problems,
    or a file is in the way; 2 wrong usage.
    """
    refuse_refresh_alone(allow_remote=allow_remote, refresh=refresh)
    try:
        project, sources = located(specs)
        if allow_remote:
            sources = fetched(project, sources, specs, refresh=refresh)
        folder = output_of(project, out)
        if not force and _is_current(project, sources, folder):
            print(f"{project.shown(folder)} is up to date")
            return
        print(_summary(_built(project, sources, folder, force=force), project.shown(folder)))
    except Rejected as rejected:
        diagnose(rejected.problems)
        raise typer.Exit(1) from None


def system(project: Project) -> "SystemView":
    """Bring the project's own output up to date and return what it holds; raises Rejected."""
    from fountaingen.model.system import System
    from fountaingen.stages.hooks import AUTHENTICATE
    from fountaingen.supervisor.callers import Callers, callers_of
    from fountaingen.supervisor.units import ServiceView, SystemView

    understood = brought_up(project)
    labels = System(understood.services, understood.hooks, project.settings.deployment).labels
    views = (
        ServiceView(
            service.name,
            service.title,
            project.out / service.name,
            service.port,
            service.uses,
            Callers() if AUTHENTICATE in understood.hooks[service.name].hooks else callers_of(service),
            labels[service.name],
        )
        for service in understood.services
    )
    return SystemView(tuple(views))


def brought_up(project: Project) -> "Understood":
    """Bring the project's own output up to date and return what it was made from; raises Rejected."""
    from fountaingen.pipeline import compile_project, understand

    sources = discover(project, ())
    if _is_current(project, sources, project.out):
        return understand(project, sources)
    with shown("building") as progress:
        compiled = compile_project(project, sources, progress)
        write(compiled.tree, project.out)
    return compiled.understood


def _is_current(project: Project, sources: tuple[SpecSource, ...], folder: Path) -> bool:
    try:
        manifest = read_manifest(folder)
    except Rejected:
        return False
    return manifest is not None and unchanged(folder, current(project, sources, manifest))


def _built(project: Project, sources: tuple[SpecSource, ...], folder: Path, *, force: bool) -> Written:
    from fountaingen.pipeline import compile_project

    with shown("building") as progress:
        compiled = compile_project(project, sources, progress)
        progress("writing")
        written = write(compiled.tree, folder, force=force)
    diagnose(problem for problem in compiled.problems if problem.code != "FG220")
    needed = sum(problem.code == "FG220" for problem in compiled.problems)
    if needed:
        what = "1 operation answers" if needed == 1 else f"{needed} operations answer"
        print(f"{what} 501 until a hook is written; 'fountaingen check' lists them", file=sys.stderr)
    return written


def _summary(written: Written, folder: str) -> str:
    folder = one_line(folder)
    if not written.written and not written.removed:
        return f"{folder} is up to date"
    return f"{folder}: {len(written.written)} written, {len(written.kept)} kept, {len(written.removed)} removed"
