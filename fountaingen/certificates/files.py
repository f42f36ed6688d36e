"""Files of keys and certificates: written whole or not at all, and never over what somebody else wrote."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CERTIFICATE_MODE = 0o644
KEY_MODE = 0o600


def create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet; raises FileExistsError where it is, and OSError."""
    _placed(path, content, mode, os.link)


def replace(path: Path, content: bytes, mode: int) -> None:
    """Write a file in place of the one that may be there; raises OSError."""
    _placed(path, content, mode, os.replace)


def read(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none; raises OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _placed(path: Path, content: bytes, mode: int, place: Callable[[str, Path], None]) -> None:
    with _staged(path.parent, content, mode) as staged:
        place(staged, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _staged(folder: Path, content: bytes, mode: int) -> Iterator[str]:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with open(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
