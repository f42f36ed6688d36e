"""Problems: what is wrong, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from fountaingen.primitives.terminal import one_line


class Severity(Enum):
    """How much a problem matters: an error stops the build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """A position in a file a person wrote; ``line`` and ``column`` count from 1, 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


@dataclass(frozen=True)
class Note:
    """A second place that explains a problem, such as where a name was first defined."""

    place: Place
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", bounded(self.message))


@dataclass(frozen=True)
class Problem:
    """One finding: a stable ``code`` (``FG104``), one lower-case line of text, the ``remedy`` where one is known."""

    code: str
    message: str
    place: Place
    remedy: str = ""
    severity: Severity = Severity.ERROR
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", bounded(self.message))
        object.__setattr__(self, "remedy", bounded(self.remedy))

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


_LONGEST = 300
_END = 90


def bounded(text: str) -> str:
    """Return ``text``, its middle left out where it is long: a problem quotes a contract, it does not reprint it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST - _END]} … {text[-_END:]}"


class Rejected(Exception):
    """A stage could not go on; ``problems`` holds every problem it found, sorted and without repeats."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(f"{len(self.problems)} problem(s)")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return ``problems`` sorted by place, then code, without repeats."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.place, problem.code, problem.message)))


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems that stop a build."""
    return tuple(problem for problem in problems if problem.is_error)


def format_problem(problem: Problem) -> str:
    """Return the problem as the lines people read: place, severity, code and message, then its notes and its remedy."""
    lines = [f"{one_line(str(problem.place))}: {problem.severity.value}[{problem.code}]: {one_line(problem.message)}"]
    lines += [f"{one_line(str(note.place))}: note: {one_line(note.message)}" for note in problem.notes]
    if problem.remedy:
        lines.append(f"  help: {one_line(problem.remedy)}")
    return "\n".join(lines)
