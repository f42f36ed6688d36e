"""The files that make a project of a folder, each of them written whole, and none over one that is there."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.model.settings import Settings
from fountaingen.project import PYPROJECT, SETTINGS, Project, project_in
from fountaingen.stages import files
from fountaingen.stages.write.below import descend, folder
from fountaingen.stages.write.single import PART, claim, create
from fountaingen.starter.contract import contracts, create_spec, default_name, default_resource, refuse_names
from fountaingen.starter.defaults import settings_text

FALLBACK = "items"
"""What the first service is called where the folder's name gives no name."""

CHECK = ".ci/check"
IGNORE = ".gitignore"

_IGNORED = (".fountaingen/", ".*.fountaingen/", f".*{PART}", ".venv/", "__pycache__/")
_IGNORE = f"""\
# Databases, keys and certificates of development, what a build at work leaves, and what Python makes.
{chr(10).join(_IGNORED)}
"""
_CHECK = """\
#!/bin/sh
# What every change has to pass: what is generated is what the contracts and hooks say. 'fountaingen build' mends it.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."
exec fountaingen check "$@"
"""
_HOOKS = """\
# Hooks

What contracts cannot say, as plain Python: one file a service, `<service>.py`, which holds one async function for each
operation that has rules of its own. It is named after the operation: `createOrder` becomes `create_order`.

    async def create_order(ctx, body):
        return await ctx.default(body)  # what would happen without the hook

`fountaingen check` says which operations need a hook, and which hook fits no operation.
"""


class Outcome(Enum):
    """What became of a file."""

    WRITTEN = "written"
    KEPT = "kept"


@dataclass(frozen=True)
class Laid:
    """A file of a new project, or one that was there: its path below the root, and one line for people."""

    path: str
    verdict: Outcome
    message: str


@dataclass(frozen=True)
class Wish:
    """The first contract: the name of its service and what that keeps, None for what follows from the folder's name."""

    name: str | None = None
    resource: str | None = None


@dataclass(frozen=True)
class _First:
    """The first contract; ``asked`` for by its name, or one that every project begins with."""

    name: str
    resource: str
    asked: bool


@dataclass(frozen=True)
class _Start:
    """One file to start with, below the root."""

    path: str
    content: str
    message: str
    mode: int | None = None


def root_of(named: Path) -> Path:
    """Return the folder that ``named`` is, links followed; raises Rejected (FG651) for what leads nowhere."""
    try:
        for each in (named, *named.parents):
            if each.is_symlink() and not each.exists():
                raise _unfit(each, "it is a link to nothing")
        return Path(os.path.realpath(named))
    except OSError as error:
        raise _unfit(named, (error.strerror or str(error)).lower()) from error


def lay(root: Path, wish: Wish) -> Iterator[Laid]:
    """Make a project of the folder ``root`` (absolute, no link), and yield what becomes of each of its files.

    What is there is kept as it is, and no link below ``root`` is followed. Where it ends early, what was yielded
    stands, and whoever begins anew completes it.

    Raises:
        Rejected: FG651 a folder that cannot be a project, FG652 what cannot be written, FG631 a name that cannot be,
            FG60x settings that cannot be read.
    """
    if os.path.lexists(root) and not root.is_dir():
        raise _unfit(root, "it is not a folder")
    project = project_in(root) or Project(root, Settings())
    _refuse_inside_of_another(root)
    _refuse_links(project)
    name = wish.name if wish.name is not None else default_name(root.name, FALLBACK)
    first = _First(name, wish.resource if wish.resource is not None else default_resource(name), wish.name is not None)
    refuse_names("init", first.name, first.resource)
    with _told(str(root)):
        root.mkdir(parents=True, exist_ok=True)
        with folder(root) as top:
            yield from _settings(top, root)
            yield from (_laid(top, project, start) for start in _STARTS)
            yield _hooks(top, project)
            yield _contract(top, project, first)


_STARTS = (
    _Start(IGNORE, _IGNORE, "keeps what is secret or passing out of version control"),
    _Start(CHECK, _CHECK, "what CI runs: it fails when what is generated is out of date", 0o755),
)


def _settings(top: int, root: Path) -> Iterator[Laid]:
    """Write the file of settings, unless the project's stand in its ``pyproject.toml``."""
    has_own, has_shared = os.path.lexists(root / SETTINGS), os.path.lexists(root / PYPROJECT)
    if has_shared and not has_own and project_in(root) is not None:
        yield Laid(PYPROJECT, Outcome.KEPT, "holds the settings, in its table [tool.fountaingen]")
        return
    yield _laid(
        top,
        Project(root, Settings()),
        _Start(SETTINGS, settings_text(), "every setting, commented out: change what is to differ"),
    )
    if has_shared and not has_own:
        message = f"may hold the settings in a table [tool.fountaingen], in place of {SETTINGS}"
        yield Laid(PYPROJECT, Outcome.KEPT, message)


def _laid(top: int, project: Project, start: _Start) -> Laid:
    where, _, name = start.path.rpartition("/")
    with _told(start.path), descend(top, where, make=True) as handle:
        claim(handle, where or ".")
        with suppress(FileExistsError):
            create(handle, name, start.content.encode("utf-8"), start.mode)
            return Laid(start.path, Outcome.WRITTEN, start.message)
    return Laid(start.path, Outcome.KEPT, _kept(project, start.path))


def _kept(project: Project, path: str) -> str:
    if path != IGNORE:
        return "is there already"
    try:
        lines = files.read(project.root / IGNORE).decode("utf-8", "replace").split("\n")
    except files.Unreadable:
        lines = []
    lacking = [each for each in _IGNORED if each not in map(str.strip, lines)]
    return f"is there already; without {', '.join(lacking)}" if lacking else "is there already"


def _hooks(top: int, project: Project) -> Laid:
    """Say in the folder of hooks what goes there, unless something is there that says it better."""
    where = project.settings.hooks
    with _told(where), descend(top, where, make=True) as handle:
        claim(handle, where)
        if os.listdir(handle):
            return Laid(where, Outcome.KEPT, "is there already")
    return _laid(top, project, _Start(f"{where}/README.md", _HOOKS, "what goes into this folder"))


def _contract(top: int, project: Project, first: _First) -> Laid:
    """Write a first contract where there is none; where one was asked for by its name, beside others too."""
    where = project.settings.specs
    path = f"{where}/{first.name}.yaml"
    with _told(path), descend(top, where, make=True) as handle:
        claim(handle, where)
        if not first.asked and (found := contracts(project.specs)):
            return Laid(project.shown(found[0]), Outcome.KEPT, "is there already")
        try:
            create_spec(handle, project, first.name, first.resource)
        except FileExistsError:
            return Laid(path, Outcome.KEPT, "is there already")
        except Rejected as taken:
            return Laid(taken.problems[0].place.path, Outcome.KEPT, taken.problems[0].message)
    return Laid(path, Outcome.WRITTEN, "a contract to begin with; change it to your needs")


def _refuse_inside_of_another(root: Path) -> None:
    """Refuse to make a project of a folder that another project reads or writes."""
    for parent in root.parents:
        if (outer := project_in(parent)) is not None:
            for inner in (outer.specs, outer.out, outer.hooks, outer.templates):
                if root.is_relative_to(inner):
                    raise _unfit(root, f"it lies in '{outer.shown(inner)}' of the project in '{parent}'")
            return


def _refuse_links(project: Project) -> None:
    """Refuse before anything is written what would be refused half-way: whoever made a link knows where it leads."""
    wanted = (Path(CHECK).parent, Path(project.settings.hooks), Path(project.settings.specs))
    problems: list[Problem] = []
    for path in wanted:
        for part in reversed((path, *path.parents[:-1])):
            found, shown = project.root / part, part.as_posix()
            if found.is_symlink():
                problems += _unfit(Path(shown), "it is a link, and none is followed").problems
            elif os.path.lexists(found) and not found.is_dir():
                problems += _unfit(Path(shown), "it is not a folder").problems
    if problems:
        raise Rejected(problems)


def _unfit(path: Path, why: str) -> Rejected:
    message = f"'{path}' cannot be used: {why}"
    return Rejected([Problem("FG651", message, Place(str(path)), "name another folder, or move away what is there")])


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """Turn an OSError into Rejected that names ``shown`` and says what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = f"{'free some space' if full else 'mend that'}, then run it again: it adds what is missing"
        message = f"'{shown}' cannot be written: {(error.strerror or str(error)).lower()}"
        raise Rejected([Problem("FG652", message, Place(shown), remedy)]) from error
