"""What lies in a folder, read without following links."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LONG_AGO = 1_000_000_000_000_000_000


@dataclass(frozen=True)
class Thing:
    """A file, link or folder: what is in it, and what would tell that somebody touched it."""

    kind: int
    content: bytes
    mode: int
    inode: int
    changed: int


def things(folder: Path) -> dict[str, Thing]:
    """Return everything below ``folder`` by path, what ``folder`` is a link to included."""
    found: dict[str, Thing] = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            found[str(path.relative_to(folder))] = _thing(path)
    return found


def _thing(path: Path) -> Thing:
    state = path.lstat()
    kind = stat.S_IFMT(state.st_mode)
    content = path.read_bytes() if kind == stat.S_IFREG else os.fsencode(path.readlink()) if path.is_symlink() else b""
    is_folder = kind == stat.S_IFDIR  # what is made in a folder changes the time of it
    return Thing(kind, content, state.st_mode, state.st_ino, 0 if is_folder else state.st_mtime_ns)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what every file below ``folder`` holds."""
    return {path: thing.content for path, thing in things(folder).items() if thing.kind == stat.S_IFREG}


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files, and the folders that they need, as somebody did long ago."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        os.utime(folder / path, ns=(LONG_AGO, LONG_AGO))


def touched(before: dict[str, Thing], after: dict[str, Thing]) -> list[str]:
    """Return the paths of ``before`` that are gone, or not as they were."""
    return sorted(path for path, thing in before.items() if after.get(path) != thing)


def outside(found: dict[str, Thing], folders: Iterable[str]) -> dict[str, Thing]:
    """Return what lies in none of ``folders``."""
    inside = tuple(folders)
    return {
        path: thing
        for path, thing in found.items()
        if not any(path == each or path.startswith(f"{each}/") for each in inside)
    }
