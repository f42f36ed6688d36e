"""One run of a command in a process of its own, with a fault at one of its changes of a folder."""

import contextlib
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from .calls import Change, change_of
from .kinds import Fault, Lack, Nothing
from .ptrace import ALL, SYSCALL_STOP, Entry, Exit, Tracee, spawn

BROKEN = 70
"""How a process ends that raised what no command may raise."""

INTERRUPTED = 130

Job = Callable[[], int]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its status, negative for a signal; the changes it made; what it said."""

    status: int
    changes: tuple[Change, ...]
    said: str

    @property
    def killed(self) -> bool:
        """Whether the process was killed on the spot."""
        return self.status == -signal.SIGKILL


@dataclass
class _Watch:
    """What is known of the processes of one run."""

    root: str
    fault: Fault
    lacks: tuple[Lack, ...]
    changes: list[Change] = field(default_factory=list)
    pending: dict[int, tuple[int, Change, int | None]] = field(default_factory=dict)

    def at_stop(self, tracee: Tracee) -> None:
        """See what a process is about to do or has done, and let the fault strike."""
        match tracee.stop():
            case Entry() as entry:
                if (change := change_of(tracee, entry, self.root)) is not None:
                    self._enter(tracee, change)
            case Exit():
                if (left := self.pending.pop(tracee.process, None)) is not None:
                    at, change, refused = left
                    if refused is not None:
                        tracee.answer(-refused)
                    self.fault.leave(at, change, tracee)

    def _enter(self, tracee: Tracee, change: Change) -> None:
        self.changes.append(change)
        at = len(self.changes)
        refused = self.fault.enter(at, change, tracee)
        if refused is None:
            refused = next((lack.code for lack in self.lacks if lack.refuses(change)), None)
        if refused is not None:
            tracee.skip()
        self.pending[tracee.process] = (at, change, refused)


def run(job: Job, root: Path, fault: Fault | None = None, lacks: Iterable[Lack] = ()) -> Outcome:
    """Run ``job`` in a process of its own, and let ``fault`` strike at what it changes below ``root``."""
    watch = _Watch(str(root), fault or Nothing(), tuple(lacks))
    with tempfile.TemporaryFile() as output:
        first = spawn(lambda: talking_to(output, job))
        status = _followed(first, watch)
        output.seek(0)
        return Outcome(status, tuple(watch.changes), output.read().decode("utf-8", "replace"))


def plain(job: Job) -> Outcome:
    """Run ``job`` in a process of its own with nobody watching."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            code = BROKEN
            try:
                code = talking_to(output, job)
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        return Outcome(status, (), output.read().decode("utf-8", "replace"))


def talking_to(output: BinaryIO, job: Job) -> int:
    """Run ``job`` with both of its streams in ``output``; an exception it must not raise is its status."""
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    with open(1, "w", encoding="utf-8", closefd=False) as said, redirect_stdout(said), redirect_stderr(said):
        try:
            return job()
        except KeyboardInterrupt:
            return INTERRUPTED
        except BaseException:
            traceback.print_exc()
            return BROKEN


def _followed(first: Tracee, watch: _Watch) -> int:
    """Go with the process, and those it starts, from stop to stop until it ends; return its status."""
    group = first.process
    first.resume()
    started = {group}
    while True:
        process, status = os.waitpid(-group, ALL)
        if not os.WIFSTOPPED(status):
            if process == group:
                break
            continue
        tracee = Tracee(process)
        with contextlib.suppress(ProcessLookupError):  # killed meanwhile
            tracee.resume(_passed_on(tracee, status, watch, started))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, ALL)
    return os.waitstatus_to_exitcode(status)


def _passed_on(tracee: Tracee, status: int, watch: _Watch, started: set[int]) -> int:
    """Deal with one stop; return the signal that the process is to have."""
    number = os.WSTOPSIG(status)
    if number == SYSCALL_STOP:
        watch.at_stop(tracee)
        return 0
    is_new = tracee.process not in started
    started.add(tracee.process)
    return 0 if status >> 16 or (is_new and number == signal.SIGSTOP) else number
