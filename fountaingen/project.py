"""The project on disk: where its root is, what its settings say, which files in it are contracts."""

import keyword
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fountaingen.model.pins import COPIES, LOCK
from fountaingen.model.problems import Note, Place, Problem, Rejected
from fountaingen.model.settings import Settings, SettingsFile, parse_settings
from fountaingen.primitives.names import words
from fountaingen.primitives.paths import is_device
from fountaingen.stages import files
from fountaingen.stages.copies import Copies, read_pins
from fountaingen.stages.marks import is_contract

SUFFIXES = (".yaml", ".yml", ".json")
"""Endings of the names of files that can be a contract."""

_LARGE = 1 << 20
"""Bytes of a file from which on even telling what it is can take too long."""

SETTINGS = "fountaingen.toml"
PYPROJECT = "pyproject.toml"
"""Where settings stand: in a file of their own, or in the table ``[tool.fountaingen]``."""

SYSTEM_FOLDERS = frozenset({"deploy", "dns", "kubernetes", "observability", "scripts"})
"""Names that no service can have: folders of the generated system."""


@dataclass(frozen=True)
class Project:
    """A project: its root folder (absolute) and its settings."""

    root: Path
    settings: Settings

    @property
    def specs(self) -> Path:
        """The folder of the contracts."""
        return self.root / self.settings.specs

    @property
    def out(self) -> Path:
        """The folder of what is generated."""
        return self.root / self.settings.out

    @property
    def hooks(self) -> Path:
        """The folder of the business logic."""
        return self.root / self.settings.hooks

    @property
    def templates(self) -> Path:
        """The folder of the project's own templates."""
        return self.root / self.settings.templates

    @property
    def lock(self) -> Path:
        """The file that says which remote documents are pinned."""
        return self.root / LOCK

    def copies(self) -> Copies:
        """Return the remote documents that the lock pins; raises Rejected where it cannot be used."""
        folder = self.specs / COPIES
        return Copies((folder,), self.shown(folder), read_pins(self.lock, LOCK))

    def shown(self, path: Path) -> str:
        """Return ``path`` as people see it: relative to the root where it lies below it, with forward slashes."""
        absolute = path.absolute()
        return (absolute.relative_to(self.root) if absolute.is_relative_to(self.root) else absolute).as_posix()


@dataclass(frozen=True)
class SpecSource:
    """One contract: its service's name, the file, and the file's name as people see it."""

    name: str
    path: Path
    shown: str
    also: tuple[Path, ...] = ()
    """The folders that its references may lead into, beside the one that it lies in."""
    copies: Copies = field(default_factory=Copies)
    """The remote documents that it may refer to."""
    home: Path | None = None
    """The folder that it was found in, which the file does not leave by any link; None where it was named itself."""


def find_project(start: Path) -> Project:
    """Return the project that ``start`` lies in: the nearest folder upward with settings, else ``start`` itself.

    Raises:
        Rejected: the settings cannot be read, or hold what is not a setting.
    """
    start = start.absolute()
    for root in (start, *start.parents):
        if (found := project_in(root)) is not None:
            return found
    return Project(start, Settings())


def project_in(root: Path) -> Project | None:
    """Return the project whose settings stand in the folder ``root`` itself, None where none do; raises Rejected."""
    own, shared = _read_toml(root / SETTINGS, ""), _read_toml(root / PYPROJECT, "tool.fountaingen")
    if own and shared:
        note = Note(shared[0].place(""), "and here")
        message = "the settings stand in two files"
        raise Rejected([Problem("FG604", message, Place(SETTINGS), "keep one of them", notes=(note,))])
    if found := own or shared:
        return Project(root, parse_settings(found[1], found[0]))
    return None


def discover(project: Project, sources: Sequence[Path]) -> tuple[SpecSource, ...]:
    """Return the contracts among ``sources`` (files, or folders to look into), sorted by name.

    Without sources the project's own folder of specs is looked into. In a folder, a file without a top-level
    ``openapi`` key is a fragment and left out; a file that is named itself is always taken.

    Raises:
        Rejected: a source is not there, is not a file, leaves its folder, has no usable name, shares its name with
            another, there is no contract at all, or the lock of remote documents cannot be used.
    """
    found: dict[str, SpecSource] = {}
    problems: list[Problem] = []
    looked_into = list(sources) or [project.specs]
    for item in _walk(project, looked_into):
        match item:
            case Problem():
                problems.append(item)
            case SpecSource(name, path):
                # Some file systems, and every host name, know no upper case.
                other = found.setdefault(name.casefold(), item)
                if not _same_file(other.path, path):
                    problems.append(_twice(item, other))
    if problems:
        raise Rejected(problems)
    if not found:
        shown = project.shown(looked_into[0])
        message = f"there is no contract in '{shown}': no YAML or JSON file with a top-level 'openapi' key"
        raise Rejected([Problem("FG614", message, Place(shown), "make one with 'fountaingen new NAME'")])
    copies = project.copies()
    placed = (replace(source, also=tuple(_referred(project, source.path)), copies=copies) for source in found.values())
    return tuple(sorted(placed, key=lambda source: source.name))


def service_name(path: Path) -> str:
    """Return the name of the service whose contract ``path`` is, empty where its words give none.

    ``orders.yaml``, ``orders_openapi.yaml`` and ``orders/openapi.yaml`` are all ``orders``. A name that is an
    identifier stays as it is written, another is made of its words.
    """
    path = path.absolute()
    stem = path.parent.name if _SUFFIX.fullmatch(path.stem) else path.stem
    return named(_SUFFIX.sub("", stem) if words(stem)[-1:] == ["openapi"] else stem)


_SUFFIX = re.compile(r"(?i)[\W_]*openapi[\W_]*\Z")
_EXPANDED = re.compile(r"[$`]")


def named(text: str) -> str:
    """Return the name of a service that is called so, empty where it has neither letters nor digits.

    Letters that ASCII has no likeness of are written as Punycode (RFC 3492) does: ``名前`` is ``service_ldr85b``.
    """
    name = text if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text) else "_".join(words(text))
    if not name and (letters := "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))):
        name = f"service_{letters.encode('punycode').decode('ascii')}"
    return f"service_{name}" if name[:1].isdigit() or keyword.iskeyword(name) else name


def unusable(name: str) -> str:
    """Return why no service can be called so on every file system, empty where one can."""
    if name.casefold() in SYSTEM_FOLDERS:
        return "files of the whole system are written there"
    return "Windows takes that for a device, not for a folder" if is_device(name) else ""


def _walk(project: Project, sources: Sequence[Path]) -> Iterator[SpecSource | Problem]:
    for source in sources:
        shown = project.shown(source)
        if source.is_dir():
            yield from _look_into(project, source)
        elif source.is_file():
            yield _source(source, shown)
        elif source.exists():
            yield Problem("FG611", f"'{shown}' is neither a file nor a folder", Place(shown))
        else:
            yield Problem("FG611", f"'{shown}' does not exist", Place(shown), _MAKE if not sources[1:] else "")


_LONGEST_SETTINGS = 4 << 20
_MAKE = "make a contract with 'fountaingen new NAME'"


def _look_into(project: Project, folder: Path) -> Iterator[SpecSource | Problem]:
    home = Path(os.path.realpath(folder))
    try:
        candidates = list(_candidates(folder))
    except OSError as error:
        shown = project.shown(folder)
        yield Problem("FG611", f"'{shown}' cannot be read: {error.strerror}", Place(shown))
        return
    for path in candidates:
        shown = project.shown(path)
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(home):
            message = f"'{shown}' is a link that leaves its folder"
            yield Problem("FG612", message, Place(shown), "put the file itself there, or name it on the command line")
        elif path.is_symlink() and not target.exists():
            yield Problem("FG611", f"'{shown}' is a link to nothing", Place(shown))
        elif not target.is_file():
            yield Problem("FG611", f"'{shown}' is not a regular file", Place(shown))
        elif _is_contract(path):
            found = _source(path, shown)
            yield found if isinstance(found, Problem) else replace(found, home=folder.absolute())


def _is_contract(path: Path) -> bool:
    """Ask ``is_contract``, for large files under the guard; what is too much for that counts as a contract."""
    size = path.stat().st_size
    if size <= _LARGE:
        return is_contract(path)
    # Imported where there is a large file: a build of nothing new is a blink.
    from fountaingen.guard import Job, guarded

    (outcome,) = guarded([Job(partial(is_contract, path), size)])
    return outcome if isinstance(outcome, bool) else True


def _candidates(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from (inner for suffix in SUFFIXES if os.path.lexists(inner := path / f"openapi{suffix}"))
        elif path.suffix.lower() in SUFFIXES:
            yield path


def _source(path: Path, shown: str) -> SpecSource | Problem:
    if found := _EXPANDED.search(path.name):
        message = f"'{shown}' gives no name for a service: shells and Compose would read {found[0]!r} as their own"
        return Problem("FG613", message, Place(shown), "rename the file")
    if name := service_name(path):
        if why := unusable(name):
            return Problem("FG616", f"no service can be called {name!r}: {why}", Place(shown), "rename the file")
        return SpecSource(name, path.absolute(), shown)
    message = f"'{shown}' gives no name for a service: it has no letter and no digit"
    return Problem("FG613", message, Place(shown), "rename the file")


def _referred(project: Project, path: Path) -> Iterator[Path]:
    if path.is_relative_to(project.specs):
        yield project.specs
    if project.settings.shared:
        yield project.root / project.settings.shared


def _twice(item: SpecSource, other: SpecSource) -> Problem:
    message = f"a second contract of the service '{item.name}'"
    note = Note(Place(other.shown), "the first one")
    return Problem("FG615", message, Place(item.shown), "rename one of the files", notes=(note,))


def _same_file(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _read_toml(path: Path, table: str) -> tuple[SettingsFile, dict[str, object]] | None:
    """Read the table of settings in ``path``, None where the file has none; a broken file that is not ours is none."""
    try:
        text = files.read(path, most=_LONGEST_SETTINGS).decode("utf-8")
        if table and "fountaingen" not in text:
            return None
        found: object = tomllib.loads(text)
    except files.Missing:
        return None
    except files.Unreadable as error:
        raise Rejected([Problem("FG605", error.why, Place(path.name))]) from error
    except RecursionError as error:
        raise Rejected([Problem("FG605", "is nested too deeply", Place(path.name))]) from error
    except ValueError as error:
        raise Rejected([Problem("FG605", f"is not TOML: {error}", _toml_place(path.name, str(error)))]) from error
    for key in filter(None, table.split(".")):
        found = found.get(key) if isinstance(found, dict) else None
    return (SettingsFile(path.name, text, table), found) if isinstance(found, dict) else None


def _toml_place(shown: str, message: str) -> Place:
    position = re.search(r"at line (\d+), column (\d+)", message)
    return Place(shown, int(position[1]), int(position[2])) if position else Place(shown)
