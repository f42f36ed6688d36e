"""The pipeline from end to end: contracts and hooks become a tree of files, with every problem on the way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fountaingen.guard import Failed, Job, Stopped, Subject, alone, guarded, told
from fountaingen.inputs import PACKAGE, digests, template_folders
from fountaingen.model.document import Document, source_name
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromViews, Plan, Verbatim
from fountaingen.model.problems import Note, Problem, Rejected, Severity, errors, in_order
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.model.tree import Tree
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.primitives.urls import is_remote
from fountaingen.project import Project, SpecSource
from fountaingen.reading import read
from fountaingen.stages.plan import plan_service, plan_system
from fountaingen.stages.render import render
from fountaingen.stages.reread import path_faults

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

    def documents_of(self, service: Service) -> frozenset[str]:
        """Return the names of the documents that the files of ``service`` are made from, as the manifest has them."""
        return frozenset(
            _known_as(document) for each in (service, *self.peers_of(service)) for document in _documents(each)
        )

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
    outcomes = list(read(project, listed))
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
    if clashes := tuple(path_faults(files)):
        raise Rejected(clashes)
    return Compiled(understood, Tree(files, _inputs(project, understood)), in_order(problems))


def runtime_files() -> tuple[Verbatim, ...]:
    """Return the runtime's modules, which every service carries as ``app/runtime``."""
    folder = PACKAGE / "runtime"
    return tuple(
        Verbatim(f"app/runtime/{path.relative_to(folder).as_posix()}", path.read_bytes())
        for path in sorted(folder.rglob("*.py"))
    )


@dataclass(frozen=True)
class _Rendered:
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]


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
    return sum(len(document.source) for document in _documents(service))


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


def _documents(service: Service) -> tuple[Document, ...]:
    return (service.spec.document, *service.spec.fragments)


def _known_as(document: Document) -> str:
    """Return the name of a document among the inputs of a build."""
    return document.path if is_remote(document.path) else source_name(document.path)


def _inputs(project: Project, understood: Understood) -> dict[str, str]:
    found = (document for service in understood.services for document in _documents(service))
    documents = {_known_as(document): document.source for document in found}
    hooks = {name: content for each in understood.hooks.values() for name, content in each.files.items()}
    return digests(project, documents, hooks)
