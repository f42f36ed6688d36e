"""What a template printed, with the places of what was printed into it."""

from dataclasses import dataclass
from functools import cached_property

from fountaingen.primitives.code import Code


@dataclass(frozen=True)
class Piece:
    """Code that a template printed, and where in the text it stands."""

    start: int
    code: Code

    @property
    def end(self) -> int:
        return self.start + len(self.code)


@dataclass(frozen=True)
class Printed:
    """The text of a file, the pieces in it, and ``own``: the text of its templates, ``HOLE`` for each expression."""

    path: str
    text: str
    pieces: tuple[Piece, ...]
    own: str

    @cached_property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


HOLE = "\0"
REMEDY = "report this as a fault of fountaingen"


@dataclass(frozen=True)
class Fault:
    """What is not as it was meant, at a position of the text counted from 0."""

    at: int
    message: str
