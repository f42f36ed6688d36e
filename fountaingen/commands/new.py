"""``fountaingen new``: write a small contract that is ready to build."""

import keyword
import re
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from fountaingen.commands.printers import console_for, diagnose
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.names import singular, words
from fountaingen.project import SUFFIXES, Project, find_project, service_name
from fountaingen.stages.files import Unreadable
from fountaingen.stages.files import read as read_file
from fountaingen.stages.write.single import alone, create

FIRST_PORT = 8001

_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


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
    if faults := _name_faults(name) or _resource_faults(thing):
        raise Rejected([Problem("FG631", fault, Place("new"), remedy) for fault, remedy in faults])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.parent) as folder:  # so that no two contracts get one port
            others = _contracts(project.specs)
            if taken := next((other for other in others if service_name(other) == service_name(path)), None):
                message = f"the service '{service_name(path)}' has a contract already"
                raise Rejected([Problem("FG632", message, Place(project.shown(taken)), "choose another name")])
            port = next_port(_text(other) for other in others)
            create(folder, path.name, new_spec(service_name(path), thing, port).encode("utf-8"))
    except OSError as error:
        message = f"'{shown}' cannot be written: {error.strerror}"
        raise Rejected([Problem("FG633", message, Place(shown))]) from error
    return path


def new_spec(name: str, resource: str, port: int) -> str:
    """Return the text of an OpenAPI 3.1 contract of the service ``name`` that keeps ``resource`` (CapWords)."""
    plural = _plural(resource)
    values = {
        "title": " ".join(word.capitalize() for word in words(name)),
        "port": str(port),
        "Thing": resource,
        "Things": plural,
        "thing": _lower_first(resource),
        "things": _lower_first(plural),
        "label": " ".join(words(resource)),
        "labels": " ".join(words(plural)),
    }
    return _SpecTemplate(files(__package__).joinpath("new_spec.yaml").read_text("utf-8")).substitute(values)


def default_resource(name: str) -> str:
    """Return the resource a service of this name most likely keeps: ``order_items`` → ``OrderItem``."""
    parts = words(name)
    return "".join(part.capitalize() for part in [*parts[:-1], *map(singular, parts[-1:])])


def next_port(contracts: Iterable[str]) -> int:
    """Return the first port from 8001 up that no text of ``contracts`` names after ``localhost:``."""
    taken = {int(port) for text in contracts for port in re.findall(r"(?:localhost|127\.0\.0\.1):(\d{1,5})", text)}
    port = FIRST_PORT
    while port in taken:
        port += 1
    return port


class _SpecTemplate(Template):
    """``%{name}``, because ``$`` and ``{name}`` mean something in OpenAPI."""

    delimiter = "%"


def _plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _lower_first(word: str) -> str:
    """``OrderItem`` → ``orderItem``, ``URL`` → ``url``, ``URLEntry`` → ``urlEntry``."""
    first = words(word)[0]
    return first + word[len(first) :]


def _name_faults(name: str) -> list[tuple[str, str]]:
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) and len(name) <= 60 and service_name(Path(f"{name}.yaml")):
        return []
    better = service_name(Path(f"{'_'.join(words(name))[:60]}.yaml"))
    remedy = f"try '{better}'" if better else "such as 'orders'"
    return [(f"{name!r} cannot name a service: use lower-case letters, digits and _, a letter first", remedy)]


def _resource_faults(resource: str) -> list[tuple[str, str]]:
    example = "give one with --resource, such as --resource OrderItem"
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", resource) or len(resource) > 60 or keyword.iskeyword(resource):
        return [(f"{resource!r} cannot name a resource: use CapWords of letters and digits", example)]
    if resource.lower() in _YAML_WORDS:
        return [(f"{resource!r} cannot name a resource: YAML readers take it for a truth value", example)]
    if resource == "Error":
        return [("a resource cannot be named 'Error': the bodies of errors are", example)]
    return []


def _contracts(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inner = [folder.glob(f"*/openapi{suffix}") for suffix in SUFFIXES]
    found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    return sorted([*found, *(path for paths in inner for path in paths)])


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8", "replace")
    except Unreadable:
        return ""
