"""What contracts say of a request: which operation it is for, by host, path and method."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    def takes(self, sent: str) -> bool:
        """Tell whether a segment of a request, still encoded, fits."""
        if self.is_literal:
            return unquote(sent) == self.texts[0]
        return re.fullmatch(".+".join(map(re.escape, self.sent)), sent, re.DOTALL) is not None


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

    def takes(self, path: str) -> bool:
        """Tell whether a path fits."""
        sent = path.split("/")[1:]
        return len(sent) == len(self.segments) and all(
            each.takes(part) for each, part in zip(self.segments, sent, strict=True)
        )


@dataclass(frozen=True)
class Host:
    """All operations under one host name, of whatever services."""

    name: str
    entries: tuple[Entry, ...]

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[Entry]]:
        """The entries by their first segment, where that is literal."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.segments[0].is_literal:
                found.setdefault(entry.segments[0].texts[0], []).append(entry)
        return found

    @cached_property
    def _open(self) -> Sequence[Entry]:
        """The entries whose first segment has a variable."""
        return [entry for entry in self.entries if not entry.segments[0].is_literal]

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
        first = unquote(path.split("/", 2)[1])
        fitting = [entry for entry in (*self._by_first.get(first, ()), *self._open) if entry.takes(path)]
        fitting.sort(key=lambda entry: [segment.rank for segment in entry.segments], reverse=True)
        grouped: dict[tuple[tuple[str, ...], ...], dict[str, Entry]] = {}
        for entry in fitting:
            shape = tuple(segment.texts for segment in entry.segments)
            grouped.setdefault(shape, {}).setdefault(entry.operation.method, entry)
        yield from grouped.values()


def hosts(found: Iterable[tuple[str, Entry]]) -> Mapping[str, Host]:
    """Return hosts by name, of entries and the names that they stand under."""
    grouped: dict[str, list[Entry]] = {}
    for name, entry in found:
        grouped.setdefault(name, []).append(entry)
    return {name: Host(name, tuple(entries)) for name, entries in grouped.items()}
