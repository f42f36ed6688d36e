"""``fountaingen lint``: the problems of contracts and hooks, nothing else."""

import sys
from typing import Annotated

import typer

from fountaingen.commands.options import AllowRemote, Refresh, Specs, fetched, located, refuse_refresh_alone
from fountaingen.commands.printers import Format, report
from fountaingen.commands.progress import shown
from fountaingen.model.problems import Problem, Rejected, errors


def lint(
    specs: Specs = None,
    format_: Annotated[Format, typer.Option("--format", help="How problems are printed.")] = Format.TEXT,
    allow_remote: AllowRemote = False,
    refresh: Refresh = False,
) -> None:
    """Show every problem of the contracts and hooks, each with its place and what to do.

    Errors stop a build, warnings do not. Nothing is written, but with
    --allow-remote the lock and the copies of what was fetched.

    Examples:

    \b
      fountaingen lint
      fountaingen lint specs/orders.yaml --format github

    Exit codes: 0 no errors; 1 errors; 2 wrong usage.
    """
    refuse_refresh_alone(allow_remote=allow_remote, refresh=refresh)
    problems = _problems(specs, allow_remote=allow_remote, refresh=refresh)
    report(problems, format_=format_, stream=sys.stdout)
    if errors(problems):
        raise typer.Exit(1)


def _problems(specs: Specs, *, allow_remote: bool, refresh: bool) -> tuple[Problem, ...]:
    from fountaingen.pipeline import compile_project

    try:
        project, sources = located(specs)
        if allow_remote:
            sources = fetched(project, sources, specs, refresh=refresh)
        with shown("reading") as progress:
            return compile_project(project, sources, progress).problems
    except Rejected as rejected:
        return rejected.problems
