"""Renames that lose nothing: two names exchanged in one step, or one moved to where nothing is (renameat2(2))."""

import ctypes
import errno
import os
from pathlib import Path

RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
AT_FDCWD = -100
UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EBUSY})
NO_LINKS = frozenset({errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EXDEV})
"""How a file system says that it has no hard links, or not this one."""

Name = tuple[int, str]
"""An open folder, and a name in it."""


def exchange(one: Path, other: Path) -> bool:
    """Swap what the two paths name; False where the system cannot, OSError where it refuses."""
    return _renamed((AT_FDCWD, str(one)), (AT_FDCWD, str(other)), RENAME_EXCHANGE)


def swap(one: Name, other: Name) -> bool:
    """Swap what two names in open folders stand for, as ``exchange`` does."""
    return _renamed(one, other, RENAME_EXCHANGE)


def move(source: Name, target: Name) -> None:
    """Give ``source`` the name ``target``; raises FileExistsError where something has it, and OSError."""
    if _renamed(source, target, RENAME_NOREPLACE):
        return
    try:
        os.link(source[1], target[1], src_dir_fd=source[0], dst_dir_fd=target[0], follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    else:
        os.unlink(source[1], dir_fd=source[0])
        return
    if _stands(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target[1])
    os.rename(source[1], target[1], src_dir_fd=source[0], dst_dir_fd=target[0])


def _stands(name: Name) -> bool:
    try:
        os.stat(name[1], dir_fd=name[0], follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _renamed(source: Name, target: Name, flags: int) -> bool:
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if call(source[0], os.fsencode(source[1]), target[0], os.fsencode(target[1]), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), target[1])
