"""``fountaingen plan``: what a build would do, and why, with nothing written."""

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fountaingen.commands.options import Out, Specs, located, output_of
from fountaingen.commands.printers import TextOrJson, diagnose, problem_values, report
from fountaingen.commands.progress import shown
from fountaingen.model.problems import Problem, Rejected, errors, in_order
from fountaingen.stages.drift import survey
from fountaingen.stages.drift.reasons import Action, Input, Planned, inputs, planned
from fountaingen.stages.drift.site import site_of
from fountaingen.stages.write.steps import refusals

if TYPE_CHECKING:
    from fountaingen.pipeline import Understood


@dataclass(frozen=True)
class Row:
    """What becomes of a file, as it is printed: by the path that people can open."""

    path: str
    verdict: Action
    message: str


@dataclass(frozen=True)
class _Plan:
    """What a build would do in ``folder``, as people see it; what stands in its way is among the problems."""

    folder: str = ""
    files: tuple[Planned, ...] = ()
    inputs: tuple[Input, ...] = ()
    problems: tuple[Problem, ...] = ()
    unfinished: bool = False

    @property
    def counts(self) -> Counter[Action]:
        return Counter(each.action for each in self.files)


def plan(
    specs: Specs = None,
    out: Out = None,
    format_: Annotated[TextOrJson, typer.Option("--format", help="How the plan is printed.")] = TextOrJson.TEXT,
) -> None:
    """Tell what a build would do, and why. Nothing is written.

    Lists each file that would be written, replaced or removed, with what can
    be why: the contracts, hooks, templates and settings that changed since the
    last build, as the digests in its manifest tell. Where a build would stop,
    the files that it stops at. Finds what 'fountaingen check' finds.

    Examples:

    \b
      fountaingen plan
      fountaingen plan --format json    every file, those that stay among them

    Exit codes: 0 this is what a build does, be it nothing; 1 a build would be
    refused; 2 wrong usage.
    """
    found = _made(specs, out)
    if format_ is TextOrJson.JSON:
        print(_document(found))
    else:
        rows = [Row(f"{found.folder}/{each.path}", each.action, each.why) for each in found.files if _is_told(each)]
        report((), rows, stream=sys.stdout)
        diagnose(problem for problem in found.problems if problem.code != "FG220")
        if not errors(found.problems):
            print(_summary(found))
        if found.unfinished:
            print("a build is at work there, or did not end: the next one finishes that first", file=sys.stderr)
    if errors(found.problems):
        raise typer.Exit(1)


def _made(specs: list[Path] | None, out: Path | None) -> _Plan:
    from fountaingen.pipeline import compile_project

    try:
        project, sources = located(specs)
        folder = output_of(project, out)
        with shown("planning") as progress:
            compiled = compile_project(project, sources, progress)
        found = survey(compiled.tree, folder)
        site = site_of(folder)
    except Rejected as rejected:
        return _Plan(problems=rejected.problems)
    problems = in_order([*compiled.problems, *refusals(found, site.shown, force=False)])
    files = planned(found, _contracts(compiled.understood))
    return _Plan(project.shown(folder), files, inputs(found), problems, os.path.lexists(site.work))


def _contracts(understood: "Understood") -> dict[str, frozenset[str]]:
    return {service.name: understood.documents_of(service) for service in understood.services}


def _is_told(file: Planned) -> bool:
    return file.action not in (Action.KEEP, Action.LEAVE)


def _summary(found: _Plan) -> str:
    counts = found.counts
    if not any(action.changes for action in counts):
        return f"{found.folder} is up to date"
    told = [f"{counts[action]} to {action.value}" for action in Action if action.changes or action is Action.KEEP]
    return f"{found.folder}: {', '.join(told)}"


def _document(found: _Plan) -> str:
    files = [
        {
            "path": f"{found.folder}/{each.path}",
            "action": each.action.value,
            "verdict": each.verdict.value,
            "because": [because.name for because in each.because],
            "message": each.why,
        }
        for each in found.files
    ]
    document = {
        "problems": [problem_values(problem) for problem in found.problems],
        "inputs": [{"name": each.name, "change": each.change.name.lower()} for each in found.inputs],
        "files": files,
        "counts": {action.value: found.counts[action] for action in Action},
    }
    return json.dumps(document, indent=2)
