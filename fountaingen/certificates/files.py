"""Files of keys and certificates: written whole or not at all, and never over what somebody else wrote."""

import errno
import os
from pathlib import Path

from fountaingen.stages import files
from fountaingen.stages.write import single

CERTIFICATE_MODE = 0o644
KEY_MODE = 0o600


def create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet; raises FileExistsError where it is, and OSError."""
    with single.alone(path.parent) as folder:
        single.create(folder, path.name, content, mode)


def replace(path: Path, content: bytes, mode: int) -> None:
    """Write a file in place of the one that may be there; raises OSError."""
    with single.alone(path.parent) as folder:
        single.replace(folder, path.name, content, mode)


def read(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none; raises OSError."""
    try:
        return files.read(path)
    except files.Missing:
        return None
    except files.Unreadable as unreadable:
        raise OSError(errno.EINVAL, unreadable.why, str(path)) from unreadable


def tidy(folder: Path) -> bool:
    """Remove what a run that was killed left in ``folder``; tell whether anything is in it."""
    with single.alone(folder) as handle, os.scandir(handle) as items:
        return any(True for _ in items)
