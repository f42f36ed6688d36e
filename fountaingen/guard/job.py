"""Jobs and what becomes of them."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Result_co = TypeVar("Result_co", covariant=True)
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Job(Generic[Result_co]):
    """Work whose result can be pickled, on ``size`` bytes of contracts, by which its budget goes."""

    work: Callable[[], Result_co]
    size: int


@dataclass(frozen=True)
class Stopped:
    """A job that took too much: ``why`` tells what of, ``doing`` and ``pointer`` what it was at."""

    why: str
    doing: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class Failed:
    """A job that ended in an exception nobody expected: a fault of fountaingen."""

    error: str
    doing: str = ""
    pointer: str = ""

    @classmethod
    def of(cls, error: BaseException, doing: str, pointer: str) -> "Failed":
        """Describe ``error`` by its class, its text and the line of fountaingen that it came from."""
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if lines:
            text += f" ({Path(lines[-1].filename).relative_to(_PACKAGE).as_posix()}:{lines[-1].lineno})"
        return cls(text, doing, pointer)


def _is_own(name: str) -> bool:
    return Path(name).is_relative_to(_PACKAGE) and not Path(name).is_relative_to(Path(__file__).parent)
