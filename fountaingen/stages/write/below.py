"""Access to what lies below an open folder, one part of the path at a time, so that no link is ever followed."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fountaingen.model.manifest import ignored
from fountaingen.stages.drift.disk import File, read_file

ABSENT = "absent"
FOLDER = "folder"
LINK = "link"
SPECIAL = "special"
STATES = frozenset({ABSENT, LINK, SPECIAL})
"""What can stand at a path apart from a file, which is told by its digest."""

NO_WAY = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""How the system says that a path does not lead through folders."""

LISTING = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def folder(name: str | Path, parent: int | None = None) -> Iterator[int]:
    """Open one folder, which must not be a link, for as long as the context lasts; raises OSError."""
    handle = os.open(name, LISTING, dir_fd=parent)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def descend(root: int, path: str, *, make: bool = False) -> Iterator[int]:
    """Open the folder at ``path`` below the open folder ``root``; ``make`` makes what is missing; raises OSError."""
    handle = os.dup(root)
    try:
        for part in path.split("/") if path else ():
            below = _open(handle, part, make)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def split(path: str) -> tuple[str, str]:
    """Return the folder that ``path`` lies in, empty for the root, and its name there."""
    parent, _, name = path.rpartition("/")
    return parent, name


def _open(parent: int, name: str, make: bool) -> int:
    try:
        return os.open(name, LISTING, dir_fd=parent)
    except FileNotFoundError:
        if not make:
            raise
    os.mkdir(name, dir_fd=parent)
    return os.open(name, LISTING, dir_fd=parent)


def state(root: int, path: str) -> str:
    """Return what stands at ``path`` below ``root``: a digest, ``folder``, or one of ``STATES``; raises OSError."""
    parent, name = split(path)
    try:
        with descend(root, parent) as handle:
            return _state(handle, name)
    except OSError as error:
        if error.errno in NO_WAY:
            return ABSENT
        raise


def _state(parent: int, name: str) -> str:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        return FOLDER
    if stat.S_ISLNK(mode):
        return LINK
    if not stat.S_ISREG(mode):
        return SPECIAL
    match read_file(name, parent):
        case File(digest=found):
            return found
        case _:
            return SPECIAL


def sweep(parent: int, name: str) -> bool:
    """Remove a folder in which there is nothing but empty folders and rubbish; tell whether it is gone."""
    try:
        with folder(name, parent) as handle:
            if not _emptied(handle):
                return False
        os.rmdir(name, dir_fd=parent)
    except OSError as error:
        if error.errno in {*NO_WAY, errno.ENOTEMPTY, errno.EEXIST}:
            return error.errno == errno.ENOENT
        raise
    return True


def _emptied(handle: int) -> bool:
    with os.scandir(handle) as items:
        found = [(item.name, item.is_dir(follow_symlinks=False)) for item in items]
    if not all(is_folder or ignored(name) for name, is_folder in found):
        return False
    return all([_gone(handle, name, is_folder) for name, is_folder in found])


def _gone(parent: int, name: str, is_folder: bool) -> bool:
    if not ignored(name):
        return sweep(parent, name)
    discard(parent, name, is_folder)
    return True


def discard(parent: int, name: str, is_folder: bool) -> None:
    """Remove one entry of an open folder with everything in it."""
    if is_folder:
        shutil.rmtree(name, dir_fd=parent)
    else:
        os.unlink(name, dir_fd=parent)


def flush(path: Path) -> None:
    """Make the entries of a folder last through a loss of power."""
    with folder(path) as handle:
        os.fsync(handle)
