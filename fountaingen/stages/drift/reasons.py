"""What a build would do with each path, and which of its inputs changed since the last one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from fountaingen.model.manifest import MANIFEST
from fountaingen.model.verdict import Verdict
from fountaingen.stages.drift.survey import Survey


class Action(Enum):
    """What a build does with a path; where it stops at one, it does nothing with any."""

    WRITE = "write"
    REPLACE = "replace"
    REMOVE = "remove"
    KEEP = "keep"
    LEAVE = "leave"
    STOP = "stop"

    @property
    def changes(self) -> bool:
        """Whether something is another after it."""
        return self in (Action.WRITE, Action.REPLACE, Action.REMOVE)


class Change(Enum):
    """What became of an input since the last build."""

    CHANGED = "changed"
    NEW = "is new"
    GONE = "is gone"


@dataclass(frozen=True)
class Input:
    """A contract, hook or template by its name, ``settings`` or ``fountaingen``, and what became of it."""

    name: str
    change: Change

    def __str__(self) -> str:
        shown = "the settings" if self.name == "settings" else self.name
        changed = "have changed" if self.name == "settings" else self.change.value
        return f"{shown} {changed}"


@dataclass(frozen=True)
class Planned:
    """What a build does with one path: ``because`` of changes that can be why, ``why`` in one line for people."""

    path: str
    action: Action
    verdict: Verdict
    because: tuple[Input, ...] = ()
    why: str = ""


def inputs(survey: Survey) -> tuple[Input, ...]:
    """Return what became of the inputs since the last build, sorted by name; nothing where there was no build."""
    if survey.manifest is None:
        return ()
    before, after = survey.manifest.inputs, survey.tree.inputs
    return tuple(
        Input(name, Change.GONE if name not in after else Change.CHANGED if name in before else Change.NEW)
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def planned(survey: Survey, contracts: Mapping[str, frozenset[str]]) -> tuple[Planned, ...]:
    """Return what a build would do with each path, sorted by path.

    ``contracts`` holds, by the folder of each service, the names of the documents that its files are made from.
    """
    made_from = _Origins(inputs(survey), contracts)
    return tuple(_planned(survey, made_from))


def _planned(survey: Survey, origins: "_Origins") -> Iterator[Planned]:
    for path, verdict in ((each.path, each.verdict) for each in survey.findings):
        action = _ACTIONS[verdict]
        if action.changes:
            because = origins.of(path, verdict)
            yield Planned(path, action, verdict, because, _why(survey, path, verdict, because))
        elif action is Action.KEEP:
            # What is recorded, not there and no longer wanted is clean, and there is nothing to keep.
            if path == MANIFEST or path in survey.tree.files:
                yield Planned(path, action, verdict)
        else:
            yield Planned(path, action, verdict, why=verdict.explanation)


def _why(survey: Survey, path: str, verdict: Verdict, because: tuple[Input, ...]) -> str:
    if survey.manifest is None:
        return "nothing was built here before"
    if verdict is Verdict.MISSING and (path == MANIFEST or path in survey.manifest.outputs):
        return "it was built before, and is not there"
    if not because:
        return "no input changed, and it is not what they give"
    shown = ", ".join(map(str, because[:_MOST]))
    return shown if len(because) <= _MOST else f"{shown}, and {len(because) - _MOST} more"


_MOST = 3
_ACTIONS: Mapping[Verdict, Action] = MappingProxyType(
    {
        Verdict.CLEAN: Action.KEEP,
        Verdict.MISSING: Action.WRITE,
        Verdict.STRAY: Action.LEAVE,
        Verdict.BLOCKED: Action.STOP,
        Verdict.EDITED: Action.STOP,
        Verdict.ORPHAN: Action.REMOVE,
        Verdict.STALE: Action.REPLACE,
    }
)


@dataclass(frozen=True)
class _Origins:
    """Which changed inputs a path can owe its change to."""

    changed: tuple[Input, ...]
    contracts: Mapping[str, frozenset[str]]

    def of(self, path: str, verdict: Verdict) -> tuple[Input, ...]:
        """Return the changed inputs of the service that ``path`` belongs to; all where it is none's, or these none."""
        service, below, _ = path.partition("/")
        if not below or (service not in self.contracts and verdict is not Verdict.ORPHAN):
            return self.changed
        reaches = self._reaching(service)
        return tuple(each for each in self.changed if reaches(each)) or self.changed

    def _reaching(self, service: str) -> Callable[[Input], bool]:
        own = self.contracts.get(service)

        def reaches(each: Input) -> bool:
            if each.name.startswith("hooks/"):
                return each.name == f"hooks/{service}.py" or each.name.startswith(f"hooks/{service}/")
            if each.name in ("settings", "fountaingen") or each.name.startswith("templates/"):
                return True
            # A service that is no more has no contract that could be asked: it went with one that is gone.
            return each.change is Change.GONE if own is None else each.name in own

        return reaches
