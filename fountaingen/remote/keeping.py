"""The lock and the copies on disk: written whole or not at all, the lock last, by one process at a time."""

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from fountaingen.model.pins import LOCK, Pins, to_bytes
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.project import Project
from fountaingen.stages import files
from fountaingen.stages.copies import read_pins

_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.05
_OURS = re.compile(r"\.?([0-9a-f]{64})\.(?:yaml|json)(?:\.part)?", re.ASCII)
"""Names of the copies, and of those that a killed run left unfinished."""


def keep(project: Project, pins: Pins, contents: Mapping[str, bytes], *, whole: bool) -> bool:
    """Write the copies of ``pins``, by their names in ``contents``, then the lock; tell whether the lock changed.

    With ``whole`` the pins are all there are; else they are added to those of the lock. Copies that the lock does not
    name any longer are removed.

    Raises:
        Rejected: FG034 a folder or file cannot be written; FG031 the lock cannot be used.
    """
    copies = project.copies()
    shown = copies.shown
    if not pins and not os.path.lexists(project.lock):
        return False
    try:
        with _held(copies.folders[0], shown) as folder:
            all_pins = dict(pins) if whole else {**read_pins(project.lock, LOCK), **pins}
            for name, content in contents.items():
                _put(name, content, folder)
            changed = _replace_lock(project.lock, to_bytes(all_pins))
            _clear(folder, {pin.copy_of(url) for url, pin in all_pins.items()})
        return changed
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise _unwritable(shown, f"the copies and their lock cannot be written: {why}") from error


@contextmanager
def _held(path: Path, shown: str) -> Iterator[int]:
    """Hold the folder of the copies, made where it is missing; the lock on it dies with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(path)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise _unwritable(shown, f"'{shown}' is where copies are kept, and is not a folder")
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _locked(folder):
            if time.monotonic() >= deadline:
                raise _unwritable(shown, f"another process writes to '{shown}'")
            time.sleep(_POLL_SECONDS)
        yield folder
    finally:
        os.close(folder)


def _locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace_lock(path: Path, content: bytes) -> bool:
    with suppress(files.Unreadable):
        if not path.is_symlink() and files.read(path) == content:
            return False
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _put(path.name, content, folder)
    finally:
        os.close(folder)
    return True


def _put(name: str, content: bytes, folder: int) -> None:
    """Write a file in place of the one that may be there; what a killed run left of it is written anew."""
    part = f".{name}.part"
    with suppress(FileNotFoundError):
        os.unlink(part, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(part, flags, 0o644, dir_fd=folder), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(part, dir_fd=folder)
        raise
    os.fsync(folder)


def _clear(folder: int, wanted: set[str]) -> None:
    for name in sorted(set(os.listdir(folder)) - wanted):
        if _OURS.fullmatch(name):
            with suppress(IsADirectoryError, FileNotFoundError):
                os.unlink(name, dir_fd=folder)


def _unwritable(shown: str, message: str) -> Rejected:
    return Rejected([Problem("FG034", message, Place(shown), "make room for them, and the folder writable")])
