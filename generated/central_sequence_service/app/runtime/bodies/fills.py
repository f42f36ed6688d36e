"""What adds members to a value that is valid: one class for each way in which a schema speaks of its parts."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

Fill = Callable[[Any], None]
"""Adds what is missing to a value, in place; a value of another type stays as it is."""
Accepts = Callable[[Any], bool]


class Members:
    """Members of an object: ``defaults`` where they are absent, ``inner`` fills of those that are there then."""

    __slots__ = ("_copied", "_inner", "_plain")

    def __init__(self, defaults: Mapping[str, Any], inner: Mapping[str, Fill]) -> None:
        self._plain = tuple((name, value) for name, value in defaults.items() if not isinstance(value, list | dict))
        # A hook may change what it is given; the contract's own list stays as it is.
        self._copied = tuple((name, value) for name, value in defaults.items() if isinstance(value, list | dict))
        self._inner = tuple(inner.items())

    def __call__(self, value: Any) -> None:
        """Fill an object."""
        if not isinstance(value, dict):
            return
        for name, default in self._plain:
            if name not in value:
                value[name] = default
        for name, default in self._copied:
            if name not in value:
                value[name] = deepcopy(default)
        for name, fill in self._inner:
            if name in value:
                fill(value[name])


class OtherMembers:
    """Members whose names a pattern takes, and all that neither ``known`` nor a pattern does."""

    __slots__ = ("_known", "_others", "_patterns")

    def __init__(
        self, known: frozenset[str], patterns: Sequence[tuple[Accepts, Fill | None]], others: Fill | None
    ) -> None:
        self._known = known
        self._patterns = patterns
        self._others = others

    def __call__(self, value: Any) -> None:
        """Fill the members of an object."""
        for name, member in value.items() if isinstance(value, dict) else ():
            matching = [fill for accepts, fill in self._patterns if accepts(name)]
            if not matching and name not in self._known:
                matching = [self._others]
            for fill in matching:
                if fill is not None:
                    fill(member)


class Items:
    """Items of a list: the ``first`` ones by their place, then all the ``rest``."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: Sequence[Fill | None], rest: Fill | None) -> None:
        self._first = first
        self._rest = rest

    def __call__(self, value: Any) -> None:
        """Fill the items of a list."""
        if not isinstance(value, list):
            return
        for fill, item in zip(self._first, value, strict=False):
            if fill is not None:
                fill(item)
        if self._rest is not None:
            for item in value[len(self._first) :]:
                self._rest(item)


class Whole:
    """Everything that fills one value: ``always``, then those of ``branches`` that accepted it as it came."""

    __slots__ = ("_always", "_branches")

    def __init__(self, always: Sequence[Fill], branches: Sequence[tuple[Accepts, Fill]]) -> None:
        self._always = always
        self._branches = branches

    def __call__(self, value: Any) -> None:
        """Fill a value."""
        chosen = [fill for accepts, fill in self._branches if accepts(value)]
        for fill in (*self._always, *chosen):
            fill(value)


class Named:
    """The fill of a named schema, which may refer to itself; ``fill`` is set when all of it is known."""

    __slots__ = ("fill",)

    def __init__(self) -> None:
        self.fill: Fill | None = None

    def __call__(self, value: Any) -> None:
        """Fill a value of the schema."""
        if self.fill is not None:
            self.fill(value)
