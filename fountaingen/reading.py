"""Contracts as they are read: each under the guard, with its hooks, and every problem on the way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fountaingen.guard import Failed, Job, Stopped, guarded, told
from fountaingen.model.document import Document
from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Place, Problem, Rejected, errors
from fountaingen.model.service import Service
from fountaingen.primitives.urls import is_remote
from fountaingen.project import Project, SpecSource, named, unusable
from fountaingen.stages import hooks as hook_stage
from fountaingen.stages import whereabouts
from fountaingen.stages.build import build
from fountaingen.stages.load import is_openapi, load, reader
from fountaingen.stages.resolve import gather, reached_urls, resolve
from fountaingen.stages.validate import validate


@dataclass(frozen=True)
class Read:
    """A contract that was read, as a service with its hooks, or None where it has errors."""

    service: Service | None
    problems: tuple[Problem, ...]
    hooks: HookSet | None = None


@dataclass(frozen=True)
class _Refused:
    problems: tuple[Problem, ...]


def read(project: Project, sources: tuple[SpecSource, ...]) -> Iterator[Read]:
    """Yield what each of ``sources`` says, all that is wrong with it among its problems."""
    outcomes = guarded([Job(partial(read_one, project, source), 0) for source in sources])
    for source, outcome in zip(sources, outcomes, strict=True):
        if isinstance(outcome, Stopped | Failed):
            yield Read(None, (told(outcome, "reading this contract", _place(source, outcome.pointer)),))
        else:
            yield outcome


def remote_urls(sources: Iterable[SpecSource]) -> Mapping[str, Place]:
    """Return the URLs that contracts reach by what is pinned so far, each with a place that refers to it.

    Raises:
        Rejected: what cannot be read, and every reference to a URL that is never fetched.
    """
    listed = tuple(sources)
    reached: dict[str, Place] = {}
    problems: list[Problem] = []
    outcomes = guarded([Job(partial(_reached_one, source), 0) for source in listed])
    for source, outcome in zip(listed, outcomes, strict=True):
        if isinstance(outcome, Stopped | Failed):
            problems.append(told(outcome, "reading this contract", _place(source, outcome.pointer)))
        elif isinstance(outcome, _Refused):
            problems += outcome.problems
        else:
            reached = {**outcome, **reached}
    if problems:
        raise Rejected(problems)
    return reached


def _place(source: SpecSource, pointer: str) -> Place:
    """Return where something stands in a contract that could not be read to its end."""
    (found,) = guarded([Job(lambda: load(source.path, source.shown, source.home).place(pointer), 0)])
    return found if isinstance(found, Place) else Place(source.shown, 1, 1)


def read_one(project: Project, source: SpecSource) -> Read:
    """Return what one contract says, all that is wrong with it among its problems."""
    try:
        entry = load(source.path, source.shown, source.home)
        if not is_openapi(entry):
            validate(entry, {})
        fragments = gather(entry, _reader(source), source.copies)
        problems = validate(entry, fragments)
        if errors(problems):
            return Read(None, problems)
        name = _name(source, entry)
        if why := unusable(name):
            message = f"no service can be called {name!r}: {why}"
            return Read(None, (Problem("FG616", message, entry.place("/x-fountaingen-service/name"), "rename it"),))
        whereabouts.at("what it says in all")
        service = build(resolve(name, entry, fragments))
        return _with_hooks(project, service, problems)
    except Rejected as rejected:
        return Read(None, rejected.problems)


def _reached_one(source: SpecSource) -> Mapping[str, Place] | _Refused:
    try:
        entry = load(source.path, source.shown, source.home)
        return reached_urls(entry, _reader(source), source.copies) if is_openapi(entry) else {}
    except Rejected as rejected:
        return _Refused(rejected.problems)


def _reader(source: SpecSource) -> Callable[[str], Document]:
    """Return what reads the documents that a contract refers to: files, and copies of what was fetched."""
    files = reader(source.path.parent, str(Path(source.shown).parent), source.also)
    return lambda name: source.copies.read(name) if is_remote(name) else files(name)


def _name(source: SpecSource, entry: Document) -> str:
    """Return the name of a service: its contract's ``x-fountaingen-service`` decides, else the name of its file."""
    options = entry.data.get("x-fountaingen-service") or {}
    return named(options["name"]) if "name" in options else source.name


def _with_hooks(project: Project, service: Service, problems: tuple[Problem, ...]) -> Read:
    try:
        hooks = hook_stage.read(service.name, project.hooks, project.shown(project.hooks))
        return Read(service, (*problems, *hook_stage.check(hooks, service)), hooks)
    except Rejected as rejected:
        return Read(service, (*problems, *rejected.problems))
