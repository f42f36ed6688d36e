"""Which routes a path may fit: found by the segments of their paths, so that not all of them have to be tried."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge

_PIECE = r"(?:[A-Za-z0-9_ -]|\\[^A-Za-z0-9<>/]|\(\?:\\?[^\\/()|]\|%[0-9A-F]{2}\)|\(\?<\w+>\[\^#\?/\]\+\))*"
_WHOLE = re.compile(rf"~((?:/{_PIECE})+)\$", re.ASCII)
"""A pattern of segments that ends where the path does, none of which takes a slash."""
_SEGMENT = re.compile(rf"/({_PIECE})", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")
_FIRST = re.compile(r"(?:/([A-Za-z0-9_-]+)/|~/([A-Za-z0-9_-]+)(?:/(?![*+?{])|\$\Z))")


@dataclass
class _Node:
    """What follows on the segments before: by literal segments and by others; and the numbers of what ends here."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    others: "_Node | None" = None
    numbers: list[int] = field(default_factory=list)

    def add(self, segments: Sequence[str | None], number: int) -> None:
        """Add what has these segments, None for those that are not literal."""
        node = self
        for segment in segments:
            if segment is not None:
                node = node.literals.setdefault(segment, _Node())
            else:
                node.others = node.others or _Node()
                node = node.others
        node.numbers.append(number)

    def fitting(self, segments: Sequence[str]) -> list[int]:
        """Return the numbers of what may fit."""
        nodes = [self]
        for segment in segments:
            literal = [node.literals[segment] for node in nodes if segment in node.literals]
            nodes = literal + [node.others for node in nodes if node.others]
        return sorted({number for node in nodes for number in node.numbers})


class Candidates:
    """Numbers of routes, by the paths that each has (as Kong's configuration has them; none takes every path)."""

    def __init__(self, routes: Sequence[Sequence[str]]) -> None:
        self._whole = _Node()
        firsts: list[tuple[int, frozenset[str] | None]] = []
        for number, paths in enumerate(routes):
            shapes = [_shape(path) for path in paths]
            if not shapes or None in shapes:
                firsts.append((number, _firsts(paths)))
            for shape in shapes if None not in shapes else ():
                self._whole.add(shape or (), number)
        known = {segment for _, segments in firsts if segments for segment in segments}
        self._any = tuple(number for number, segments in firsts if segments is None)
        self._by_first = {
            first: tuple(number for number, segments in firsts if segments is None or first in segments)
            for first in known
        }

    def of(self, path: str) -> Iterator[int]:
        """Yield the numbers of the routes that a normalized path may fit, the lowest first."""
        segments = path[1:].split("/")
        return merge(self._by_first.get(segments[0], self._any), self._whole.fitting(segments))


def _shape(path: str) -> tuple[str | None, ...] | None:
    """Return the segments that a pattern demands, None for one that is not literal; None where it is not that plain."""
    whole = _WHOLE.fullmatch(path)
    if not whole:
        return None
    return tuple(each if _PLAIN.fullmatch(each) else None for each in _SEGMENT.findall(whole[1]))


def _firsts(paths: Sequence[str]) -> frozenset[str] | None:
    """Return the first segments that all paths begin with, None where they are not that plain."""
    found = [_FIRST.match(path) if "|" not in path else None for path in paths]
    segments = frozenset(each[1] or each[2] for each in found if each)
    return segments if found and all(found) else None
