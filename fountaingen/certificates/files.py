"""Files of keys and certificates: written whole or not at all, and never over what somebody else wrote."""

import errno
import os
import stat
from pathlib import Path

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
        # O_NONBLOCK: nobody may ever write into a pipe that lies there.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return file.read()


def tidy(folder: Path) -> bool:
    """Remove what a run that was killed left in ``folder``; tell whether anything is in it."""
    with single.alone(folder) as handle, os.scandir(handle) as items:
        return any(True for _ in items)
