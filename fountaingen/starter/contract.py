"""A small contract that is ready to build: its text, and how it comes into the folder of contracts."""

import keyword
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.names import singular, words
from fountaingen.project import SUFFIXES, Project, service_name, unusable
from fountaingen.stages.files import Unreadable
from fountaingen.stages.files import read as read_file
from fountaingen.stages.write.single import create

FIRST_PORT = 8001

_LONGEST = 60
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


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
    return _SpecTemplate(files(__package__).joinpath("contract.yaml").read_text("utf-8")).substitute(values)


def create_spec(folder: int, project: Project, name: str, resource: str) -> None:
    """Write ``NAME.yaml`` into the project's folder of contracts, open as ``folder`` and kept from other runs.

    Raises:
        Rejected: FG632, the service has a contract already.
        OSError: the file cannot be written.
    """
    path = project.specs / f"{name}.yaml"
    others = contracts(project.specs)
    if taken := next((other for other in others if service_name(other) == service_name(path)), None):
        message = f"the service '{service_name(path)}' has a contract already"
        raise Rejected([Problem("FG632", message, Place(project.shown(taken)), "choose another name")])
    port = next_port(_text(other) for other in others)
    create(folder, path.name, new_spec(service_name(path), resource, port).encode("utf-8"))


def refuse_names(command: str, name: str, resource: str) -> None:
    """Refuse a name of a service, or of what it keeps, that cannot be; raises Rejected (FG631)."""
    if faults := _name_faults(name) or _resource_faults(resource):
        raise Rejected([Problem("FG631", fault, Place(command), remedy) for fault, remedy in faults])


def default_resource(name: str) -> str:
    """Return the resource a service of this name most likely keeps: ``order_items`` → ``OrderItem``."""
    parts = words(name)
    return "".join(part.capitalize() for part in [*parts[:-1], *map(singular, parts[-1:])])


def default_name(folder: str, fallback: str) -> str:
    """Return the name of a service for a project in a folder that is called so, ``fallback`` where it gives none."""
    name = "_".join(words(folder))[:_LONGEST].strip("_")
    return fallback if _name_faults(name) or _resource_faults(default_resource(name)) else name


def next_port(contracts: Iterable[str]) -> int:
    """Return the first port from 8001 up that no text of ``contracts`` names after ``localhost:``."""
    taken = {int(port) for text in contracts for port in re.findall(r"(?:localhost|127\.0\.0\.1):(\d{1,5})", text)}
    port = FIRST_PORT
    while port in taken:
        port += 1
    return port


def contracts(folder: Path) -> list[Path]:
    """Return the files in ``folder`` that may be contracts, by their names alone."""
    if not folder.is_dir():
        return []
    inner = [folder.glob(f"*/openapi{suffix}") for suffix in SUFFIXES]
    found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    return sorted([*found, *(path for paths in inner for path in paths)])


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
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) and len(name) <= _LONGEST and service_name(Path(f"{name}.yaml")):
        why = unusable(name)
        return [(f"no service can be called {name!r}: {why}", "choose another name")] if why else []
    better = service_name(Path(f"{'_'.join(words(name))[:_LONGEST]}.yaml"))
    remedy = f"try '{better}'" if better else "such as 'orders'"
    return [(f"{name!r} cannot name a service: use lower-case letters, digits and _, a letter first", remedy)]


def _resource_faults(resource: str) -> list[tuple[str, str]]:
    example = "give one with --resource, such as --resource OrderItem"
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", resource) or len(resource) > _LONGEST or keyword.iskeyword(resource):
        return [(f"{resource!r} cannot name a resource: use CapWords of letters and digits", example)]
    if resource.lower() in _YAML_WORDS:
        return [(f"{resource!r} cannot name a resource: YAML readers take it for a truth value", example)]
    if resource == "Error":
        return [("a resource cannot be named 'Error': the bodies of errors are", example)]
    return []


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8", "replace")
    except Unreadable:
        return ""
