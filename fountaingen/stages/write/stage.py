"""Staging: the new files, written in full and made to last, before anything of the old ones is touched."""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from fountaingen.model.manifest import ancestors
from fountaingen.stages.drift.site import Site
from fountaingen.stages.write.below import flush
from fountaingen.stages.write.exchange import NO_LINKS
from fountaingen.stages.write.faults import reported


def fill(site: Site, contents: Mapping[str, bytes]) -> None:
    """Write ``contents`` into the staging folder and make them last; raises Rejected naming the file."""
    os.mkdir(site.stage)
    for folder in _folders(contents):
        os.mkdir(site.stage / folder)
    for path, data in contents.items():
        with reported(site.show(path), "nothing was changed"):
            put(site.stage / path, data)


def link(site: Site, kept: Iterable[str]) -> bool:
    """Put the unchanged files into the staging folder under a second name; False where the file system cannot.

    A hard link keeps the time of the last change, and the old tree stays whole until the very end.
    """
    paths = tuple(kept)
    for folder in _folders(paths):
        with suppress(FileExistsError):
            os.mkdir(site.stage / folder)
    try:
        for path in paths:
            os.link(site.out / path, site.stage / path, follow_symlinks=False)
    except OSError as error:
        if error.errno in NO_LINKS:
            return False
        raise
    return True


def settle(site: Site, paths: Iterable[str]) -> None:
    """Give the staged folders the permissions of those they replace, and make their entries last."""
    for folder in reversed(["", *_folders(paths)]):
        with suppress(FileNotFoundError, NotADirectoryError):
            mode = os.stat(site.out / folder, follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                os.chmod(site.stage / folder, stat.S_IMODE(mode) | stat.S_IRWXU)
        flush(site.stage / folder)


def put(path: Path, data: bytes) -> None:
    """Write one new file and make its content last: executable where it begins with ``#!``."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fchmod(handle, 0o755 if data.startswith(b"#!") else 0o644)
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(paths: Iterable[str]) -> list[str]:
    """Return every folder that ``paths`` need, outer ones before inner ones."""
    return sorted({folder for path in paths for folder in ancestors(path)})
