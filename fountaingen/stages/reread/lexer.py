"""Strings and comments of Python source, found without a parser, so that two who judge it must agree."""

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n\r]* )
    | (?<!\w) (?P<prefix> [rRbBuUfF]{1,2} (?=['"]) )?
      (?: \"\"\" (?: \\. | [^\\] )*? \"\"\" | ''' (?: \\. | [^\\] )*? '''
        | " (?: \\. | [^"\\\n\r] )* " | ' (?: \\. | [^'\\\n\r] )* ' )
    """,
    re.VERBOSE | re.DOTALL,
)
WORD = re.compile(r"(?<!\w)[^\W\d]\w*")
CALL = re.compile(r"(?<!\w)([^\W\d]\w*)\(")


@dataclass(frozen=True, slots=True)
class Token:
    """A string with its prefix, or a comment."""

    start: int
    end: int
    is_comment: bool
    is_formatted: bool


@dataclass(frozen=True)
class Lexed:
    """Source text and the tokens in it, in order."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    def over(self, start: int, end: int) -> Iterator[Token]:
        """Yield the tokens that share a character with the text from ``start`` to before ``end``."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        for number in range(first, bisect_left(self._starts, end)):
            if self.tokens[number].end > start:
                yield self.tokens[number]

    def of(self, token: Token) -> str:
        return self.text[token.start : token.end]


def lex(text: str) -> Lexed:
    """Return the strings and comments of ``text``."""
    return Lexed(
        text,
        tuple(
            Token(
                found.start(),
                found.end(),
                found["comment"] is not None,
                "f" in (found["prefix"] or "").lower(),
            )
            for found in _TOKEN.finditer(text)
        ),
    )


def bare(lexed: Lexed) -> str:
    """Return the text without its comments and its strings, but for those that are formatted."""
    parts, at = [], 0
    for token in lexed.tokens:
        if not token.is_formatted:
            parts += [lexed.text[at : token.start], " "]
            at = token.end
    return "".join([*parts, lexed.text[at:]])


def constants(lexed: Lexed) -> Iterator[str | bytes]:
    """Yield the values of the strings, of those that stand side by side as one, and of each part of formatted ones."""
    for text in _runs(lexed):
        try:
            tree = ast.parse(f"({text})", mode="eval")
        except (SyntaxError, ValueError):
            # Text of a template around what it prints need not be a string by itself.
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
                yield node.value


def _runs(lexed: Lexed) -> Iterator[str]:
    """Yield each string, with those that only blanks and comments stand between."""
    start: int | None = None
    end = at = 0
    for token in lexed.tokens:
        is_beside = start is not None and not lexed.text[at : token.start].strip()
        if start is not None and not is_beside:
            yield lexed.text[start:end]
            start = None
        if not token.is_comment:
            start, end = token.start if start is None else start, token.end
        at = token.end
    if start is not None:
        yield lexed.text[start:end]
