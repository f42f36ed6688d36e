"""``fountaingen check``: is what is generated what the contracts and hooks say?"""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fountaingen.commands.options import Out, Specs, located, output_of
from fountaingen.commands.printers import Format, report
from fountaingen.commands.progress import shown
from fountaingen.model.problems import Problem, Rejected, errors
from fountaingen.model.verdict import Finding, Verdict
from fountaingen.primitives.terminal import log_line
from fountaingen.stages.drift import Survey, diff, survey


@dataclass(frozen=True)
class Row:
    """A finding as it is printed: the path people can open."""

    path: str
    verdict: Verdict
    message: str


def check(
    specs: Specs = None,
    out: Out = None,
    show_diff: Annotated[
        bool, typer.Option("--diff", help="Show what a build would change, as a unified diff.")
    ] = False,
    format_: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = Format.TEXT,
) -> None:
    """Tell whether the output is exactly what the contracts and hooks say.

    Compares every file, each with one of seven verdicts: clean, missing, stray
    (not generated, left alone), blocked (in the way), edited (by hand), orphan
    (no longer generated) and stale. Hooks that no longer fit their operations
    and operations that still need a hook are listed too; the latter are
    warnings. Ends with the command that mends what was found.

    Examples:

    \b
      fountaingen check              in CI: fails when generated/ is stale
      fountaingen check --diff

    Exit codes: 0 nothing to do; 1 something drifted, or there are problems;
    2 wrong usage.
    """
    problems, found, folder = _surveyed(specs, out)
    drifted = found.drifted if found else ()
    rows = [Row(f"{folder}/{each.path}", each.verdict, each.verdict.explanation) for each in _worth_saying(found)]
    report(problems, rows, format_=format_, stream=sys.stdout)
    if found and show_diff:
        for finding in drifted:
            sys.stdout.write("\n".join(map(log_line, diff(finding, found.tree, found.disk).split("\n"))))
    if found and not drifted and not errors(problems) and format_ is Format.TEXT:
        print(f"{folder} is what the contracts and hooks say", file=sys.stderr)
    if drifted:
        print(_remedy(specs, out, any(each.verdict.stops_build for each in drifted)), file=sys.stderr)
    if drifted or errors(problems):
        raise typer.Exit(1)


def _surveyed(specs: Specs, out: Path | None) -> tuple[tuple[Problem, ...], Survey | None, str]:
    from fountaingen.pipeline import compile_project

    try:
        project, sources = located(specs)
        folder = output_of(project, out)
        with shown("checking") as progress:
            compiled = compile_project(project, sources, progress)
        return compiled.problems, survey(compiled.tree, folder), project.shown(folder)
    except Rejected as rejected:
        return rejected.problems, None, ""


def _worth_saying(found: Survey | None) -> tuple[Finding, ...]:
    return tuple(each for each in found.findings if each.verdict is not Verdict.CLEAN) if found else ()


def _remedy(specs: list[Path] | None, out: Path | None, stopped: bool) -> str:
    words = ["fountaingen", "build", *(str(each) for each in specs or ())]
    words += ["-o", str(out)] if out is not None else []
    command = shlex.join(words)
    if stopped:
        return f"move what was changed by hand into specs/ or hooks/, then run: {command} --force"
    return f"run: {command}"
