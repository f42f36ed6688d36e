"""``x-kong-*`` in a contract, as users of ``deck file openapi2kong`` know it: the nearest of each wins as a whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from fountaingen.model.document import Spec
from fountaingen.model.service import Operation
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.plan.system.gateway.parts import Part

PLUGIN = "x-kong-plugin-"
_NAME, _TAGS = "x-kong-name", "x-kong-tags"
_LONGEST_CHAIN = 10


class Level(NamedTuple):
    """An object that may have extensions, and its pointer."""

    data: Mapping[str, Any]
    pointer: str


@dataclass(frozen=True)
class Extensions:
    """The extensions of one contract."""

    spec: Spec

    @cached_property
    def document(self) -> Level:
        """The level of the contract itself."""
        return Level(self.spec.data, "")

    def levels(self, operation: Operation) -> tuple[Level, Level]:
        """Return the levels of an operation's path and of the operation."""
        paths = self.spec.data.get("paths") or {}
        item = self._followed(paths.get(operation.path), pointers.join("/paths", operation.path))
        found = pointers.follow(self.spec.data, pointers.split(operation.pointer))
        return Level(item.data, item.pointer), Level(found if isinstance(found, dict) else {}, operation.pointer)

    def defaults(self, kind: str, *levels: Level) -> Part:
        """Return ``x-kong-<kind>-defaults`` of the last of ``levels`` that has it, empty where none does."""
        for level in reversed(levels):
            if isinstance(level.data.get(f"x-kong-{kind}-defaults"), dict):
                return self._part(level, f"x-kong-{kind}-defaults")
        return Part({})

    def plugins(self, level: Level) -> Iterator[tuple[str, Part]]:
        """Yield the name and the data of every plugin that a level configures."""
        for key, value in level.data.items():
            if isinstance(key, str) and key.startswith(PLUGIN) and isinstance(value, dict):
                part = self._part(level, key)
                kept = {
                    name: held for name, held in part.data.items() if name not in ("service", "route", "id", "name")
                }
                yield key.removeprefix(PLUGIN), Part(kept, part.pointers)

    def name(self, level: Level) -> str:
        """Return ``x-kong-name`` of a level, empty where it has none."""
        found = level.data.get(_NAME)
        return found if isinstance(found, str) else ""

    def tags(self, *levels: Level) -> list[str]:
        """Return the ``x-kong-tags`` of all levels."""
        listed = (level.data.get(_TAGS) for level in levels)
        return [tag for tags in listed if isinstance(tags, list) for tag in tags if isinstance(tag, str)]

    def _part(self, level: Level, key: str) -> Part:
        found = self._followed(level.data[key], pointers.join(level.pointer, key))
        return Part(dict(found.data), {(): found.pointer})

    def _followed(self, value: Any, pointer: str) -> Level:
        """Return what a reference within the contract leads to; nothing where it leads nowhere."""
        for _ in range(_LONGEST_CHAIN):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                break
            pointer = reference.removeprefix("#")
            try:
                value = pointers.follow(self.spec.data, pointers.split(pointer))
            except LookupError:
                value = {}
        return Level(value if isinstance(value, dict) else {}, pointer)
