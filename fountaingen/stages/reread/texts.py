"""Files that are neither Python nor data, read back: what is printed into each is one word, value or line of its kind.

A file is compared with its template, what is printed replaced by nothing that could matter: the same words and quotes
have to be there.
"""

import re
from collections.abc import Iterator

from fountaingen.stages.reread.printed import Fault, Piece, Printed

_WORD = re.compile(r"[A-Za-z0-9._/:@+=-]*")
_SINGLE = re.compile(r"'[^'\0]*'(?:\\''[^'\0]*')*")
_DOUBLE = re.compile(r'"(?:[^"\\$\n\r\0]|\\["\\$])*"')
_ENV_VALUE = r"""(?:[A-Za-z0-9_./:@%+,-]|\$\{[A-Z_][A-Z0-9_]*\})*|'[^'\\\n]*'|"(?:[^"\\$\n]|\\["\\$])*\""""
_ENV_LINE = re.compile(rf"(?:# )?[A-Za-z_][A-Za-z0-9_]*=(?:{_ENV_VALUE})")
_SQL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PROSE = re.compile(
    r"""(?:
        [^\\`*\[\]<>|&\n]
        | \\[!-/:-@\[-`{-~]
        | (?P<ticks>`+) (?!`) (?: [^`\n] | (?!(?P=ticks)(?!`)) `+ )+? (?<!`) (?P=ticks) (?!`)
    )*""",
    re.VERBOSE,
)
_INSTRUCTION = re.compile(r"^[ \t]*([A-Za-z]+)", re.MULTILINE)
_QUOTED = re.compile(
    r"""(?: ^ | (?<=\s) ) \#[^\n]* | '[^']*' | "(?: \\. | [^"\\] )*" | <<-?'?(\w+)'?\n .*? \n\1\n | \\.""",
    re.VERBOSE | re.DOTALL,
)


def fixed_faults(printed: Printed) -> Iterator[Fault]:
    """Yield what is printed into a file that is the same for everyone, other than names."""
    yield from _unlike(_WORD, printed, "a name")


def dockerfile_faults(printed: Printed) -> Iterator[Fault]:
    """Yield what is no word or value of a Dockerfile, and where its instructions are not its template's."""
    yield from _values(printed, _DOUBLE)
    if _instructions(printed.text) != _instructions(_emptied(printed)):
        yield Fault(0, "there are other instructions than those of the template")


def shell_faults(printed: Printed) -> Iterator[Fault]:
    """Yield what is no word of a shell, or only a part of one."""
    yield from _values(printed, _SINGLE)


def environment_faults(printed: Printed) -> Iterator[Fault]:
    """Yield lines that are neither a comment nor one variable with one value."""
    at = 0
    for line in printed.text.split("\n"):
        if line.strip() and not (line.startswith("#") or _ENV_LINE.fullmatch(line)):
            yield Fault(at, "this line is neither a comment nor a variable")
        at += len(line) + 1
    yield from _lines(printed)


def sql_faults(printed: Printed) -> Iterator[Fault]:
    """Yield what is no name in SQL."""
    yield from _unlike(_SQL_NAME, printed, "a name in SQL")


def markdown_faults(printed: Printed) -> Iterator[Fault]:
    """Yield what is more than prose and code: HTML, links, cells of tables, emphasis, lines of its own."""
    yield from _unlike(_PROSE, printed, "prose")
    yield from _lines(printed)


def _unlike(grammar: re.Pattern[str], printed: Printed, meant: str) -> Iterator[Fault]:
    for piece in printed.pieces:
        if not grammar.fullmatch(piece.code):
            yield Fault(piece.start, f"this is not {meant}, as it was meant to be")


def _lines(printed: Printed) -> Iterator[Fault]:
    for piece in printed.pieces:
        if not piece.code.isprintable():
            yield Fault(piece.start, "this is not in one line, or holds what cannot be seen")


def _values(printed: Printed, quoted: re.Pattern[str]) -> Iterator[Fault]:
    for piece in printed.pieces:
        if not _is_word(piece) and not quoted.fullmatch(piece.code):
            yield Fault(piece.start, "this is not the one word that it was meant to be")
    if _unquoted(printed.text) != _unquoted(_emptied(printed)):
        yield Fault(0, "there is text outside of quotes that is not the template's")


def _is_word(piece: Piece) -> bool:
    return _WORD.fullmatch(piece.code) is not None


def _emptied(printed: Printed) -> str:
    """Return the text with nothing in the quotes that were printed into it."""
    parts, at = [], 0
    for piece in printed.pieces:
        parts += [printed.text[at : piece.start], piece.code if _is_word(piece) else piece.code[:1] * 2]
        at = piece.end
    return "".join([*parts, printed.text[at:]])


def _unquoted(text: str) -> str:
    return _QUOTED.sub("", text)


def _instructions(text: str) -> list[str]:
    """Return the first word of each line that does not continue another and is no comment."""
    return _INSTRUCTION.findall(re.sub(r"\\\n", " ", text))
