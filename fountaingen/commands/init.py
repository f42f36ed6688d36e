"""``fountaingen init``: make a project of a folder."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fountaingen.commands.printers import Format, TextOrJson, diagnose, report
from fountaingen.model.problems import Problem, Rejected
from fountaingen.starter.project import CHECK, Laid, Outcome, Wish, lay, root_of


@dataclass(frozen=True)
class Row:
    """A file as it is printed: by the path that people can open."""

    path: str
    verdict: Outcome
    message: str


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="What to make a project of; the current folder if not said.")
    ] = Path(),
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the first service; the folder's if not given.")
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option(metavar="THING", help="What that service keeps, in CapWords; made from its name if not given."),
    ] = None,
    format_: Annotated[TextOrJson, typer.Option("--format", help="How results are printed.")] = TextOrJson.TEXT,
) -> None:
    """Make a project of a folder, new or not, that can be built at once.

    Writes fountaingen.toml with every setting commented out, a contract to
    begin with, a folder for hooks, a .gitignore, and .ci/check, the line that
    CI runs. What is there is kept as it is, always; where settings stand in
    pyproject.toml, or contracts in specs/, there are none to add. A run that
    was interrupted is completed by the next one.

    Examples:

    \b
      fountaingen init                     here
      fountaingen init shop --name orders  in shop/, with a service of Orders
      fountaingen build && fountaingen up  makes the service, and runs it

    Exit codes: 0 all is there; 1 it is not, because something is in the way or
    a name does not fit; 2 wrong usage.
    """
    laid: list[Laid] = []
    problems: tuple[Problem, ...] = ()
    try:
        for each in lay(root_of(folder), Wish(name, resource)):
            laid.append(each)
    except Rejected as rejected:
        problems = rejected.problems
    rows = [Row((folder / each.path).as_posix(), each.verdict, each.message) for each in laid]
    if format_ is TextOrJson.JSON:
        report(problems, rows, format_=Format.JSON, stream=sys.stdout)
    else:
        report((), rows, stream=sys.stdout)
        diagnose(problems)
    if problems:
        raise typer.Exit(1)
    if format_ is TextOrJson.TEXT:
        where = "in this folder" if folder == Path() else "there"
        print(f"next, {where}: 'fountaingen build', then 'fountaingen up'; in CI: {CHECK}", file=sys.stderr)
