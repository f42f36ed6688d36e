"""Paths of a contract as routes of Kong: regular expressions, and which goes before which.

Kong's router (Rust's regex) and its plugins (PCRE) both read them. It compares them with the path of a request in which
every character is decoded but the reserved ones (RFC 3986 section 2.2), and slashes are merged.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from fountaingen.primitives.regex import text as regex_text

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_RESERVED = frozenset("!*'();:@&=+$,/?%#[]")
_NEVER_PLAIN = frozenset("/?%#")
"""What ends a segment or a path, or begins an escape: it arrives encoded or not at all."""
_VALUE = "[^#?/]+"
_LONGEST_NAME = 31


class Weight(NamedTuple):
    """How much a segment says: a literal more than a mixture, that more than a variable; more text more than less."""

    kind: int
    text: int


@dataclass(frozen=True)
class Segment:
    """One segment of a path template: the texts around its variables, decoded; a literal is one text."""

    texts: tuple[str, ...]

    @property
    def weight(self) -> Weight:
        if len(self.texts) == 1:
            return Weight(2, 0)
        return Weight(1 if any(self.texts) else 0, sum(map(len, self.texts)))

    def meets(self, other: "Segment") -> bool:
        """Tell whether some text may be taken for both."""
        if len(self.texts) == 1 and len(other.texts) == 1:
            return self.texts == other.texts
        if len(self.texts) > 1 and len(other.texts) > 1:
            return True
        literal, pattern = (self, other) if len(self.texts) == 1 else (other, self)
        return re.fullmatch(".+".join(map(re.escape, pattern.texts)), literal.texts[0], re.DOTALL) is not None


def segments(template: str) -> tuple[Segment, ...]:
    """Split a path template with its base path, slashes merged as Kong merges those of a request."""
    return tuple(
        Segment(tuple(unquote(text) for text in _VARIABLE.split(part)[::2]))
        for part in _merged(template).split("/")[1:]
    )


def regex(template: str) -> str:
    """Return the path of a route, ``~`` and all, that takes what the template describes, and nothing else."""
    used: set[str] = set()
    parts = (_segment(part, used) for part in _merged(template).split("/")[1:])
    return f"~/{'/'.join(parts)}$"


def _merged(template: str) -> str:
    return re.sub("/{2,}", "/", template)


def _segment(part: str, used: set[str]) -> str:
    pieces = _VARIABLE.split(part)
    written = [_text(pieces[0], is_literal=len(pieces) == 1)]
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        written += [f"(?<{_group(name, used)}>{_VALUE})", _text(text, is_literal=False)]
    return "".join(written)


def _group(name: str, used: set[str]) -> str:
    """Name a group: an ASCII identifier that no other group of the path has."""
    plain = re.sub("[^A-Za-z0-9_]+", "_", name).strip("_") or "value"
    base = f"p{plain}" if plain[0].isdigit() else plain
    found, number = base[:_LONGEST_NAME], 2
    while found in used:
        found = f"{base[: _LONGEST_NAME - 4]}_{number}"
        number += 1
    used.add(found)
    return found


def _text(text: str, *, is_literal: bool) -> str:
    """Write literal text. In a whole segment the service takes a reserved character as it is and encoded."""
    return "".join(_character(each, is_literal) for each in _characters(text))


def _characters(text: str) -> Iterator[str]:
    try:
        yield from unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        # No text at all; Kong compares what it is given as text, so nothing would match but the encoded form.
        yield from text


def _character(character: str, is_literal: bool) -> str:
    encoded = f"%{ord(character):02X}"
    if character in _NEVER_PLAIN:
        return encoded
    if character in _RESERVED and is_literal:
        return f"(?:{regex_text(character)}|{encoded})"
    return regex_text(character)


@dataclass(frozen=True)
class Target:
    """What requests of a route are sent to: hosts, and path templates with their base paths."""

    hosts: frozenset[str]
    templates: tuple[tuple[Segment, ...], ...]

    @staticmethod
    def of(hosts: Iterable[str], templates: Iterable[str]) -> "Target":
        """Return the target of these hosts and templates."""
        return Target(frozenset(hosts), tuple(map(segments, templates)))


def priorities(targets: Sequence[Target]) -> list[int]:
    """Return a ``regex_priority`` for each: above that of every other that takes some of its paths and says less.

    Where they differ first, from the left, a literal segment says more than a mixture, that more than a variable: the
    rule by which a service finds its operations.
    """
    # The operations of one path have one target, which is compared once.
    numbers = {target: number for number, target in enumerate(dict.fromkeys(targets))}
    found = [0] * len(numbers)
    by_length: dict[int, list[_Row]] = {}
    for target, number in numbers.items():
        for template in target.templates:
            row = _Row(tuple(segment.weight for segment in template), number, target.hosts, template)
            by_length.setdefault(len(template), []).append(row)
    for _ in range(2):
        # A route of several base paths is one of several lengths, whose priority is the highest that one of them needs.
        for rows in by_length.values():
            _raise(sorted(rows, key=lambda row: row.weights), found)
    return [found[numbers[target]] for target in targets]


class _Row(NamedTuple):
    weights: tuple[Weight, ...]
    number: int
    hosts: frozenset[str]
    template: tuple[Segment, ...]


def _raise(rows: Sequence[_Row], found: list[int]) -> None:
    for position, row in enumerate(rows):
        for other in rows[:position]:
            if found[other.number] < found[row.number] or other.weights == row.weights or other.number == row.number:
                continue
            if _overlap(row.template, other.template) and row.hosts & other.hosts:
                found[row.number] = found[other.number] + 1


def meet(one: tuple[Segment, ...], other: tuple[Segment, ...]) -> bool:
    """Tell whether some path may be taken for both templates."""
    return len(one) == len(other) and _overlap(one, other)


def _overlap(one: tuple[Segment, ...], other: tuple[Segment, ...]) -> bool:
    for mine, theirs in zip(one, other, strict=True):
        if mine.texts != theirs.texts and not mine.meets(theirs):
            return False
    return True
