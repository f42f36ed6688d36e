"""The pipeline from end to end: contracts and hooks become a tree of files, with every problem on the way."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TypeVar

from fountaingen.inputs import PACKAGE, digests, template_folders
from fountaingen.model.document import Document, source_name
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromViews, Plan, PlannedFile, Verbatim
from fountaingen.model.problems import Note, Problem, Rejected, Severity, errors, in_order
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.model.tree import Tree
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.project import SYSTEM_FOLDERS, Project, SpecSource, named
from fountaingen.stages import hooks as hook_stage
from fountaingen.stages.build import build
from fountaingen.stages.load import is_openapi, load, reader
from fountaingen.stages.plan import plan_service, plan_system
from fountaingen.stages.render import render
from fountaingen.stages.resolve import gather, resolve
from fountaingen.stages.validate import validate

_WORTH_A_POOL = 1_000_000
"""Bytes of contracts from which work in several processes takes less time than starting those."""

_DATABASE = "DATABASE"
"""What a service that others use is not called: they find it by ``<NAME>_URL``, their tables by ``DATABASE_URL``."""

Progress = Callable[[str], None]
Job = TypeVar("Job")
Result = TypeVar("Result")


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
    with _workers(len(listed) if _are_large(listed) else 1) as workers:
        outcomes = list(_each(workers, _read_one, listed))
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    services = tuple(outcome.service for outcome in outcomes if outcome.service is not None)
    progress(f"read {len(services)} of {len(listed)} contracts")
    problems += _twice(services)
    hook_sets, hook_problems = _hooks(project, services)
    problems += hook_problems
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
    jobs = [
        (service, understood.hooks[service.name], understood.peers_of(service), shared, template_folders(project))
        for service in understood.services
    ]
    files: dict[str, bytes] = {}
    problems: list[Problem] = list(understood.problems)
    with _workers(len(listed) if len(listed) > 1 or not _are_large(listed) else 2) as workers:
        outcomes = _each(workers, _render_one, jobs) if len(jobs) > 1 else (_render_one(job, workers) for job in jobs)
        for service, outcome in zip(understood.services, outcomes, strict=True):
            files |= outcome.files
            problems += outcome.problems
            progress(f"rendered {service.name}")
    system = System(understood.services, understood.hooks, project.settings.deployment)
    system_plan, system_problems = plan_system(system)
    problems += system_problems
    if errors(problems):
        raise Rejected(problems)
    files |= render(system_plan, template_folders(project))
    return Compiled(understood, Tree(files, _inputs(project, understood)), in_order(problems))


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


@dataclass(frozen=True)
class _Rendered:
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def _read_one(source: SpecSource) -> _Read:
    try:
        entry = load(source.path, source.shown)
        if not is_openapi(entry):
            validate(entry, {})
        folder = source.path.parent
        fragments = gather(entry, reader(folder, str(Path(source.shown).parent), source.also))
        problems = validate(entry, fragments)
        if errors(problems):
            return _Read(None, problems)
        name = _name(source, entry)
        if name in SYSTEM_FOLDERS:
            message = f"no service can be called {name!r}: files of the whole system are written there"
            return _Read(None, (Problem("FG616", message, entry.place("/x-fountaingen-service/name"), "rename it"),))
        return _Read(build(resolve(name, entry, fragments)), problems)
    except Rejected as rejected:
        return _Read(None, rejected.problems)


def _name(source: SpecSource, entry: Document) -> str:
    """Return the name of a service: its contract's ``x-fountaingen-service`` decides, else the name of its file."""
    options = entry.data.get("x-fountaingen-service") or {}
    return named(options["name"]) if "name" in options else source.name


_Job = tuple[Service, HookSet, tuple[Service, ...], tuple[Verbatim, ...], tuple[Path, ...]]


def _render_one(job: _Job, workers: Executor | None = None) -> _Rendered:
    service, hooks, peers, shared, folders = job
    try:
        plan, problems = plan_service(service, hooks, peers, shared)
        return _Rendered({} if errors(problems) else _render_files(plan, folders, workers), problems)
    except Rejected as rejected:
        return _Rendered({}, rejected.problems)


def _render_files(plan: Plan, folders: tuple[Path, ...], workers: Executor | None) -> Mapping[str, bytes]:
    """Render the files of a plan, those that take longest first where several processes share the work."""
    if workers is None:
        return render(plan, folders)
    files = sorted(plan.files, key=lambda file: not isinstance(file, FromViews))
    found = dict(workers.map(_render_file, ((file, folders) for file in files)))
    return {file.path: found[file.path] for file in plan.files}


def _render_file(job: tuple[PlannedFile, tuple[Path, ...]]) -> tuple[str, bytes]:
    file, folders = job
    return file.path, render(Plan((file,)), folders)[file.path]


def _hooks(project: Project, services: Iterable[Service]) -> tuple[dict[str, HookSet], list[Problem]]:
    found: dict[str, HookSet] = {}
    problems: list[Problem] = []
    for service in services:
        try:
            found[service.name] = hook_stage.read(service.name, project.hooks, project.shown(project.hooks))
            problems += hook_stage.check(found[service.name], service)
        except Rejected as rejected:
            problems += rejected.problems
    return found, problems


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
            documents[source_name(document.path)] = document
    hooks = {name: content for each in understood.hooks.values() for name, content in each.files.items()}
    return digests(project, {name: document.source for name, document in documents.items()}, hooks)


def _are_large(sources: Iterable[SpecSource]) -> bool:
    return sum(source.path.stat().st_size for source in sources if source.path.is_file()) > _WORTH_A_POOL


def _workers(jobs: int) -> Executor | nullcontext[None]:
    """Return a pool where there is enough work for more than one core, else nothing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if jobs < 2 or cores < 2:
        return nullcontext()
    context = get_context("forkserver")
    # Imported once, in the server, instead of once in each worker.
    context.set_forkserver_preload([__name__])
    try:
        return ProcessPoolExecutor(min(cores, jobs), mp_context=context, initializer=_end_with_parent)
    except OSError:
        # Without semaphores, as where /dev/shm cannot be written, one process does it all.
        return nullcontext()


def _end_with_parent() -> None:
    """Let a worker end when the build is killed: it would wait for work that nobody sends."""

    def wait() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _each(workers: Executor | None, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterable[Result]:
    return map(work, jobs) if workers is None else workers.map(work, jobs)
