"""Hooks as they were read, never imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fountaingen.model.problems import Place


@dataclass(frozen=True)
class Hook:
    """One public function of a hooks module: its name, where it stands, and the names of its parameters."""

    name: str
    parameters: tuple[str, ...]
    is_async: bool
    place: Place


@dataclass(frozen=True)
class HookSet:
    """The hooks of one service. ``files`` maps paths below ``hooks/`` to their bytes, copied as they are."""

    service: str
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    path: str = ""
