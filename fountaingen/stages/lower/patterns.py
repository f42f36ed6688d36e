"""Patterns of ECMA-262, written so that the judge's engine reads the same in them.

The engine knows most of ECMA-262. Rewritten is what it refuses or reads in another way: what annex B lets people write
(``[\\w-.]``, ``a{``, ``\\-``), ``.`` and ``\\b``, named references, classes of nothing, surrogate pairs. Whatever is no
expression of ECMA-262 stays as it is, for the validator to refuse, but for what people bring along from other dialects
and mean only one thing by: ``\\A`` and ``\\Z``, ``(?P<name>`` and a leading ``(?i)``.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

_EXPRESSION = jsonschema_rs.validator_for({"format": "regex"}, validate_formats=True, offline=True)
_HEX = "[0-9A-Fa-f]"
_TOKEN = re.compile(
    rf"""
    \\u[Dd][89ABab]{_HEX}{{2}}\\u[Dd][C-Fc-f]{_HEX}{{2}}   # a surrogate pair
    | \\u\{{{_HEX}+\}} | \\u{_HEX}{{4}} | \\x{_HEX}{{2}} | \\c[A-Za-z]
    | \\[pP]\{{[^}}]*\}} | \\k<[^>]*> | \\[1-9][0-9]* | \\.
    | ^\(\?i\) | \(\?P<[^>]*> | \(\?<(?![=!])[^>]*> | \(\?(?:[=!:]|<[=!]) | \{{[0-9]+(?:,[0-9]*)?\}}
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_SYNTAX = frozenset(r"^$\.*+?()[]{}|")
_WORD = "[A-Za-z0-9_]"
_PLAIN = {
    ".": r"[^\n\r\u2028\u2029]",
    "{": r"\{",
    "}": r"\}",
    "]": r"\]",
    r"\b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    r"\B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
    r"\0": r"\x00",
    r"\A": "^",
    r"\Z": "$",
    r"\z": "$",
}
_FOREIGN = frozenset({"(?i)", r"\A", r"\Z", r"\z"})
_NEVER, _ANY, _EMPTY = "(?!)", r"[\s\S]", "(?:)"
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "-": "-"}
_SETS = frozenset("dDwWsS")
_SURROGATES = range(0xD800, 0xE000)


def translated(pattern: str) -> str:
    """Return ``pattern`` for the judge; what cannot be read is returned as it is."""
    try:
        return "".join(_Translation([_native(token) for token in _TOKEN.findall(pattern)]))
    except _Unreadable:
        return pattern


def is_foreign(pattern: str) -> bool:
    """Whether ``pattern`` holds what ECMA-262 does not know and other dialects do; it is read as they mean it."""
    return any(token in _FOREIGN or _native(token) != token for token in _TOKEN.findall(pattern))


def is_expression(written: str) -> bool:
    """Whether ``written``, as ``translated`` writes it, is of ECMA-262 but for a leading ``(?i)``.

    The engine runs more than that, such as possessive quantifiers.
    """
    return _EXPRESSION.is_valid(written.removeprefix("(?i)"))


def _native(token: str) -> str:
    return f"(?<{token[4:]}" if token.startswith("(?P<") else token


def by_expression(schemas: Any) -> Any:
    """Return the ``patternProperties`` with their patterns for the judge; two that become one both hold."""
    if not isinstance(schemas, dict):
        return schemas
    found: dict[str, Any] = {}
    for pattern, schema in schemas.items():
        name = translated(pattern)
        found[name] = {"allOf": [found[name], schema]} if name in found else schema
    return found


class _Unreadable(ValueError):
    """This is no expression of ECMA-262."""


@dataclass
class _Translation:
    """One pattern on its way; iterating gives its parts. Groups count from 1 in the order that they open in."""

    tokens: list[str]
    open: list[int] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        names = [token[3:-1] if token.startswith("(?<") else "" for token in _groups(self.tokens)]
        at, count = 0, 0
        while at < len(self.tokens):
            token = self.tokens[at]
            at += 1
            if token == "[":
                text, at = _class(self.tokens, at)
                yield text
                continue
            if token[0] == "(":
                captures = _captures(token)
                count += captures
                self.open.append(count if captures else 0)
            elif token == ")" and self.open:
                self.closed.add(self.open.pop())
            elif token.startswith(r"\k<") and token[3:-1] in names:
                token = rf"\{names.index(token[3:-1]) + 1}"
            yield self._outside(token)

    def _outside(self, token: str) -> str:
        """Return one token that stands outside of classes."""
        if token in _PLAIN:
            return _PLAIN[token]
        if token[0] != "\\":
            return token
        if token == "\\":
            raise _Unreadable(token)
        if token[1].isdecimal():
            # A group that has not been closed yet has matched nothing, which is matched everywhere.
            return token if int(token[1:]) in self.closed else _EMPTY
        code = _code(token)
        if code is None or token[1] in "xc" or (token[1:] in _CONTROLS and token[1].isalpha()):
            return token
        return _NEVER if code in _SURROGATES else _literal(code, _SYNTAX)


def _groups(tokens: list[str]) -> Iterator[str]:
    inside = False
    for token in tokens:
        if not inside and _captures(token):
            yield token
        inside = token != "]" if inside else token == "["


def _captures(token: str) -> bool:
    return token == "(" or (token.startswith("(?<") and len(token) > len("(?<="))


def _class(tokens: list[str], at: int) -> tuple[str, int]:
    """Return the class whose first token is at ``at``, and where the tokens after it begin."""
    atoms: list[str] = []
    while at < len(tokens) and tokens[at] != "]":
        # A quantifier or the head of a group is nothing but its characters here.
        atoms.extend([tokens[at]] if tokens[at][0] == "\\" else tokens[at])
        at += 1
    if at == len(tokens):
        raise _Unreadable
    negated = atoms[:1] == ["^"]
    members = [text for text in _members(atoms[negated:]) if text]
    if not members:
        return (_ANY if negated else _NEVER), at + 1
    return f"[{'^' if negated else ''}{''.join(members)}]", at + 1


def _members(atoms: list[str]) -> Iterator[str]:
    at = 0
    while at < len(atoms):
        low = _code(atoms[at])
        high = _code(atoms[at + 2]) if atoms[at + 1 : at + 2] == ["-"] and at + 2 < len(atoms) else None
        if low is not None and high is not None:
            yield _range(low, high)
            at += 3
            continue
        yield atoms[at] if low is None else _range(low, low)
        at += 1


def _range(low: int, high: int) -> str:
    """Return the characters from ``low`` to ``high``; lone surrogates stand in no text that is UTF-8."""
    if low > high:
        raise _Unreadable
    low = _SURROGATES.stop if low in _SURROGATES else low
    high = _SURROGATES.start - 1 if high in _SURROGATES else high
    if low > high:
        return ""
    first, last = (_literal(code, frozenset(r"\]^-[&~")) for code in (low, high))
    return first if low == high else f"{first}-{last}"


def _literal(code: int, escaped: frozenset[str]) -> str:
    char = chr(code)
    if char in escaped:
        return f"\\{char}"
    if char.isprintable():
        return char
    return rf"\u{code:04X}" if code <= 0xFFFF else rf"\u{{{code:X}}}"


def _code(atom: str) -> int | None:
    """Return the character that a token stands for, None for a set of them or what is unknown."""
    if len(atom) == 1:
        return ord(atom)
    kind, rest = atom[1], atom[2:]
    if atom[0] != "\\" or (not rest and kind in _SETS):
        return None
    if kind == "c" and rest:
        return ord(rest) % 32
    if kind in "ux" and rest:
        return _numbered(rest)
    if kind in _CONTROLS:
        return ord(_CONTROLS[kind])
    return None if kind.isalnum() and kind.isascii() else ord(kind)


def _numbered(digits: str) -> int:
    high, pair, low = digits.partition(r"\u")
    code = int(high.strip("{}"), 16)
    if pair:
        return 0x10000 + ((code - 0xD800) << 10) + (int(low, 16) - 0xDC00)
    if code > sys.maxunicode:
        raise _Unreadable
    return code
