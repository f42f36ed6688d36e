"""The system calls that change what lies on a disk, and what each one touches."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

from .ptrace import Entry, Tracee

AT_FDCWD = -100
CHANGING = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_RDWR
"""Flags of open(2) of which each one means a change, now or later."""

LOCKING = frozenset({6, 7, 37, 38})
"""Commands of fcntl(2) that take or give up a lock."""


@dataclass(frozen=True)
class At:
    """A path as an argument; ``folder`` is where the folder is given that it is relative to, if not the current one."""

    path: int
    folder: int | None = None


@dataclass(frozen=True)
class Handle:
    """An open file as an argument."""

    number: int


@dataclass(frozen=True)
class Known:
    """A system call: its number on x86_64 and aarch64, what it touches, and where it says how much."""

    x86_64: int | None
    aarch64: int | None
    touches: tuple[At | Handle, ...]
    amount: int | None = None


_ONE, _TWO = (Handle(0),), (At(1, 0),)

KNOWN = {
    "open": Known(2, None, (At(0),)),
    "creat": Known(85, None, (At(0),)),
    "openat": Known(257, 56, _TWO),
    "openat2": Known(437, 437, _TWO),
    "write": Known(1, 64, _ONE, 2),
    "pwrite64": Known(18, 68, _ONE, 2),
    "writev": Known(20, 66, _ONE, 2),
    "pwritev": Known(296, 70, _ONE, 2),
    "pwritev2": Known(328, 287, _ONE, 2),
    "sendfile": Known(40, 71, _ONE, 3),
    "copy_file_range": Known(326, 285, (Handle(2),), 4),
    "splice": Known(275, 76, (Handle(2),), 4),
    "ftruncate": Known(77, 46, _ONE),
    "truncate": Known(76, 45, (At(0),)),
    "fallocate": Known(285, 47, _ONE),
    "fsync": Known(74, 82, _ONE),
    "fdatasync": Known(75, 83, _ONE),
    "syncfs": Known(306, 267, _ONE),
    "sync_file_range": Known(277, 84, _ONE),
    "flock": Known(73, 32, _ONE),
    "fcntl": Known(72, 25, _ONE),
    "rename": Known(82, None, (At(0), At(1))),
    "renameat": Known(264, 38, (At(1, 0), At(3, 2))),
    "renameat2": Known(316, 276, (At(1, 0), At(3, 2))),
    "link": Known(86, None, (At(0), At(1))),
    "linkat": Known(265, 37, (At(1, 0), At(3, 2))),
    "symlink": Known(88, None, (At(1),)),
    "symlinkat": Known(266, 36, (At(2, 1),)),
    "unlink": Known(87, None, (At(0),)),
    "unlinkat": Known(263, 35, _TWO),
    "rmdir": Known(84, None, (At(0),)),
    "mkdir": Known(83, None, (At(0),)),
    "mkdirat": Known(258, 34, _TWO),
    "mknod": Known(133, None, (At(0),)),
    "mknodat": Known(259, 33, _TWO),
    "chmod": Known(90, None, (At(0),)),
    "fchmod": Known(91, 52, _ONE),
    "fchmodat": Known(268, 53, _TWO),
    "fchmodat2": Known(452, 452, _TWO),
    "chown": Known(92, None, (At(0),)),
    "lchown": Known(94, None, (At(0),)),
    "fchown": Known(93, 55, _ONE),
    "fchownat": Known(260, 54, _TWO),
    "utime": Known(132, None, (At(0),)),
    "utimes": Known(235, None, (At(0),)),
    "futimesat": Known(261, None, _TWO),
    "utimensat": Known(280, 88, _TWO),
    "setxattr": Known(188, 5, (At(0),)),
    "lsetxattr": Known(189, 6, (At(0),)),
    "fsetxattr": Known(190, 7, _ONE),
    "removexattr": Known(197, 14, (At(0),)),
    "lremovexattr": Known(198, 15, (At(0),)),
    "fremovexattr": Known(199, 16, _ONE),
}

BY_NUMBER = {getattr(known, platform.machine(), None): name for name, known in KNOWN.items()}

TAKING_SPACE = frozenset(KNOWN) - {"unlink", "unlinkat", "rmdir", "flock", "fcntl", "fsync", "fdatasync"}
"""What a full disk refuses, at most."""


@dataclass(frozen=True)
class Change:
    """A system call that changes, or may change, something below the folder that is watched."""

    name: str
    paths: tuple[str, ...]
    flags: int
    """How a file is opened or a name changed; zero for other calls."""
    amount: int | None
    """How much is to be written, in bytes or, of writev, in pieces."""

    @property
    def amount_at(self) -> int | None:
        """Where the amount stands among the arguments."""
        return KNOWN[self.name].amount


def change_of(tracee: Tracee, entry: Entry, root: str) -> Change | None:
    """Return what a call that is about to be made changes below ``root``; None where it is nothing."""
    name = BY_NUMBER.get(entry.number)
    if name is None:
        return None
    flags = _flags(tracee, name, entry.arguments)
    if (name.startswith("open") and not flags & CHANGING) or (name == "fcntl" and entry.arguments[1] not in LOCKING):
        return None
    known = KNOWN[name]
    found = tuple(path for each in known.touches if (path := _path(tracee, each, entry.arguments)) is not None)
    inside = tuple(path for path in found if path == root or path.startswith(f"{root}/"))
    if not inside:
        return None
    amount = None if known.amount is None else entry.arguments[known.amount]
    return Change(name, tuple(_relative(inside, root)), flags, amount)


def _relative(paths: Iterable[str], root: str) -> Iterable[str]:
    return (path[len(root) + 1 :] or "." for path in paths)


def _flags(tracee: Tracee, name: str, arguments: tuple[int, ...]) -> int:
    match name:
        case "open":
            return arguments[1]
        case "creat":
            return os.O_CREAT
        case "openat":
            return arguments[2]
        case "openat2":
            return int.from_bytes(tracee.memory(arguments[2], 8), "little")
        case "renameat2":
            return arguments[4]
        case _:
            return 0


def _path(tracee: Tracee, operand: At | Handle, arguments: tuple[int, ...]) -> str | None:
    try:
        match operand:
            case Handle(number):
                return os.readlink(f"/proc/{tracee.process}/fd/{_signed(arguments[number])}")
            case At(path, folder):
                base = AT_FDCWD if folder is None else _signed(arguments[folder])
                named = tracee.text(arguments[path]).decode("utf-8", "surrogateescape") if arguments[path] else ""
                if named.startswith("/"):
                    return os.path.normpath(named)
                lead = "cwd" if base == AT_FDCWD else f"fd/{base}"
                return os.path.normpath(os.path.join(os.readlink(f"/proc/{tracee.process}/{lead}"), named))
    except OSError:
        return None


def _signed(word: int) -> int:
    """Return the lower half of a register as the C type int."""
    low = word & 0xFFFFFFFF
    return low - 0x100000000 if low & 0x80000000 else low
