"""A process that does jobs, one after the other, until one of them ends it."""

import faulthandler
import gc
import os
import pickle
import resource
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from fountaingen.guard.board import Board
from fountaingen.guard.budget import Budget, Start
from fountaingen.guard.job import Failed, Job, Stopped
from fountaingen.stages import whereabouts

_KNOWN = {
    signal.SIGXCPU: "more than {seconds} seconds of computing",
    signal.SIGKILL: "more memory than the machine gives",
    signal.SIGABRT: "more than {mebibytes} MiB of memory",
    signal.SIGSEGV: "more nesting than the machine follows",
}


class Worker:
    """A process that was made by ``fork``, so that it knows all ``jobs`` and their surroundings; it gets a number."""

    def __init__(self, jobs: Sequence[Job[Any]], others: Iterable["Worker"]) -> None:
        self._jobs = jobs
        self._board = Board()
        lifeline, self._held = os.pipe()
        self.connection, theirs = Pipe()
        self._process = os.fork()
        if self._process == 0:
            # Ends of pipes that stayed open here would let nobody notice that the other end is gone.
            for connection in (self.connection, *(other.connection for other in others)):
                connection.close()
            for line in (self._held, *(other._held for other in others)):
                os.close(line)
            _serve(theirs, lifeline, jobs, self._board)
        theirs.close()
        os.close(lifeline)

    def begin(self, number: int) -> None:
        """Let the worker do the job of that number; raises OSError where it is gone."""
        self._board.clear()
        self.connection.send_bytes(str(number).encode())

    def outcome(self, number: int) -> Any:
        """Return what the worker sends, a ``Stopped`` where a signal ended it, a ``Failed`` where it ended itself."""
        try:
            return pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            code = os.waitstatus_to_exitcode(self._wait())
            if code >= 0:
                return Failed(f"a process that ended itself with {code}", *self._board.read())
            return self._stopped(number, signal.Signals(-code))

    def budget(self, number: int) -> Budget:
        """Return what the job of that number, which the worker is at, may take by all that it has read."""
        return Budget.of(self._jobs[number].size + self._board.size)

    def give_up(self, number: int) -> Stopped:
        """Kill the worker, which has had time enough for the job of that number."""
        self._kill()
        self._wait()
        return Stopped(f"more than {self.budget(number).patience:.0f} seconds", *self._board.read())

    def end(self) -> None:
        """End the process, whatever it does."""
        self.connection.close()
        os.close(self._held)
        if self._process:
            self._kill()
            self._wait()
        self._board.close()

    @property
    def is_alive(self) -> bool:
        return self._process != 0

    def _kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)

    def _wait(self) -> int:
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        return status

    def _stopped(self, number: int, by: signal.Signals) -> Stopped:
        budget = self.budget(number)
        why = _KNOWN.get(by, f"what it could: it was ended by {by.name}")
        return Stopped(why.format(seconds=budget.seconds, mebibytes=budget.memory >> 20), *self._board.read())


def _serve(connection: Connection, lifeline: int, jobs: Sequence[Job[Any]], board: Board) -> NoReturn:
    code = 1
    try:
        _prepare(lifeline)
        while True:
            job = jobs[int(connection.recv_bytes())]
            connection.send_bytes(_outcome(job, board))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        code = 0
    except MemoryError:
        os.abort()
    finally:
        # Neither buffers of the parent are written here, nor its handlers of an exit run.
        os._exit(code)


def _prepare(lifeline: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    faulthandler.disable()
    # What is there already stays: looking through it again and again would copy it page by page.
    gc.freeze()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    # What a library has to say when it dies is nothing for people.
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: int) -> None:
    """End this process when the one that started it is killed: nobody would hear of the result."""
    os.read(lifeline, 1)
    os._exit(1)


@dataclass(frozen=True)
class _Listener:
    """Writes on the board what a job is at, and gives it more where there is more to do."""

    size: int
    start: Start
    board: Board

    def at(self, doing: str, pointer: str) -> None:
        self.board.write(doing, pointer)

    def has_read(self, size: int) -> None:
        self.board.size += size
        self.start.impose(Budget.of(self.size + self.board.size))


def _outcome(job: Job[Any], board: Board) -> bytes:
    listener = _Listener(job.size, Start.now(), board)
    listener.has_read(0)
    whereabouts.listen(listener)
    try:
        return pickle.dumps(job.work(), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        memory = Budget.of(job.size + board.size).memory
        return _pickled(Stopped(f"more than {memory >> 20} MiB of memory", *board.read()))
    except RecursionError:
        return _pickled(Stopped(f"more than {sys.getrecursionlimit()} steps into itself", *board.read()))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a library in Rust panics with one that is no Exception
        return _pickled(Failed.of(error, *board.read()))


def _pickled(outcome: Stopped | Failed) -> bytes:
    return pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)
