"""What contracts say of a request: which operation it is for, by host, path and method."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote, unquote

from fountaingen.model.service import Operation, Service

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_PLAIN = "!$&'()*+,;=:@"
"""What stands in a segment as it is (pchar, RFC 3986 section 3.3), beside letters, digits and ``-._~``."""


class Reached(NamedTuple):
    """A service and the ``operationId`` that a request is for, None where its gateway knows hosts only."""

    service: str
    operation: str | None


@dataclass(frozen=True)
class Segment:
    """One segment of a path template: the texts around its variables, one text where it has none."""

    written: str

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The literal texts, decoded."""
        return tuple(unquote(text) for text in _VARIABLE.split(self.written)[::2])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the variables between them."""
        return tuple(_VARIABLE.findall(self.written))

    @cached_property
    def sent(self) -> tuple[str, ...]:
        """The literal texts as clients send them: encoded where they have to be."""
        return tuple(quote(text, safe=_PLAIN) for text in self.texts)

    @property
    def is_literal(self) -> bool:
        return len(self.texts) == 1

    @property
    def is_mixed(self) -> bool:
        return not self.is_literal and any(self.texts)

    @property
    def rank(self) -> tuple[int, int]:
        """How much it says: a literal most, then a mixture (the longer its texts the more), then a variable."""
        return (2, 0) if self.is_literal else (int(self.is_mixed), sum(map(len, self.texts)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(".+".join(map(re.escape, self.sent)), re.DOTALL)

    def takes(self, sent: str) -> bool:
        """Tell whether a segment of a request, still encoded, fits."""
        if self.is_literal:
            return unquote(sent) == self.texts[0]
        return self._pattern.fullmatch(sent) is not None


@dataclass(frozen=True)
class Entry:
    """An operation at one base path of one host."""

    service: Service
    operation: Operation
    base: str

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The whole path, base path and all."""
        return tuple(map(Segment, f"{self.base}{self.operation.path}".split("/")[1:]))

    @property
    def reached(self) -> Reached:
        return Reached(self.service.name, self.operation.operation_id)


@dataclass
class _Node:
    """What follows on the segments of templates before; the operations of the template that ends here, by method."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    variables: dict[tuple[str, ...], tuple[Segment, "_Node"]] = field(default_factory=dict)
    operations: dict[str, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Add an operation; of two of one template and method the first counts."""
        node = self
        for segment in entry.segments:
            if segment.is_literal:
                node = node.literals.setdefault(segment.texts[0], _Node())
            else:
                node = node.variables.setdefault(segment.texts, (segment, _Node()))[1]
        node.operations.setdefault(entry.operation.method, entry)

    def after(self, sent: str) -> Iterator["_Node"]:
        """Yield what follows on a segment of a request, still encoded."""
        literal = self.literals.get(unquote(sent))
        if literal:
            yield literal
        yield from (node for segment, node in self.variables.values() if segment.takes(sent))


@dataclass(frozen=True)
class Host:
    """All operations under one host name, of whatever services."""

    name: str
    entries: tuple[Entry, ...]

    @cached_property
    def _root(self) -> _Node:
        root = _Node()
        for entry in self.entries:
            root.add(entry)
        return root

    def literals(self, parts: Sequence[str]) -> Iterator[str]:
        """Yield the literal segments, encoded, that templates have next after the segments of a request."""
        for node in self._after(parts):
            yield from (quote(literal, safe=_PLAIN) for literal in node.literals)

    def methods(self, path: str) -> frozenset[str]:
        """Return the methods of the template that says most of a path."""
        return frozenset(next(self._templates(path), {}))

    def find(self, path: str, method: str) -> frozenset[Reached | None]:
        """Return what a request may reach: one operation, or nothing.

        A path is found before the method is looked at (OAS section 4.8.8.2), which a gateway that only has patterns
        does not do: where the template that says most lacks the method, an operation of another template that fits may
        be reached too. The service refuses it there.
        """
        others: list[Reached] = []
        is_decided = False
        for template in self._templates(path):
            entry = template.get(method) or (template.get("GET") if method == "HEAD" else None)
            if entry and not is_decided:
                return frozenset({entry.reached})
            others += [entry.reached] if entry else []
            is_decided |= not any(segment.is_mixed for segment in next(iter(template.values())).segments)
        return frozenset({None, *others})

    def _templates(self, path: str) -> Iterator[Mapping[str, Entry]]:
        """Yield the templates that a path fits, those that say most first: their operations by method."""
        fitting = [node.operations for node in self._after(path.split("/")[1:]) if node.operations]
        yield from sorted(fitting, key=_ranks, reverse=True)

    def _after(self, parts: Iterable[str]) -> Sequence[_Node]:
        nodes = [self._root]
        for part in parts:
            nodes = [following for node in nodes for following in node.after(part)]
        return nodes


def _ranks(template: Mapping[str, Entry]) -> list[tuple[int, int]]:
    return [segment.rank for segment in next(iter(template.values())).segments]


def hosts(found: Iterable[tuple[str, Entry]]) -> Mapping[str, Host]:
    """Return hosts by name, of entries and the names that they stand under."""
    grouped: dict[str, list[Entry]] = {}
    for name, entry in found:
        grouped.setdefault(name, []).append(entry)
    return {name: Host(name, tuple(entries)) for name, entries in grouped.items()}
