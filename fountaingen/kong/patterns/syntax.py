"""A reading of a regular expression, piece by piece, that two dialects can be held to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["char", "escape", "class", "open", "close", "repeat", "alternative", "anchor", "dot"]


_SINGLE: dict[str, Kind] = {")": "close", "|": "alternative", "^": "anchor", "$": "anchor", ".": "dot"}


@dataclass(frozen=True)
class Piece:
    """A piece of a pattern: its kind, where it begins, and its text.

    ``open`` is an opening parenthesis with all of ``?<name>`` and the like, ``repeat`` a quantifier with its suffix.
    """

    kind: Kind
    start: int
    text: str

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.start + len(self.text)


class Unclosed(ValueError):
    """A class, a name or an escape does not end; ``what`` says which."""

    def __init__(self, what: Literal["class", "name", "escape", "comment"], start: int) -> None:
        super().__init__(what)
        self.what = what
        self.start = start


def pieces(pattern: str) -> Iterator[Piece]:
    """Yield the pieces of a pattern from left to right.

    Raises:
        Unclosed: the pattern ends too soon.
    """
    at = 0
    while at < len(pattern):
        piece = _piece(pattern, at)
        yield piece
        at = piece.end


def counted(pattern: str, at: int) -> str:
    """Return the ``{m,n}`` that stands at a place, empty where none does."""
    if pattern[at] != "{":
        return ""
    end = pattern.find("}", at)
    inner = pattern[at + 1 : end] if end > 0 else ""
    low, comma, high = inner.partition(",")
    right = low.isdecimal() and (not high or high.isdecimal()) and low.isascii() and high.isascii()
    return pattern[at : end + 1] if right and (comma or not high) else ""


def _piece(pattern: str, at: int) -> Piece:
    char = pattern[at]
    if char in _SINGLE:
        return Piece(_SINGLE[char], at, char)
    match char:
        case "\\":
            return Piece("escape", at, _escape(pattern, at))
        case "[":
            return Piece("class", at, pattern[at : _class_end(pattern, at)])
        case "(":
            return Piece("open", at, _opening(pattern, at))
        case "*" | "+" | "?" | "{" if char != "{" or counted(pattern, at):
            return Piece("repeat", at, _suffixed(pattern, at, counted(pattern, at) or char))
        case _:
            return Piece("char", at, char)


def _suffixed(pattern: str, at: int, text: str) -> str:
    after = pattern[at + len(text) : at + len(text) + 1]
    return text + after if after in {"?", "+"} and after else text


def _escape(pattern: str, at: int) -> str:
    if at + 1 == len(pattern):
        raise Unclosed("escape", at)
    letter = pattern[at + 1]
    if letter in "xpPgkuU" and pattern[at + 2 : at + 3] in {"{", "<", "'"}:
        closing = {"{": "}", "<": ">", "'": "'"}[pattern[at + 2]]
        end = pattern.find(closing, at + 3)
        return pattern[at : end + 1] if end > 0 else pattern[at : at + 2]
    if letter == "x":
        digits = 0
        while digits < 2 and pattern[at + 2 + digits : at + 3 + digits] in set("0123456789abcdefABCDEF"):
            digits += 1
        return pattern[at : at + 2 + digits]
    if letter.isdecimal() and letter.isascii():
        end = at + 2
        while end < len(pattern) and pattern[end].isdecimal() and pattern[end].isascii() and end < at + 4:
            end += 1
        return pattern[at:end]
    if letter in "pPgkc":
        return pattern[at : at + 3]
    return pattern[at : at + 2]


def _class_end(pattern: str, at: int) -> int:
    index = at + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern):
        if pattern[index] == "]":
            return index + 1
        if pattern[index] == "\\":
            index += 2
        elif pattern.startswith("[:", index) and ":]" in pattern[index + 2 :]:
            index = pattern.index(":]", index + 2) + 2
        else:
            index += 1
    raise Unclosed("class", at)


def _opening(pattern: str, at: int) -> str:
    if pattern[at + 1 : at + 2] != "?":
        return "("
    for mark in ("?<=", "?<!", "?=", "?!", "?>", "?|", "?:"):
        if pattern.startswith(mark, at + 1):
            return "(" + mark
    if pattern.startswith("?#", at + 1):
        end = pattern.find(")", at)
        if end < 0:
            raise Unclosed("comment", at)
        return pattern[at : end + 1]
    for mark, closing in (("?P<", ">"), ("?<", ">"), ("?'", "'")):
        if pattern.startswith(mark, at + 1):
            end = pattern.find(closing, at + 1 + len(mark))
            if end < 0:
                raise Unclosed("name", at + 1 + len(mark))
            return pattern[at : end + 1]
    end = at + 2
    while end < len(pattern) and pattern[end] not in ":)":
        end += 1
    return pattern[at : end + 1]
