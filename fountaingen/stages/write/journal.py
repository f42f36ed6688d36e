"""The journal: what a build that changes a folder file by file is about to do, so that the next one can finish it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fountaingen.model.manifest import DIGEST, MANIFEST, load_json, path_fault, shadowed
from fountaingen.model.problems import Rejected
from fountaingen.stages.write.below import ABSENT, STATES


@dataclass(frozen=True)
class Change:
    """One path: what stood there and what shall; a digest, or one of ``STATES``."""

    path: str
    before: str
    after: str

    @property
    def removes(self) -> bool:
        return self.after == ABSENT


@dataclass(frozen=True)
class Journal:
    """The changes in the order they are made: removals make room first, the manifest comes last."""

    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(sorted(self.changes, key=_turn)))

    def to_bytes(self) -> bytes:
        """Return the journal as JSON."""
        changes = {change.path: [change.before, change.after] for change in self.changes}
        return json.dumps({"changes": changes}, indent=2).encode("ascii") + b"\n"


def parse(data: bytes) -> Journal:
    """Read a journal nobody vouches for; raises ValueError saying what is wrong with it."""
    try:
        decoded = load_json(data, "the journal")
    except Rejected as error:
        raise ValueError(error.problems[0].message) from error
    match decoded:
        case {"changes": dict() as changes, **rest} if not rest:
            journal = Journal(tuple(_change(path, states) for path, states in changes.items()))
        case _:
            raise ValueError("it must hold 'changes' and nothing else")
    written: Mapping[str, object] = {change.path: change for change in journal.changes if not change.removes}
    if shadowed(written):
        raise ValueError("a path lies below another file")
    return journal


def _change(path: str, states: object) -> Change:
    fault = "" if path == MANIFEST else path_fault(path)
    match states:
        case [str() as before, str() as after] if not fault and _known(before) and (_known(after, frozenset({ABSENT}))):
            return Change(path, before, after)
        case _:
            raise ValueError(f"path {path!r} {fault or 'has no states'}")


def _known(state: str, others: frozenset[str] = STATES) -> bool:
    return state in others or DIGEST.fullmatch(state) is not None


def _turn(change: Change) -> tuple[int, str]:
    return (0 if change.removes else 2 if change.path == MANIFEST else 1, change.path)
