"""Offsets in a text to lines and columns."""

from bisect import bisect_right


class Lines:
    """The line starts of one text."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        end = text.find("\n")
        while end >= 0:
            self._starts.append(end + 1)
            end = text.find("\n", end + 1)

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and column, both from 1, of a character's offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
