"""What PCRE2 says of a pattern that Kong tries out when it loads a route."""

import re
from dataclasses import dataclass, field

from fountaingen.kong.patterns.syntax import Piece, Unclosed, pieces

LONGEST_NAME = 32
_NAME = re.compile(r"\(\?(?:P?<|')([^>']*)[>']\Z")
_WORD = re.compile(r"\w", re.ASCII)
_FLAGS = re.compile(r"\(\?[-^imnsxJUa]*[:)]\Z")
_KNOWN_ESCAPES = frozenset("abefnrtvdDwWsShHvVRXBbAzZGKNQEcxopPgk0123456789")
_UNCLOSED = {
    "class": "missing terminating ] for character class",
    "name": "syntax error in subpattern name (missing terminator?)",
    "escape": "\\ at end of pattern",
    "comment": "missing ) after (?# comment",
}


class _Refused(ValueError):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass
class _Reading:
    """What has been read so far."""

    pattern: str
    open: int = 0
    repeatable: bool = False
    names: set[str] = field(default_factory=set)
    groups: int = 0


def fault(pattern: str) -> str | None:
    """Return what ``pcre2_compile`` complains of, in nginx's words, or None."""
    try:
        _read(pattern)
    except _Refused as error:
        rest = pattern[error.at :]
        where = f' at "{rest}"' if rest else ""
        return f'pcre2_compile() failed: {error.message} in "{pattern}"{where}'
    return None


def _read(pattern: str) -> None:
    reading = _Reading(pattern)
    try:
        found = list(pieces(pattern))
    except Unclosed as error:
        at = len(pattern)
        raise _Refused(_UNCLOSED[error.what], at) from error
    for piece in found:
        _take(piece, reading)
    if reading.open:
        raise _Refused("missing closing parenthesis", len(pattern))
    for piece in found:
        if piece.kind == "escape" and _refers_too_far(piece, reading):
            raise _Refused("reference to non-existent subpattern", piece.end)


def _take(piece: Piece, reading: _Reading) -> None:
    match piece.kind:
        case "repeat":
            _repeat(piece, reading)
            reading.repeatable = False
        case "open":
            if not piece.text.startswith("(?#"):
                _open(piece, reading)
            reading.repeatable = False
        case "close":
            if not reading.open:
                raise _Refused("unmatched closing parenthesis", piece.start)
            reading.open -= 1
            reading.repeatable = True
        case "alternative":
            reading.repeatable = False
        case "class":
            _ranges(piece)
            reading.repeatable = True
        case "escape":
            _escape(piece)
            reading.repeatable = True
        case _:
            reading.repeatable = piece.text != "^"


def _repeat(piece: Piece, reading: _Reading) -> None:
    if not reading.repeatable:
        at = piece.start + piece.text.find("}") if piece.text.startswith("{") else piece.start
        raise _Refused("quantifier does not follow a repeatable item", at)
    bounds = re.match(r"\{(\d+)(?:,(\d*))?\}", piece.text)
    if bounds:
        if any(len(number or "") > 5 or int(number or 0) > 65535 for number in bounds.groups()):
            raise _Refused("number too big in {} quantifier", piece.start + bounds.end() - 1)
        if bounds[2] and int(bounds[2]) < int(bounds[1]):
            raise _Refused("numbers out of order in {} quantifier", piece.start + bounds.end() - 1)


def _open(piece: Piece, reading: _Reading) -> None:
    named = _NAME.fullmatch(piece.text)
    if named:
        _name(named[1], piece.start + named.start(1), reading)
    elif piece.text.startswith("(?") and piece.text[2:3] not in {"<", "=", "!", ">", "|", ":"}:
        if not _FLAGS.fullmatch(piece.text):
            raise _Refused("unrecognized character after (? or (?-", piece.start + 2)
        if piece.text.endswith(")"):
            return
    reading.groups += piece.text == "(" or bool(named)
    reading.open += 1


def _name(name: str, at: int, reading: _Reading) -> None:
    if not name or not (name[0] == "_" or (name[0].isascii() and name[0].isalpha())):
        digit = name[:1].isdecimal()
        wrong = "subpattern name must start with a non-digit" if digit else "subpattern name expected"
        raise _Refused(wrong, at)
    size = next((index for index, char in enumerate(name) if not _WORD.match(char)), len(name))
    if size > LONGEST_NAME:
        raise _Refused("subpattern name is too long (maximum 32 code units)", at + size)
    if size < len(name):
        raise _Refused("syntax error in subpattern name (missing terminator?)", at + size)
    if name in reading.names:
        raise _Refused("two named subpatterns have the same name (PCRE2_DUPNAMES not set)", at + size + 1)
    reading.names.add(name)


def _escape(piece: Piece) -> None:
    letter = piece.text[1]
    if letter.isascii() and letter.isalpha() and letter not in _KNOWN_ESCAPES:
        raise _Refused("unrecognized character follows \\", piece.start + 2)


def _ranges(piece: Piece) -> None:
    """Refuse a range that runs backwards; escapes and named classes are no bounds."""
    inner = piece.text[1:-1].removeprefix("^")
    at = piece.start + piece.text.index(inner) if inner else piece.start
    members = list(re.finditer(r"\[:\^?\w+:\]|\\.|.", inner, re.DOTALL))
    for low, dash, high in zip(members, members[1:], members[2:], strict=False):
        plain = len(low[0]) == len(high[0]) == 1 and dash[0] == "-"
        if plain and low[0] != "-" and low[0] > high[0]:
            raise _Refused("range out of order in character class", at + high.end() - 1)


def _refers_too_far(piece: Piece, reading: _Reading) -> bool:
    number = piece.text[1:]
    if number.isdecimal() and number[0] != "0":
        return int(number) < 10 and int(number) > reading.groups
    named = re.fullmatch(r"\\k[{<'](\w+)[}>']", piece.text)
    return bool(named) and named[1] not in reading.names if named else False
