"""``fountaingen new``: write a small contract that is ready to build."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fountaingen.commands.printers import console_for, diagnose
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.project import Project, find_project
from fountaingen.stages.write.single import alone
from fountaingen.starter.contract import create_spec, default_resource, refuse_names


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the service, lower case, such as orders.")],
    resource: Annotated[
        str | None,
        typer.Option(metavar="THING", help="What the service keeps, in CapWords; made from NAME if not given."),
    ] = None,
) -> None:
    """Write specs/NAME.yaml: a small, valid contract, ready to build and run.

    The contract lists, creates, reads, replaces and deletes one resource, with
    an API key, paging, declared errors and examples, on a local port that no
    other contract has. Nothing is ever overwritten.

    Examples:

    \b
      fountaingen new orders                      a service of Orders
      fountaingen new stock --resource StockItem  a service of StockItems
      fountaingen build                           makes the service
      fountaingen up orders                       runs it

    Exit codes: 0 the contract is written; 1 it is not, because the name does not
    fit or is taken; 2 wrong usage.
    """
    try:
        project = find_project(Path.cwd())
        path = write_spec(project, name, resource)
    except Rejected as rejected:
        diagnose(rejected.problems)
        raise typer.Exit(1) from rejected
    shown = project.shown(path)
    console = console_for(sys.stdout)
    console.print(f"wrote {shown}; change it to your needs, then run 'fountaingen build' and 'fountaingen up'")


def write_spec(project: Project, name: str, resource: str | None = None) -> Path:
    """Write the contract of a new service into the project's folder of specs and return its path.

    Raises:
        Rejected: a name does not fit, the service has a contract already, or the file cannot be written.
    """
    path = project.specs / f"{name}.yaml"
    shown = project.shown(path)
    thing = default_resource(name) if resource is None else resource
    refuse_names("new", name, thing)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.parent) as folder:  # so that no two contracts get one port
            create_spec(folder, project, name, thing)
    except OSError as error:
        message = f"'{shown}' cannot be written: {error.strerror}"
        raise Rejected([Problem("FG633", message, Place(shown))]) from error
    return path
