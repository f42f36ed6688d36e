"""Where code came from: which of its characters an encoder made of data. What is rendered is read back by it."""

from dataclasses import dataclass
from enum import Enum


class Sink(Enum):
    """What an encoder made of a text."""

    LITERAL = "string"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    IDENTIFIER = "name"


@dataclass(frozen=True, slots=True)
class Atom:
    """The characters from ``start`` to before ``end``, which an encoder made of ``value`` for ``sink``."""

    start: int
    end: int
    sink: Sink
    value: str

    def moved(self, by: int) -> "Atom":
        return Atom(self.start + by, self.end + by, self.sink, self.value)
