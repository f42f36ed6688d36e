"""What can go wrong at a system call, each kind a class."""

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .calls import TAKING_SPACE, Change
from .ptrace import Tracee

RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
O_TMPFILE = getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY
WRITING = frozenset({"openat", "open", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat"})
"""Calls that a folder without permission to write refuses."""


class Fault(Protocol):
    """Something that goes wrong; calls that change the disk are numbered from 1."""

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        """Strike, or do not, before a call: return the errno it shall fail with, None to let it be made."""

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        """Strike, or do not, after a call that was made."""

    def applies(self, at: int, change: Change) -> bool:
        """Tell whether there is anything to strike at that call."""


@dataclass(frozen=True)
class Nothing:
    """All goes well; of what goes wrong, ``at`` is the number of the change at which it does."""

    at: int = 0

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        return None

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        return None

    def applies(self, at: int, change: Change) -> bool:
        return at == self.at


@dataclass(frozen=True)
class KilledBefore(Nothing):
    """The process is killed as it is about to make the call."""

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        if at == self.at:
            kill(tracee)
            return errno.EINTR
        return None


@dataclass(frozen=True)
class KilledAfter(Nothing):
    """The process is killed when the call is made and before it hears of it."""

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        if at == self.at:
            kill(tracee)


@dataclass(frozen=True)
class Halved(Nothing):
    """Half of what is to be written is, and the process hears so: nothing is wrong with that."""

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        if at == self.at and change.amount is not None and change.amount_at is not None:
            tracee.give(change.amount_at, change.amount // 2)
        return None

    def applies(self, at: int, change: Change) -> bool:
        return at == self.at and (change.amount or 0) > 1


@dataclass(frozen=True)
class KilledHalfWay(Halved):
    """Half of what is to be written is, and the process is killed."""

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        if at == self.at:
            kill(tracee)


@dataclass(frozen=True)
class Refused(Nothing):
    """The call fails, once."""

    code: int = errno.EIO

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        return self.code if at == self.at else None


@dataclass(frozen=True)
class Full(Nothing):
    """The disk is full from the call on: half of what is to be written fits, and then nothing does."""

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        if at < self.at or change.name not in TAKING_SPACE or (change.name.startswith("open") and not _creates(change)):
            return None
        if at == self.at and (change.amount or 0) > 1:
            return Halved(at).enter(at, change, tracee)
        return errno.ENOSPC


@dataclass(frozen=True)
class Lasting(Nothing):
    """Every call from this one on fails, as on a disk that is pulled out or made read-only."""

    code: int = errno.EIO

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        return self.code if at >= self.at and change.name not in ("flock", "fcntl") else None


@dataclass(frozen=True)
class Interrupted(Nothing):
    """The process is told to stop, as by Ctrl-C or by what supervises it."""

    told: signal.Signals = signal.SIGINT

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        if at == self.at:
            os.kill(tracee.process, self.told)


@dataclass(frozen=True)
class Meddled(Nothing):
    """Somebody does something as the call is about to be made; with ``killed`` the process dies right after it."""

    act: Callable[[], None] = lambda: None
    killed: bool = False

    def enter(self, at: int, change: Change, tracee: Tracee) -> int | None:
        if at == self.at:
            self.act()
        return None

    def leave(self, at: int, change: Change, tracee: Tracee) -> None:
        if at == self.at and self.killed:
            kill(tracee)


def kill(tracee: Tracee) -> None:
    """Kill the process, and what it started, on the spot."""
    os.killpg(os.getpgid(tracee.process), signal.SIGKILL)


def _creates(change: Change) -> bool:
    return bool(change.flags & (os.O_CREAT | O_TMPFILE))


@dataclass(frozen=True)
class Lack:
    """Something a file system cannot do, for as long as the process runs."""

    names: frozenset[str]
    flags: int
    code: int

    def refuses(self, change: Change) -> bool:
        """Tell whether the call asks for what cannot be done."""
        return change.name in self.names and change.flags & self.flags == self.flags


RENAMES = frozenset({"renameat2"})
NO_EXCHANGE = Lack(RENAMES, RENAME_EXCHANGE, errno.EINVAL)
NO_FLAGS = Lack(RENAMES, 0, errno.ENOSYS)
NO_NOREPLACE = Lack(RENAMES, RENAME_NOREPLACE, errno.EINVAL)
NO_LINKS = Lack(frozenset({"link", "linkat"}), 0, errno.EPERM)
NO_UNNAMED = Lack(frozenset({"openat", "open"}), O_TMPFILE or -1, errno.EOPNOTSUPP)
NO_LOCKS = Lack(frozenset({"flock"}), 0, errno.ENOLCK)
