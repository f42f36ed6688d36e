"""One build of a folder at a time: a kernel lock that dies with its process."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fountaingen.stages.drift.site import Site, unusable
from fountaingen.stages.write.below import discard, folder
from fountaingen.stages.write.faults import busy, reported

WAIT_SECONDS = 60.0
"""How long a build waits for another one of the same folder."""

POLL_SECONDS = 0.05


@contextmanager
def held(site: Site) -> Iterator[None]:
    """Hold the lock of ``site``; on leaving, clear the working folder away unless something in it waits to be finished.

    Raises Rejected naming the process that holds the lock after ``WAIT_SECONDS``, and OSError.
    """
    handle = _acquire(site)
    try:
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
            yield
        finally:
            with suppress(OSError):  # the next build clears away what cannot be cleared now
                _leave(site)
    finally:
        os.close(handle)


def clear(site: Site) -> None:
    """Remove all that lies in the working folder but the lock; raises OSError."""
    with folder(site.work) as work:
        with os.scandir(work) as items:
            found = [(item.name, item.is_dir(follow_symlinks=False)) for item in items]
        # The journal first: without what is staged it could not be finished.
        for name, is_folder in sorted(found, key=lambda item: item[0] != site.journal.name):
            if name != site.lock.name:
                if is_folder:
                    _open_up(name, work)
                discard(work, name, is_folder)


def _open_up(name: str, parent: int) -> None:
    """Let the owner remove what is in a folder of ours, whoever took that right away."""
    for _, _, _, handle in os.fwalk(name, dir_fd=parent):
        mode = stat.S_IMODE(os.fstat(handle).st_mode)
        if mode & stat.S_IRWXU != stat.S_IRWXU:
            os.fchmod(handle, mode | stat.S_IRWXU)


def _leave(site: Site) -> None:
    if os.path.lexists(site.journal) or os.path.lexists(site.swap):
        return
    clear(site)
    # Unlinked while held: whoever waits on this file finds that it is no longer the one in the folder and starts anew.
    os.unlink(site.lock)
    os.rmdir(site.work)


def _acquire(site: Site) -> int:
    deadline = time.monotonic() + WAIT_SECONDS
    while (handle := _attempt(site)) is None:
        if time.monotonic() >= deadline:
            raise busy(site.shown, _holder(site))
        time.sleep(POLL_SECONDS)
    return handle


def _attempt(site: Site) -> int | None:
    with reported(str(site.parent), "a build works beside its output folder"):
        site.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(site.work)
    try:
        if not stat.S_ISDIR(os.lstat(site.work).st_mode):
            raise unusable(site.work, "is where a build works, and is not a folder")
        handle = os.open(site.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:  # the build before this one has just cleared it away
        return None
    except OSError:
        with suppress(OSError):
            os.rmdir(site.work)
        raise
    if not _is_plain(handle):
        os.close(handle)
        raise unusable(site.lock, "is where a build keeps its lock, and is not a file of its own")
    if _locked(site, handle):
        return handle
    os.close(handle)
    return None


def _is_plain(handle: int) -> bool:
    """Tell whether a file has one name, or none any more: what is written to it is written nowhere else."""
    found = os.fstat(handle)
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1


def _locked(site: Site, handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), os.stat(site.lock, follow_symlinks=False))
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:
        os.close(handle)
        raise


def _holder(site: Site) -> str:
    try:
        text = site.lock.read_bytes()[:20].decode("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
    return text if text.isdigit() else ""
