"""What people are told of work that did not come to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from fountaingen.guard.job import Failed, Job, Stopped
from fountaingen.guard.pool import guarded
from fountaingen.model.problems import Place, Problem, Rejected

Result = TypeVar("Result")

_REMEDY = "make what stands here smaller or plainer; FOUNTAINGEN_LIMITS=4 in the environment allows four times as much"


def told(outcome: Stopped | Failed, what: str, place: Place) -> Problem:
    """Return the problem (FG024, FG025) that ``what``, such as "reading this contract", ended with."""
    at = f", at {outcome.doing}" if outcome.doing else ""
    if isinstance(outcome, Stopped):
        return Problem("FG024", f"{what} takes {outcome.why}{at}", place, _REMEDY)
    message = f"fountaingen failed at {what}{at}: {outcome.error}"
    return Problem("FG025", message, place, "report this as a fault of fountaingen, with what stands here")


@dataclass(frozen=True)
class Subject:
    """What work is about: what it is called, where it stands, how many bytes of contracts it is about."""

    what: str
    place: Place
    size: int


def alone(work: Callable[[], Result], subject: Subject) -> Result:
    """Return what ``work`` does in a process that may fail.

    Raises:
        Rejected: what the work raises, FG024 it took too much, FG025 it failed.
    """
    (outcome,) = guarded([Job(partial(_caught, work), subject.size)])
    if isinstance(outcome, Stopped | Failed):
        raise Rejected([told(outcome, subject.what, subject.place)])
    result, problems = outcome
    if problems:
        raise Rejected(problems)
    return result[0]


def _caught(work: Callable[[], Result]) -> tuple[tuple[Result, ...], tuple[Problem, ...]]:
    try:
        return (work(),), ()
    except Rejected as rejected:
        return (), rejected.problems
