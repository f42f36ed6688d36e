"""Text that matches a regular expression, a plain one: no look-around, no references."""

import re
import sys
from dataclasses import dataclass

_FOUR_DIGITS = re.compile(r"[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\}")
_TWO_DIGITS = re.compile(r"[0-9A-Fa-f]{2}")
_CLASSES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789_", "s": " "}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_PREFERRED = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./: "
_LONGEST = 10_000


class NotPlain(ValueError):
    """The expression holds something that this module does not read."""


def matching(pattern: str, extra: int = 0) -> str:
    """Return a short text that ``pattern`` matches; repetitions are done ``extra`` times more than they need.

    Raises:
        NotPlain: the pattern is no plain expression.
    """
    if len(pattern) > _LONGEST:
        raise NotPlain(pattern)
    reader = _Reader(pattern, extra)
    text = reader.alternatives()
    if not reader.is_done:
        raise NotPlain(pattern)
    return text


@dataclass
class _Reader:
    """Reads an expression from left to right and writes one text for each part as it goes."""

    pattern: str
    extra: int
    at: int = 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.pattern)

    def _ahead(self, count: int = 1) -> str:
        """Return the next characters; never all that are left, which for each character takes too long."""
        return self.pattern[self.at : self.at + count]

    def alternatives(self) -> str:
        first = self._sequence()
        while self._takes("|"):
            self._sequence()
        return first

    def _sequence(self) -> str:
        parts: list[str] = []
        length = 0
        while not self.is_done and self._ahead() not in "|)":
            text = self._atom()
            times = self._times()
            length += len(text) * times
            if length > _LONGEST:
                raise NotPlain(self.pattern)
            parts.append(text * times)
        return "".join(parts)

    def _atom(self) -> str:
        character = self._next()
        match character:
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case "[":
                return self._class()
            case "(":
                return self._group()
            case "\\":
                return self._escape()
            case "*" | "+" | "?" | "{":
                raise NotPlain(self.pattern)
            case _:
                return character

    def _group(self) -> str:
        if self._ahead(2) == "?<" and self._ahead(3) not in ("?<=", "?<!"):
            self.at = self._index(">") + 1
        elif self._takes("?") and not self._takes(":"):
            raise NotPlain(self.pattern)
        text = self.alternatives()
        if not self._takes(")"):
            raise NotPlain(self.pattern)
        return text

    def _escape(self) -> str:
        character = self._next()
        if character in _CLASSES:
            return _CLASSES[character][0]
        if character in "DWS":
            return {"D": "a", "W": "-", "S": "a"}[character]
        if character in "AZzbB":
            return ""
        return self._literal(character)

    def _literal(self, character: str) -> str:
        if character in "ux":
            return self._numbered(character)
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character.isalnum():
            raise NotPlain(self.pattern)
        return character

    def _numbered(self, kind: str) -> str:
        found = (_FOUR_DIGITS if kind == "u" else _TWO_DIGITS).match(self.pattern, self.at)
        code = int(found.group().strip("{}"), 16) if found else -1
        # Half of a surrogate pair is no character.
        if found is None or code > sys.maxunicode or 0xD800 <= code < 0xE000:
            raise NotPlain(self.pattern)
        self.at = found.end()
        return chr(code)

    def _class(self) -> str:
        negated = self._takes("^")
        members: list[str] = []
        while not self._takes("]") or not members:
            members.append(self._member(members))
            if self.is_done:
                raise NotPlain(self.pattern)
        chosen = set("".join(members))
        allowed = set(_PRINTABLE) - chosen if negated else chosen
        preferred = next((each for each in _PREFERRED if each in allowed), None)
        if preferred is None and not allowed:
            raise NotPlain(self.pattern)
        return preferred or min(allowed)

    def _member(self, before: list[str]) -> str:
        character = self._next() if self._ahead() != "]" or not before else ""
        if character == "\\":
            escaped = self._next()
            if escaped in _CLASSES:
                return _CLASSES[escaped]
            if escaped in "DWS":
                return "".join(each for each in _PRINTABLE if each not in _CLASSES[escaped.lower()])
            character = self._literal(escaped)
        if character == "[" and self._ahead() == ":":
            raise NotPlain(self.pattern)
        if self._ahead() == "-" and self._ahead(2) not in ("-]", "-"):
            self.at += 1
            last = self._next()
            last = self._literal(self._next()) if last == "\\" else last
            return "".join(map(chr, range(ord(character), min(ord(last), ord(character) + 256) + 1)))
        return character

    def _times(self) -> int:
        least, most = self._bounds()
        self._takes("?") or self._takes("+")
        return min(least + self.extra, max(most, least)) if most > least else least

    def _bounds(self) -> tuple[int, int]:
        if self._takes("*"):
            return 0, _LONGEST
        if self._takes("+"):
            return 1, _LONGEST
        if self._takes("?"):
            return 0, 1
        if not self._takes("{"):
            return 1, 1
        end = self._index("}")
        least, comma, most = self.pattern[self.at : end].partition(",")
        if not least.isdigit() or (most and not most.isdigit()) or len(least) > 4:
            raise NotPlain(self.pattern)
        self.at = end + 1
        return int(least), int(most) if most else (_LONGEST if comma else int(least))

    def _index(self, text: str) -> int:
        found = self.pattern.find(text, self.at)
        if found < 0:
            raise NotPlain(self.pattern)
        return found

    def _takes(self, character: str) -> bool:
        if self._ahead() != character:
            return False
        self.at += 1
        return True

    def _next(self) -> str:
        if self.is_done:
            raise NotPlain(self.pattern)
        self.at += 1
        return self.pattern[self.at - 1]
