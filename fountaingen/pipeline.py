"""The pipeline from end to end: contracts and hooks become a tree of files, with every problem on the way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fountaingen.guard import Failed, Job, Stopped, Subject, alone, guarded, told
from fountaingen.inputs import PACKAGE, digests, template_folders
from fountaingen.model.document import Document, source_name
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromViews, Plan, Verbatim
from fountaingen.model.problems import Note, Place, Problem, Rejected, Severity, errors, in_order
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.model.tree import Tree
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.primitives.urls import is_remote
from fountaingen.project import SYSTEM_FOLDERS, Project, SpecSource, named
from fountaingen.stages import hooks as hook_stage
from fountaingen.stages.build import build
from fountaingen.stages.load import is_openapi, load, reader
from fountaingen.stages.plan import plan_service, plan_system
from fountaingen.stages.render import render
from fountaingen.stages.resolve import gather, reached_urls, resolve
from fountaingen.stages.validate import validate

_WORTH_DIVIDING = 1_000_000
"""Bytes of a contract from which its files are rendered in several processes."""

_DATABASE = "DATABASE"
"""What a service that others use is not called: they find it by ``<NAME>_URL``, their tables by ``DATABASE_URL``."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Understood:
    """Contracts that were read and made into services, with the hooks of each; ``problems`` are warnings."""

    services: tuple[Service, ...]
    hooks: Mapping[str, HookSet] = field(repr=False)
    problems: tuple[Problem, ...]

    def peers_of(self, service: Service) -> tuple[Service, ...]:
        """Return the services that ``service`` uses."""
        by_name = {each.name: each for each in self.services}
        return tuple(by_name[name] for name in service.uses)

    @property
    def size(self) -> int:
        """How many bytes the files of the contracts have."""
        return sum(map(_size, self.services))


@dataclass(frozen=True)
class Compiled:
    """What a build would write, and what it was made from."""

    understood: Understood
    tree: Tree
    problems: tuple[Problem, ...]


def understand(project: Project, sources: Iterable[SpecSource], progress: Progress = lambda _: None) -> Understood:
    """Read contracts and hooks, as far as ``lint`` and ``explain`` need.

    Raises:
        Rejected: every error in any contract or hook.
    """
    listed = tuple(sources)
    outcomes = list(_read(project, listed))
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    services = tuple(outcome.service for outcome in outcomes if outcome.service is not None)
    progress(f"read {len(services)} of {len(listed)} contracts")
    problems += _twice(services)
    hook_sets = {outcome.service.name: outcome.hooks for outcome in outcomes if outcome.service and outcome.hooks}
    problems += _unknown_peers(services, {source.name for source in listed} | {each.name for each in services})
    if errors(problems):
        raise Rejected(problems)
    return Understood(services, hook_sets, in_order(problems))


def compile_project(project: Project, sources: Iterable[SpecSource], progress: Progress = lambda _: None) -> Compiled:
    """Make everything that a build writes, in memory.

    Raises:
        Rejected: every error in any contract, hook or template.
    """
    listed = tuple(sources)
    understood = understand(project, listed, progress)
    shared = runtime_files()
    files: dict[str, bytes] = {}
    problems: list[Problem] = list(understood.problems)
    jobs = [
        Job(partial(_render_one, _Work(service, understood, shared, template_folders(project))), _size(service))
        for service in understood.services
    ]
    for service, outcome in zip(understood.services, guarded(jobs), strict=True):
        rendered = _rendered(outcome, "writing this service", service)
        files |= rendered.files
        problems += rendered.problems
        progress(f"rendered {service.name}")
    place = understood.services[0].spec.place()
    subject = Subject("writing the system of all contracts", place, understood.size)
    system = alone(partial(_render_system, project, understood), subject)
    problems += system.problems
    if errors(problems):
        raise Rejected(problems)
    files |= system.files
    return Compiled(understood, Tree(files, _inputs(project, understood)), in_order(problems))


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


def runtime_files() -> tuple[Verbatim, ...]:
    """Return the runtime's modules, which every service carries as ``app/runtime``."""
    folder = PACKAGE / "runtime"
    return tuple(
        Verbatim(f"app/runtime/{path.relative_to(folder).as_posix()}", path.read_bytes())
        for path in sorted(folder.rglob("*.py"))
    )


@dataclass(frozen=True)
class _Read:
    service: Service | None
    problems: tuple[Problem, ...]
    hooks: HookSet | None = None


@dataclass(frozen=True)
class _Refused:
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Rendered:
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def _read(project: Project, sources: tuple[SpecSource, ...]) -> Iterator[_Read]:
    outcomes = guarded([Job(partial(_read_one, project, source), 0) for source in sources])
    for source, outcome in zip(sources, outcomes, strict=True):
        if isinstance(outcome, Stopped | Failed):
            yield _Read(None, (told(outcome, "reading this contract", _place(source, outcome.pointer)),))
        else:
            yield outcome


def _place(source: SpecSource, pointer: str) -> Place:
    """Return where something stands in a contract that could not be read to its end."""
    (found,) = guarded([Job(lambda: load(source.path, source.shown).place(pointer), 0)])
    return found if isinstance(found, Place) else Place(source.shown, 1, 1)


def _read_one(project: Project, source: SpecSource) -> _Read:
    try:
        entry = load(source.path, source.shown)
        if not is_openapi(entry):
            validate(entry, {})
        fragments = gather(entry, _reader(source), source.copies)
        problems = validate(entry, fragments)
        if errors(problems):
            return _Read(None, problems)
        name = _name(source, entry)
        if name in SYSTEM_FOLDERS:
            message = f"no service can be called {name!r}: files of the whole system are written there"
            return _Read(None, (Problem("FG616", message, entry.place("/x-fountaingen-service/name"), "rename it"),))
        service = build(resolve(name, entry, fragments))
        return _with_hooks(project, service, problems)
    except Rejected as rejected:
        return _Read(None, rejected.problems)


def _reached_one(source: SpecSource) -> Mapping[str, Place] | _Refused:
    try:
        entry = load(source.path, source.shown)
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


def _with_hooks(project: Project, service: Service, problems: tuple[Problem, ...]) -> _Read:
    try:
        hooks = hook_stage.read(service.name, project.hooks, project.shown(project.hooks))
        return _Read(service, (*problems, *hook_stage.check(hooks, service)), hooks)
    except Rejected as rejected:
        return _Read(service, (*problems, *rejected.problems))


@dataclass(frozen=True)
class _Work:
    """A service that is to be rendered, and what with."""

    service: Service
    understood: Understood
    shared: tuple[Verbatim, ...]
    folders: tuple[Path, ...]


def _render_one(work: _Work) -> _Rendered:
    service, understood = work.service, work.understood
    try:
        plan, problems = plan_service(
            service, understood.hooks[service.name], understood.peers_of(service), work.shared
        )
        return _Rendered({} if errors(problems) else _render_files(plan, work), problems)
    except Rejected as rejected:
        return _Rendered({}, rejected.problems)


def _render_files(plan: Plan, work: _Work) -> Mapping[str, bytes]:
    """Render the files of a plan; of a large contract in several processes, those first that take longest."""
    if _size(work.service) < _WORTH_DIVIDING or len(work.understood.services) > 1:
        return render(plan, work.folders)
    files = sorted(plan.files, key=lambda file: not isinstance(file, FromViews))
    found: dict[str, bytes] = {}
    jobs = [Job(partial(render, Plan((file,)), work.folders), _size(work.service)) for file in files]
    for file, outcome in zip(files, guarded(jobs), strict=True):
        if isinstance(outcome, Stopped | Failed):
            raise Rejected([told(outcome, f"writing {file.path!r}", work.service.spec.place())])
        found |= outcome
    return {file.path: found[file.path] for file in plan.files}


def _render_system(project: Project, understood: Understood) -> _Rendered:
    system = System(understood.services, understood.hooks, project.settings.deployment)
    plan, problems = plan_system(system)
    return _Rendered({} if errors(problems) else render(plan, template_folders(project)), tuple(problems))


def _rendered(outcome: _Rendered | Stopped | Failed, what: str, service: Service) -> _Rendered:
    if isinstance(outcome, Stopped | Failed):
        return _Rendered({}, (told(outcome, what, service.spec.place(outcome.pointer)),))
    return outcome


def _size(service: Service) -> int:
    """Return how many bytes the files of a contract have."""
    return sum(len(document.source) for document in (service.spec.document, *service.spec.fragments))


def _twice(services: Iterable[Service]) -> Iterable[Problem]:
    seen: dict[str, Service] = {}
    for service in services:
        other = seen.setdefault(service.name.casefold(), service)
        if other is not service:
            place = service.spec.place("/x-fountaingen-service/name")
            note = Note(other.spec.place("/x-fountaingen-service/name"), "first named here")
            yield Problem("FG161", f"two services are called {service.name!r}", place, "rename one", notes=(note,))


def _unknown_peers(services: Iterable[Service], known: set[str]) -> Iterable[Problem]:
    for service in services:
        for name in service.uses:
            if name not in known:
                place = service.spec.place("/x-fountaingen-service/uses")
                message = (
                    f"{service.name!r} uses {name!r}, which is no service of this build{did_you_mean(name, known)}"
                )
                yield Problem("FG160", message, place, "build all services together, or mend the name", Severity.ERROR)
            elif name.upper() == _DATABASE:
                place = service.spec.place("/x-fountaingen-service/uses")
                message = f"{service.name!r} uses {name!r}, whose URL would stand in the variable {_DATABASE}_URL"
                yield Problem(
                    "FG162", message, place, "call it otherwise: that variable names the service's own database"
                )


def _inputs(project: Project, understood: Understood) -> dict[str, str]:
    documents: dict[str, Document] = {}
    for service in understood.services:
        for document in (service.spec.document, *service.spec.fragments):
            name = document.path if is_remote(document.path) else source_name(document.path)
            documents[name] = document
    hooks = {name: content for each in understood.hooks.values() for name, content in each.files.items()}
    return digests(project, {name: document.source for name, document in documents.items()}, hooks)
