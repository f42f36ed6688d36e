"""``fountaingen gateway``: what the gateway in front of the services does with requests."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from fountaingen.commands.options import located
from fountaingen.commands.printers import TextOrJson, console_for, problem_values, report, seen
from fountaingen.model.problems import Place, Problem, Rejected, errors, in_order
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.project import Project
from fountaingen.stages import files

if TYPE_CHECKING:
    from fountaingen.model.service import Service
    from fountaingen.model.system import System
    from fountaingen.pipeline import Understood
    from fountaingen.stages.plan.system.gateway import Configuration
    from fountaingen.verification.gateway.addresses import Reached
    from fountaingen.verification.gateway.run import Gateway, Tried

gateway = typer.Typer(
    help="Find out what the gateway does with requests.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@gateway.callback()
def _gateway() -> None:
    """Find out what the gateway does with requests."""


@gateway.command()
def test(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Services; all of them if none are named.")
    ] = None,
    format_: Annotated[TextOrJson, typer.Option("--format", help="How results are printed.")] = TextOrJson.TEXT,
) -> None:
    """Send requests for every operation through a model of Kong's router.

    Examples that the schemas of path parameters allow must reach the route of
    their operation; near misses (another method, another host, one segment more,
    a literal in the place of a parameter, an encoded slash …) must not. What is
    tried is the kong.yml that a build would write, and the one that is there
    where that differs. No gateway has to run.

    Examples:

    \b
      fountaingen gateway test
      fountaingen gateway test orders --format json

    Exit codes: 0 every request goes where it belongs; 1 some do not, or Kong
    would not load the configuration; 2 wrong usage, such as a service that is
    not there.
    """
    try:
        problems, found = _tried(services or [])
    except Rejected as rejected:
        problems, found = rejected.problems, ()
    problems = in_order((*problems, *(problem for each in found for problem in each.problems)))
    if format_ is TextOrJson.JSON:
        print(
            json.dumps({"problems": list(map(problem_values, problems)), "services": [_values(each) for each in found]})
        )
    else:
        console = console_for(sys.stdout)
        for each in found:
            console.print(seen(each.service, style="bold"))
            console.print(_table(each))
        report(problems, stream=sys.stdout)
    if errors(problems):
        raise typer.Exit(1)


def _tried(names: Sequence[str]) -> tuple[tuple[Problem, ...], Sequence["Tried"]]:
    from fountaingen.guard import Subject, alone
    from fountaingen.pipeline import understand

    project, sources = located(None)
    understood = understand(project, sources)
    chosen = _chosen(names, understood.services)
    # Routes may hold regular expressions of the contracts' own.
    subject = Subject("trying this configuration", Place(project.shown(project.out / "kong.yml")), understood.size)
    return alone(partial(_trials, project, understood, chosen), subject)


def _trials(
    project: Project, understood: "Understood", chosen: Sequence["Service"]
) -> tuple[tuple[Problem, ...], Sequence["Tried"]]:
    from fountaingen.model.system import System
    from fountaingen.stages.plan.system.gateway import configuration
    from fountaingen.stages.plan.system.gateway.findings import refusals
    from fountaingen.verification.gateway.run import Gateway, HostGateway, tried

    system = System(understood.services, understood.hooks, project.settings.deployment)
    built = configuration(system)
    problems = (*built.problems, *refusals(built))
    if errors(problems):
        raise Rejected(problems)
    operations = _operations(system, built)
    make = partial(_gateway_of, HostGateway if system.deployment.gateway.routes == "host" else Gateway, operations)
    gateways = [make(built.data, "the gateway", ""), *_written(project, built.data, make)]
    return problems, list(tried(system, gateways, chosen))


def _chosen(names: Sequence[str], services: Sequence["Service"]) -> list["Service"]:
    known = [each.name for each in services]
    for name in names:
        if name not in known:
            print(f"there is no service {name!r}{did_you_mean(name, known)}", file=sys.stderr)
            raise typer.Exit(2)
    return [each for each in services if not names or each.name in names]


def _operations(system: "System", built: "Configuration") -> Mapping[str, "Reached"]:
    """Return what routes are for by their names, and services by their labels, which are tags of their routes."""
    from fountaingen.verification.gateway.addresses import Reached

    labels = {label: Reached(name, None) for name, label in system.labels.items()}
    return {**labels, **{name: Reached(*found) for name, found in built.operations.items()}}


def _gateway_of(
    kind: type["Gateway"], operations: Mapping[str, "Reached"], data: Mapping[str, Any], shown: str, remedy: str
) -> "Gateway":
    from fountaingen.kong.loader import entities
    from fountaingen.kong.router import Router

    return kind(Router(entities(data)), operations, shown, remedy)


def _written(
    project: Project, built: Mapping[str, Any], make: Callable[[Mapping[str, Any], str, str], "Gateway"]
) -> list["Gateway"]:
    """Return the configuration on disk, where it is there and says something else."""
    from fountaingen.kong.loader import Refused, Unreadable, read
    from fountaingen.kong.patterns.rust import Unmodelled

    path = project.out / "kong.yml"
    shown = project.shown(path)
    try:
        data = read(files.read(path).decode("utf-8"))
        return [] if data == built else [make(data, shown, _BUILD)]
    except files.Missing:
        return []
    except (files.Unreadable, UnicodeDecodeError, Unreadable, Unmodelled) as error:
        raise Rejected([Problem("FG828", f"it cannot be tried: {error}", Place(shown), _BUILD)]) from error
    except Refused as refused:
        problems = [
            Problem(
                "FG828", f"Kong would refuse {'.'.join(map(str, each.where))}: {each.message}", Place(shown), _BUILD
            )
            for each in refused.complaints
        ]
        raise Rejected(problems) from refused


_BUILD = "run: fountaingen build"


def _table(tried: "Tried") -> Table:
    table = Table("operation")
    table.add_column("routes", overflow="fold")
    table.add_column("requests", justify="right")
    table.add_column("outcome")
    for each in tried.outcomes:
        outcome = f"{len(each.problems)} wrong" if each.problems else "right"
        table.add_row(
            seen(each.operation_id), seen(*(each.routes or ("none",))), seen(str(each.requests)), seen(outcome)
        )
    return table


def _values(tried: "Tried") -> dict[str, Any]:
    operations = [
        {
            "operationId": each.operation_id,
            "routes": list(each.routes),
            "requests": each.requests,
            "wrong": len(each.problems),
        }
        for each in tried.outcomes
    ]
    return {"service": tried.service, "operations": operations}
