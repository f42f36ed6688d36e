"""Files as they are read, all of them here: regular ones, of bounded size, the very one that was looked at.

A pipe, a device or a link that changes under the reader's hand neither hangs a build nor leads it elsewhere.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

MAX_BYTES = 64 << 20
"""What one file may hold: far above any real contract."""


class Unreadable(Exception):
    """A file that is not read; ``why`` tells people, in lower case."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Missing(Unreadable):
    """Nothing is there."""


class TooLarge(Unreadable):
    """It holds more than was asked for."""


class Outside(Unreadable):
    """It lies outside of the folders it may lie in, links followed."""


def read(path: Path | str, *, most: int = MAX_BYTES, within: Iterable[Path | str] | None = None) -> bytes:
    """Return what the regular file at ``path`` holds, at most ``most`` bytes.

    With ``within`` the file that is opened lies below one of those folders, whatever links are exchanged meanwhile.

    Raises:
        Unreadable: it is no regular file, or cannot be opened or read.
        Missing: it is not there.
        TooLarge: it holds more than ``most`` bytes.
        Outside: it is not below ``within``.
    """
    roots = None if within is None else [os.path.realpath(root) for root in within]
    try:
        if roots is not None:
            # Asked before as well as after: what lies elsewhere is not even opened.
            _inside(os.path.realpath(path), roots)
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("not a regular file")
            if roots is not None:
                _same(status, path, roots)
            # One byte more than allowed: a file may grow between the question for its size and the reading.
            content = file.read(most + 1)
    except FileNotFoundError as error:
        if os.path.lexists(path):
            raise Unreadable("a link to nothing") from error
        raise Missing(_why(error)) from error
    except OSError as error:
        raise Unreadable(_why(error)) from error
    except ValueError as error:
        raise Unreadable("cannot be read: not a path") from error
    if len(content) > most:
        raise TooLarge(f"larger than {most >> 20} MiB" if most >= 1 << 20 else f"larger than {most} bytes")
    return content


def _why(error: OSError) -> str:
    return f"cannot be read: {(error.strerror or 'unknown error').lower()}"


def _open_without_waiting(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to would wait for ever.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def _same(opened: os.stat_result, path: Path | str, roots: Iterable[str]) -> None:
    """Refuse a file that was opened through a link which has led elsewhere since it was asked where it leads."""
    real = os.path.realpath(path)
    _inside(real, roots)
    try:
        found = os.stat(real, follow_symlinks=False)
    except FileNotFoundError:
        found = None
    if found is None or not os.path.samestat(found, opened):
        raise Outside("it was exchanged while it was read")


def _inside(real: str, roots: Iterable[str]) -> None:
    if not any(os.path.commonpath([root, real]) == root for root in roots):
        raise Outside("it lies outside of its folder")
