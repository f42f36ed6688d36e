"""The guard: work that swells, runs away or crashes costs a process its life, and is told."""

import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from fountaingen.guard import Failed, Job, Stopped, Subject, alone, guarded, told
from fountaingen.guard.budget import Budget
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import whereabouts

_PLACE = Place("specs/a.yaml", 1, 1)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOUNTAINGEN_LIMITS", "0.1")


def _outcome(work: Callable[[], object]) -> object:
    (outcome,) = guarded([Job(work, 0)])
    return outcome


def test_outcomes_come_in_the_order_of_the_jobs() -> None:
    jobs = [Job(partial(pow, number, 2), 0) for number in range(20)]
    assert list(guarded(jobs)) == [number * number for number in range(20)]


def test_work_sees_what_is_there_and_changes_nothing() -> None:
    seen = [1]
    assert _outcome(lambda: [seen.pop(), len(seen)]) == [1, 0]
    assert seen == [1]


def _spin() -> None:
    whereabouts.at("the pattern", "/components/schemas/A")
    while True:
        pass


def _recurse(depth: int = 0) -> int:
    return _recurse(depth + 1)


def _swell() -> list[bytearray]:
    return [bytearray(1 << 28) for _ in range(40)]


def _crash() -> None:
    ctypes.string_at(0)


def _vanish() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (_recurse, "steps into itself"),
        (_swell, "MiB of memory"),
        (_crash, "nesting"),
        (_vanish, "memory"),
        (os.abort, "memory"),
    ],
)
def test_what_takes_too_much_is_stopped(work: Callable[[], object], why: str) -> None:
    outcome = _outcome(work)
    assert isinstance(outcome, Stopped)
    assert why in outcome.why


def test_what_it_was_at_is_known_of_a_process_that_is_dead() -> None:
    outcome = _outcome(_spin)
    assert outcome == Stopped("more than 1 seconds of computing", "the pattern", "/components/schemas/A")


def test_whoever_waits_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "patience", 0.2)
    outcome = _outcome(signal.pause)
    assert isinstance(outcome, Stopped)
    assert outcome.why.endswith("seconds")


def test_a_job_that_dies_takes_no_other_with_it() -> None:
    jobs = [Job(_vanish if number % 3 == 1 else lambda: "done", 0) for number in range(9)]
    assert [isinstance(each, Stopped) for each in guarded(jobs)] == [number % 3 == 1 for number in range(9)]


def test_a_fault_is_told_with_its_line() -> None:
    outcome = _outcome(partial(pointers.follow, [], ["a"]))
    assert isinstance(outcome, Failed)
    assert re.fullmatch(r"LookupError: a \(primitives/pointer\.py:\d+\)", outcome.error)


def test_who_ends_a_process_by_itself_is_at_fault() -> None:
    assert _outcome(partial(sys.exit, 3)) == Failed("a process that ended itself with 1")


def test_a_result_that_no_memory_is_left_to_send_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    send = Connection.send_bytes

    def no_memory(connection: Connection, data: bytes) -> None:
        if os.getpid() != parent:
            raise MemoryError
        send(connection, data)

    parent = os.getpid()
    monkeypatch.setattr(Connection, "send_bytes", no_memory)
    outcome = _outcome(int)
    assert isinstance(outcome, Stopped)
    assert "memory" in outcome.why


def test_what_was_read_is_added_to_the_budget() -> None:
    def work() -> bool:
        whereabouts.has_read(2 << 20)
        end = time.process_time() + 1.4
        while time.process_time() < end:
            pass
        return True

    assert Budget.of(0).seconds == 1
    assert _outcome(work) is True


def test_nothing_is_left_behind_when_nobody_wants_the_rest() -> None:
    before = set(os.listdir("/proc/self/fd"))
    outcomes = guarded([Job(os.getpid, 0), Job(signal.pause, 0)])
    process = next(outcomes)
    outcomes.close()
    assert set(os.listdir("/proc/self/fd")) == before
    assert isinstance(process, int)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_problems_go_through() -> None:
    problem = Problem("FG999", "wrong", _PLACE)

    def work() -> int:
        raise Rejected([problem])

    with pytest.raises(Rejected) as caught:
        alone(work, Subject("trying this", _PLACE, 0))
    assert caught.value.problems == (problem,)
    assert alone(lambda: 5, Subject("trying this", _PLACE, 0)) == 5


def test_a_problem_says_what_took_too_much_and_what_of() -> None:
    problem = told(Stopped("more than 10 seconds of computing", "the pattern"), "reading this contract", _PLACE)
    assert (problem.code, problem.place, problem.is_error) == ("FG024", _PLACE, True)
    assert problem.message == "reading this contract takes more than 10 seconds of computing, at the pattern"


def test_a_worker_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    script = f"""
import os, signal
from fountaingen.guard import Job, guarded
def work():
    with open({str(told)!r}, "w") as file:
        file.write(str(os.getpid()))
    signal.pause()
list(guarded([Job(work, 0)]))
"""
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        worker = os.pidfd_open(int(told.read_text()))
        process.kill()
    try:
        # The descriptor of a process can be read once it has ended.
        assert select.select([worker], [], [], 30)[0]
    finally:
        os.close(worker)


@pytest.mark.parametrize("text", ["", "nan", "inf", "-1", "many", "1e400", "0"])
def test_whatever_the_factor_is_there_is_a_budget(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FOUNTAINGEN_LIMITS", text)
    budget = Budget.of(1 << 20)
    assert budget.seconds >= 1 and budget.memory > 1 << 20
