"""``fountaingen certs``: a certificate authority for development, and a certificate for every host."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fountaingen.commands.options import Specs, located
from fountaingen.commands.printers import diagnose
from fountaingen.model.problems import Problem, Rejected
from fountaingen.project import Project, SpecSource
from fountaingen.supervisor.development import Development

if TYPE_CHECKING:
    from fountaingen.certificates import Outcome

_FOLDER = "certs"
_AUTHORITY = "ca"


def certs(
    specs: Specs = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where they belong; .fountaingen/certs if not said.")
    ] = None,
) -> None:
    """Make a certificate for every host of every contract.

    They are for development: an authority of the project's own issues them,
    which is made once and kept in .fountaingen/ca. What is there and good is
    kept, so that a new host changes nothing else; what is about to expire is
    renewed. Nothing that another authority issued is overwritten. A gateway
    takes each <host>.crt with its <host>.key; ca.crt is what clients trust.

    Examples:

    \b
      fountaingen certs
      fountaingen certs --out /etc/ssl/gateway

    Exit codes: 0 all is there; 1 a contract has problems; 2 wrong usage, or a
    file is in the way.
    """
    try:
        project, sources = located(specs)
        names = _hosts(project, sources)
    except Rejected as rejected:
        diagnose(rejected.problems)
        raise typer.Exit(1) from None
    try:
        folder = _near(Path.cwd() / out if out is not None else Development.of(project.root).folder / _FOLDER)
        _show(_certified(project, names, folder), folder)
    except Rejected as rejected:
        diagnose(rejected.problems)
        raise typer.Exit(2) from None


def _hosts(project: Project, sources: tuple[SpecSource, ...]) -> tuple[str, ...]:
    """Return the hosts to certify; raises Rejected (FG831) for those that no certificate can name."""
    from fountaingen.model.system import System
    from fountaingen.pipeline import understand
    from fountaingen.stages.plan.system.hosts import hosts

    understood = understand(project, sources)
    found = list(hosts(System(understood.services, understood.hooks, project.settings.deployment)))
    problems = [each for each in found if isinstance(each, Problem)]
    named = [each for each in found if not isinstance(each, Problem)]
    for host in named:
        if host.name == _AUTHORITY:
            problems.append(
                Problem("FG831", f"the host '{host.name}' is how the authority's files are called", host.place)
            )
        elif host.name.startswith("*") and not host.is_qualified:
            message = f"no client accepts a certificate of '{host.name}': a '*' needs two labels after it"
            problems.append(Problem("FG831", message, host.place))
    if problems:
        raise Rejected(problems)
    return tuple(host.name for host in named)


def _certified(project: Project, names: tuple[str, ...], folder: Path) -> "dict[str, Outcome]":
    from fountaingen.certificates import certify

    return certify(names, folder, _near(Development.of(project.root).folder / _AUTHORITY), datetime.now(UTC))


def _show(outcomes: "dict[str, Outcome]", folder: Path) -> None:
    width = max(map(len, outcomes))
    for host, outcome in outcomes.items():
        print(f"{host:<{width}}  {outcome.value}")
    first = next(iter(outcomes)).replace("*", "any")
    print(f"the certificates are in {folder}; clients trust them by {folder / 'ca.crt'}:")
    print(f"  curl --cacert {folder / 'ca.crt'} --resolve {first}:443:127.0.0.1 https://{first}/")


def _near(path: Path) -> Path:
    """Return ``path`` from where the command was started, if it is below that."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
