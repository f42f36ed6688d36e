"""Finding the operation of a request: a dictionary of literal paths, then a trie over segments.

Literal text goes before mixed segments, those before variables, segment by segment from the left. The path is found
before the method is looked at: what is written literally is never taken for a variable (OAS 3.1 section 4.8.8.2). Only
where texts around variables tell templates apart, the next one that knows the method is taken: both describe the path.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from starlette.types import Scope

T = TypeVar("T")

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_PLAIN = "!$&'()*+,;=:@"
"""What stands in a segment as it is (pchar, RFC 3986 section 3.3), beside letters, digits and ``-._~``."""


class Route(NamedTuple, Generic[T]):
    """A handler and the names of its path's variables, in order."""

    handler: T
    names: tuple[str, ...]


class Match(NamedTuple, Generic[T]):
    """Where a request goes: the route, None where no method fits, the raw values of the variables, and all methods."""

    route: Route[T] | None
    values: Sequence[str]
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mixed:
    """The texts around the variables of a segment such as ``{name}.{extension}``."""

    texts: tuple[str, ...]

    def values(self, segment: str) -> list[str] | None:
        """Return the variables of ``segment``, each as short as can be but not empty, the last one the rest."""
        first, *between, last = self.texts
        if not segment.startswith(first) or not segment.endswith(last):
            return None
        at, end = len(first), len(segment) - len(last)
        found = []
        for text in between:
            stop = segment.find(text, at + 1, end)
            if stop < 0:
                return None
            found.append(segment[at:stop])
            at = stop + len(text)
        return [*found, segment[at:end]] if at < end else None


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: "dict[str, _Node[T]]" = field(default_factory=dict)
    mixed: "list[tuple[Mixed, _Node[T]]]" = field(default_factory=list)
    variable: "_Node[T] | None" = None
    routes: dict[str, Route[T]] = field(default_factory=dict)
    is_mixed: bool = False


class Table(Generic[T]):
    """Handlers by method and path template; ``bases`` may stand before any path, where nothing fits without."""

    def __init__(self, routes: Iterable[tuple[str, str, T]], bases: Sequence[str] = ()) -> None:
        self._bases = tuple(bases)
        self._literal: dict[str, dict[str, Match[T]]] = {}
        self._root: _Node[T] = _Node()
        self.methods: frozenset[str] = frozenset()
        for method, template, handler in routes:
            self.methods |= {method}
            self._add(method, template, handler)

    def find(self, scope: Scope, method: str) -> Match[T] | None:
        """Return where a request goes; None where nothing stands under its path."""
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        raw: bytes = scope.get("raw_path") or b"%"
        if b"%" not in raw and not root and (known := self._literal.get(path)) and (match := known.get(method)):
            return match
        target = _target(raw, root, path)
        match = _walk(self._root, target.split("/")[1:], method)
        if match is None or match.route is None:
            # A gateway may send on the path of a server's URL as it came, or cut it off.
            for base in self._bases:
                below = target.removeprefix(base) if target.startswith(f"{base}/") else ""
                if below and (found := _walk(self._root, below.split("/")[1:], method)) is not None:
                    return found
        return match

    def _add(self, method: str, template: str, handler: T) -> None:
        names = tuple(_VARIABLE.findall(template))
        node = self._root
        for segment in template.split("/")[1:]:
            node = _child(node, segment)
        route = node.routes.setdefault(method, Route(handler, names))
        if not names and "%" not in template:
            self._literal.setdefault(template, {})[method] = Match(route, (), frozenset())


def _target(raw: bytes, root: str, path: str) -> str:
    """Return the path as it was sent, so that an encoded slash stays inside its segment."""
    text = path.replace("%", "%25") if raw == b"%" else raw.decode("latin-1").partition("?")[0]
    if root and text.startswith(root):
        text = text[len(root) :]
    return text


def _child(node: _Node[T], segment: str) -> _Node[T]:
    if _VARIABLE.fullmatch(segment):
        if node.variable is None:
            node.variable = _Node(is_mixed=node.is_mixed)
        return node.variable
    if not _VARIABLE.search(segment):
        return node.literals.setdefault(unquote(segment), _Node(is_mixed=node.is_mixed))
    # Variables stay encoded until they are decoded one by one, so the texts around them are met as clients send them.
    mixed = Mixed(tuple(quote(unquote(text), safe=_PLAIN) for text in _VARIABLE.split(segment)[::2]))
    for known, child in node.mixed:
        if known == mixed:
            return child
    child = _Node[T](is_mixed=True)
    node.mixed.append((mixed, child))
    node.mixed.sort(key=lambda each: -sum(map(len, each[0].texts)))
    return child


def _walk(node: _Node[T], segments: Sequence[str], method: str) -> Match[T] | None:
    """Return the best match; every node stands at one depth, so none is visited twice."""
    allowed: set[str] = set()
    waiting: list[tuple[_Node[T], int, tuple[str, ...]]] = []
    values: tuple[str, ...] = ()
    at, last = 0, len(segments)
    while True:
        if at < last:
            below = _below(node, segments[at])
            if below:
                # The last one in is the first one tried.
                waiting.extend((child, at + 1, (*values, *found)) for child, found in below[:0:-1])
                node, values, at = below[0][0], (*values, *below[0][1]), at + 1
                continue
        elif (route := node.routes.get(method)) is not None:
            return Match(route, values, frozenset())
        else:
            allowed.update(node.routes)
        if not waiting or (at == last and node.routes and not node.is_mixed):
            return Match(None, (), frozenset(allowed)) if allowed else None
        node, at, values = waiting.pop()


def _below(node: _Node[T], segment: str) -> list[tuple[_Node[T], Sequence[str]]]:
    """Return where ``segment`` leads, the most literal first, with the values of its variables."""
    found: list[tuple[_Node[T], Sequence[str]]] = []
    literal = node.literals.get(unquote(segment) if "%" in segment else segment)
    if literal is not None:
        found.append((literal, ()))
    for mixed, child in node.mixed:
        if (inner := mixed.values(segment)) is not None:
            found.append((child, inner))
    if node.variable is not None and segment:
        found.append((node.variable, (segment,)))
    return found
