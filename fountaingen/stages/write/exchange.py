"""The exchange of two folders in one step (Linux, renameat2(2) with RENAME_EXCHANGE)."""

import ctypes
import errno
import os
from pathlib import Path

RENAME_EXCHANGE = 2
AT_FDCWD = -100
UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EBUSY})


def exchange(one: Path, other: Path) -> bool:
    """Swap what the two paths name; False where the system cannot, OSError where it refuses."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(other))
