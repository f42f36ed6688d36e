"""Single files: written whole or not at all, never over what somebody else wrote, with no trace of a killed run."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fountaingen.model.manifest import digest
from fountaingen.stages.write.below import LISTING
from fountaingen.stages.write.exchange import move

PART = ".fountaingen-part"
"""How the name ends of a file that is being written, where the system has no files without a name."""

WAIT_SECONDS = 10.0
POLL_SECONDS = 0.02

_NO_LOCKS = frozenset({errno.EBADF, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL})
"""How a file system, a network's above all, says that a folder cannot be locked."""

_NO_UNNAMED = frozenset({errno.ENOTSUP, errno.EISDIR, errno.ENOENT, errno.EINVAL, errno.EPERM})
"""How the system says that it has no files without a name, or cannot give them one."""


@contextmanager
def alone(folder: Path, *, follow: bool = True) -> Iterator[int]:
    """Open ``folder`` with nobody else writing single files into it, and without what a killed run left there.

    Without ``follow`` it is not a link to a folder. The lock is the kernel's and dies with the process. Raises OSError,
    with EBUSY where another run keeps the lock.
    """
    handle = os.open(folder, LISTING & ~os.O_NOFOLLOW if follow else LISTING)
    try:
        claim(handle, str(folder))
        yield handle
    finally:
        os.close(handle)


def claim(folder: int, shown: str) -> None:
    """Do for an open folder what ``alone`` does, for as long as it is open; ``shown`` names it in errors."""
    _lock(folder, shown)
    with os.scandir(folder) as items:
        left = [item.name for item in items if item.name.startswith(".") and item.name.endswith(PART)]
    for name in left:
        os.unlink(name, dir_fd=folder)


def create(folder: int, name: str, content: bytes, mode: int | None = None) -> None:
    """Write a file that is not there yet; raises FileExistsError where it is, and OSError.

    ``mode`` is what the process gives new files if not said.
    """
    if not _by_link(folder, name, content, mode):
        with _part(folder, name, content, mode) as part:
            move((folder, part), (folder, name))
    os.fsync(folder)


def replace(folder: int, name: str, content: bytes, mode: int | None = None) -> None:
    """Write a file in place of the one that may be there; raises OSError."""
    with _part(folder, name, content, mode) as part:
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def _lock(handle: int, shown: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                message = "another run of fountaingen is writing there"
                raise OSError(errno.EBUSY, message, shown) from None
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return
            raise
        time.sleep(POLL_SECONDS)


def _by_link(folder: int, name: str, content: bytes, mode: int | None) -> bool:
    """Write a file that has no name, then give it one; False where the system cannot."""
    if not (unnamed := getattr(os, "O_TMPFILE", 0)):
        return False
    try:
        # What has no name is gone when its process is.
        handle = os.open(".", os.O_WRONLY | unnamed | os.O_CLOEXEC, 0o666, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_UNNAMED:
            return False
        raise
    try:
        _fill(handle, content, mode)
        # With a folder given for the target only, Python asks for the link to be followed.
        os.link(f"/proc/self/fd/{handle}", name, dst_dir_fd=folder, follow_symlinks=True)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in _NO_UNNAMED | {errno.EXDEV}:
            return False
        raise
    finally:
        os.close(handle)
    return True


@contextmanager
def _part(folder: int, name: str, content: bytes, mode: int | None) -> Iterator[str]:
    """Write a file under a name that only lasts where it is given another."""
    part = f".{digest(os.fsencode(name))[:16]}{PART}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(part, flags, 0o666, dir_fd=folder)
        try:
            _fill(handle, content, mode)
        finally:
            os.close(handle)
        yield part
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=folder)
        raise


def _fill(handle: int, content: bytes, mode: int | None) -> None:
    if mode is not None:
        os.fchmod(handle, mode)
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)
