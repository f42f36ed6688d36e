"""What Rust's regex crate, which the router matches with, says of a pattern that PCRE takes; and how Python runs it."""

import re
from dataclasses import dataclass

from fountaingen.kong.patterns.syntax import Piece, Unclosed, pieces

_LETTERS = frozenset("abBdDnrstSwWxpPuUfvAz")
_CLASS_LETTERS = frozenset("adDnrstSwWxpPuUfv")
_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_FLAGS = frozenset("imsUuxR-")
_EARLY = "incomplete escape sequence, reached end of pattern early"


@dataclass(frozen=True)
class Refusal:
    """What the crate does not take, and the part of the pattern that it points at."""

    message: str
    start: int
    end: int


class Unmodelled(ValueError):
    """A pattern that the router takes and Python does not."""


def refusal(pattern: str) -> Refusal | None:
    """Return what the crate refuses first in a pattern, or None."""
    try:
        found = list(pieces(pattern))
    except Unclosed as error:
        return _unclosed(pattern, error)
    names: dict[str, Piece] = {}
    for piece in found:
        refused = _piece(piece, pattern, names)
        if refused:
            return refused
    return None


def shown(pattern: str, refused: Refusal) -> str:
    """Return the crate's own text of a refusal: the pattern, the place below it, the reason."""
    marks = " " * refused.start + "^" * max(refused.end - refused.start, 1)
    return f"regex parse error:\n    {pattern}\n    {marks}\nerror: {refused.message}"


def compiled(pattern: str) -> re.Pattern[str]:
    r"""Return a pattern that the crate takes as one of Python, anchored where it begins.

    ``$`` is the very end in Rust, before which Python allows a newline.

    Raises:
        Unmodelled: Python has no words for it (``\p{…}``).
    """
    try:
        return re.compile("".join(_python(piece) for piece in pieces(pattern)))
    except (re.error, RecursionError, OverflowError) as error:
        raise Unmodelled(f"the pattern {pattern!r} cannot be tried: {error}") from error


def _python(piece: Piece) -> str:
    match piece.kind:
        case "anchor" if piece.text == "$":
            return r"\Z"
        case "escape" if piece.text == r"\z":
            return r"\Z"
        case "open":
            return re.sub(r"^\(\?<(?![=!])", "(?P<", piece.text)
        case "class":
            inner = re.sub(r"\[:(\^?)(\w+):\]", _posix, piece.text[1:])
            return "[" + re.sub(r"(?<!\\)\[", r"\\[", inner)
        case "char" if piece.text in "{}":
            return "\\" + piece.text
        case _:
            return piece.text


def _posix(match: re.Match[str]) -> str:
    classes = {
        "alpha": "a-zA-Z",
        "digit": "0-9",
        "alnum": "a-zA-Z0-9",
        "upper": "A-Z",
        "lower": "a-z",
        "xdigit": "0-9a-fA-F",
        "word": "0-9A-Za-z_",
        "space": r"\t\n\v\f\r ",
        "blank": r"\t ",
        "punct": r"!-/:-@\[-`{-~",
    }
    return classes.get(match[2], match[0])


def _piece(piece: Piece, pattern: str, names: dict[str, Piece]) -> Refusal | None:
    match piece.kind:
        case "open":
            return _open(piece, names)
        case "escape":
            return _escape(piece.text, piece.start, _LETTERS)
        case "class":
            return _class(piece)
        case "char" if piece.text == "{":
            return _brace(piece, pattern)
        case _:
            return None


def _unclosed(pattern: str, error: Unclosed) -> Refusal:
    if error.what == "name":
        return _name_fault(pattern[error.start :], error.start) or _ends_early(pattern)
    reasons = {"class": "unclosed character class", "escape": _EARLY}
    return Refusal(reasons.get(error.what, "unclosed group"), error.start, error.start + 1)


def _ends_early(pattern: str) -> Refusal:
    return Refusal("unclosed capture group name", len(pattern), len(pattern))


def _name_fault(name: str, start: int) -> Refusal | None:
    if not name:
        return Refusal("empty capture group name", start, start)
    wrong = next(
        (index for index, char in enumerate(name) if not (char == "_" or char.isalnum() or char in ".[]")), None
    )
    if name[0].isalpha() or name[0] == "_":
        return None if wrong is None else Refusal("invalid capture group character", start + wrong, start + wrong + 1)
    return Refusal("invalid capture group character", start, start + 1)


def _open(piece: Piece, names: dict[str, Piece]) -> Refusal | None:
    if piece.text in _LOOK_AROUND:
        unsupported = "look-around, including look-ahead and look-behind, is not supported"
        return Refusal(unsupported, piece.start, piece.end)
    if piece.text in {"(?>", "(?|", "(?'"} or piece.text.startswith(("(?'", "(?#")):
        return Refusal("unrecognized flag", piece.start + 2, piece.start + 3)
    named = re.fullmatch(r"\(\?P?<([^>]*)>", piece.text)
    if named:
        fault = _name_fault(named[1], piece.start + named.start(1))
        if fault:
            return fault
        if named[1] in names:
            start = piece.start + named.start(1)
            return Refusal("duplicate capture group name", start, start + len(named[1]))
        names[named[1]] = piece
    elif piece.text.startswith("(?"):
        wrong = next((index for index, char in enumerate(piece.text[2:-1]) if char not in _FLAGS), None)
        if wrong is not None:
            return Refusal("unrecognized flag", piece.start + 2 + wrong, piece.start + 3 + wrong)
    return None


def _escape(text: str, start: int, letters: frozenset[str]) -> Refusal | None:
    letter = text[1]
    if letter.isdecimal() or letter in "gk":
        if letter in "gk":
            return Refusal("unrecognized escape sequence", start, start + 2)
        return Refusal("backreferences are not supported", start, start + 2)
    if letter.isascii() and letter.isalpha() and letter not in letters:
        return Refusal("unrecognized escape sequence", start, start + 2)
    return None


def _class(piece: Piece) -> Refusal | None:
    for match in re.finditer(r"\\.", piece.text, re.DOTALL):
        if match[0][1] in "bB":
            at = piece.start + match.start()
            return Refusal("invalid escape sequence found in character class", at, at + 2)
        refused = _escape(match[0], piece.start + match.start(), _CLASS_LETTERS)
        if refused:
            return refused
    return None


def _brace(piece: Piece, pattern: str) -> Refusal:
    """Refuse an opening brace that begins no repetition, which PCRE takes for itself."""
    at = piece.start + 1
    if piece.start == 0 or pattern[piece.start - 1] in "(|^":
        return Refusal("repetition operator missing expression", piece.start, at)
    digits = re.match(r"[0-9]*", pattern[at:])
    end = at + (digits.end() if digits else 0)
    if end == at < len(pattern):
        return Refusal("repetition quantifier expects a valid decimal", at, at)
    return Refusal("unclosed counted repetition", piece.start, end)
