"""What clients were told by the ledger and by the sequence service, and whether that is what is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

State: TypeAlias = tuple[str, int, str | None]
"""Token, amount and note of an entry."""

Element: TypeAlias = tuple[str, int]
"""Type and number of a story element."""


@dataclass
class Row:
    """An entry as it was last told, None where it is deleted, and as writes without an answer may have left it."""

    told: State | None
    maybe: set[State | None] = field(default_factory=set)

    @property
    def possible(self) -> set[State | None]:
        """What may be stored."""
        return {self.told, *self.maybe}


@dataclass
class Stored:
    """What a database holds: entries by id, numbers by element, versions by element and number of the version."""

    entries: Mapping[int, State] = field(default_factory=dict)
    numbers: Mapping[Element, int] = field(default_factory=dict)
    versions: Mapping[tuple[Element, int], str] = field(default_factory=dict)


class Books:
    """Everything that was acknowledged, and what never was; ``faults`` are promises that were not kept."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.drafts: dict[str, State] = {}
        self.numbers: dict[Element, int] = {}
        self.wanted: set[Element] = set()
        self.versions: dict[tuple[Element, int], str] = {}
        self.unsettled: set[str] = set()
        self.faults: list[str] = []
        self.acknowledged = 0
        self.unanswered = 0

    def created(self, entry: int, state: State) -> None:
        """Take down that a POST was answered with an id."""
        if entry in self.rows:
            self.faults.append(f"id {entry} was given twice, to {self.rows[entry].told} and to {state}")
        self.rows[entry] = Row(state)
        self.drafts.pop(state[0], None)

    def changed(self, entry: int, state: State | None, expected: set[State | None]) -> None:
        """Take down that a write to an entry was answered, and with what."""
        if state not in expected:
            self.faults.append(f"entry {entry} was answered as {state}, but can only be one of {expected}")
        self.rows[entry] = Row(state)

    def numbered(self, element: Element, number: int) -> None:
        """Take down the number that an element was given."""
        if self.numbers.setdefault(element, number) != number:
            self.faults.append(f"{element} had number {self.numbers[element]} and was then told {number}")
        self.wanted.discard(element)

    def versioned(self, element: Element, version: int, data: str) -> None:
        """Take down that a version was stored."""
        if self.versions.setdefault((element, version), data) != data:
            self.faults.append(f"version {version} of {element} was given twice")
        self.unsettled.discard(data)

    def check(self, stored: Stored) -> None:
        """Compare with what is stored; what nobody was told of is known from here on."""
        self._check_entries(stored.entries)
        self._check_numbers(stored.numbers)
        self._check_versions(stored.versions)

    def _check_entries(self, entries: Mapping[int, State]) -> None:
        for entry, row in self.rows.items():
            found = entries.get(entry)
            if found not in row.possible:
                self.faults.append(f"entry {entry} was told to be {row.told} and is {found}")
            row.told, row.maybe = found, set()
        for entry, state in entries.items():
            if entry in self.rows:
                continue
            if self.drafts.get(state[0]) != state:
                self.faults.append(f"nobody asked for entry {entry}: {state}")
            self.created(entry, state)
        self.drafts.clear()
        self._check_distinct("tokens", (state[0] for state in entries.values()))

    def _check_numbers(self, numbers: Mapping[Element, int]) -> None:
        for element, number in self.numbers.items():
            if numbers.get(element) != number:
                self.faults.append(f"{element} was given number {number} and has {numbers.get(element)}")
        for element in numbers.keys() - self.numbers.keys() - self.wanted:
            self.faults.append(f"nobody asked for a number of {element}")
        self.numbers = dict(numbers)
        self.wanted.clear()
        self._check_distinct("numbers", ((kind, number) for (kind, _), number in numbers.items()))

    def _check_versions(self, versions: Mapping[tuple[Element, int], str]) -> None:
        for version, data in self.versions.items():
            if versions.get(version) != data:
                self.faults.append(f"version {version} was told to hold {data} and holds {versions.get(version)}")
        for version in versions.keys() - self.versions.keys():
            if versions[version] not in self.unsettled:
                self.faults.append(f"nobody asked for version {version}")
        self.versions = dict(versions)
        self.unsettled.clear()

    def _check_distinct(self, what: str, values: Iterable[object]) -> None:
        listed = list(values)
        if len(set(listed)) < len(listed):
            self.faults.append(f"{len(listed) - len(set(listed))} {what} are there twice")
