"""The lock and the copies on disk: written whole or not at all, the lock last, by one process at a time."""

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from fountaingen.model.pins import LOCK, Pins, to_bytes
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.project import Project
from fountaingen.stages import files
from fountaingen.stages.copies import read_pins
from fountaingen.stages.write import single

_COPY = re.compile(r"[0-9a-f]{64}\.(?:yaml|json)", re.ASCII)


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
        _make(copies.folders[0], shown)
        with single.alone(copies.folders[0], follow=False) as folder:
            all_pins = dict(pins) if whole else {**read_pins(project.lock, LOCK), **pins}
            for name, content in contents.items():
                single.replace(folder, name, content)
            changed = _replace_lock(project.lock, to_bytes(all_pins))
            _clear(folder, {pin.copy_of(url) for url, pin in all_pins.items()})
        return changed
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise _unwritable(shown, f"the copies and their lock cannot be written: {why}") from error


def _make(path: Path, shown: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(path)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise _unwritable(shown, f"'{shown}' is where copies are kept, and is not a folder")


def _replace_lock(path: Path, content: bytes) -> bool:
    with single.alone(path.parent) as folder:
        with suppress(files.Unreadable):
            if not path.is_symlink() and files.read(path) == content:
                return False
        single.replace(folder, path.name, content)
    return True


def _clear(folder: int, wanted: set[str]) -> None:
    for name in sorted(set(os.listdir(folder)) - wanted):
        if _COPY.fullmatch(name):
            with suppress(IsADirectoryError, FileNotFoundError):
                os.unlink(name, dir_fd=folder)


def _unwritable(shown: str, message: str) -> Rejected:
    return Rejected([Problem("FG034", message, Place(shown), "make room for them, and the folder writable")])
