"""The table of verdicts: what is expected, what the manifest records, what lies on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from fountaingen.model.manifest import MANIFEST, Manifest, ancestors, digest
from fountaingen.model.tree import Tree
from fountaingen.model.verdict import Finding, Verdict
from fountaingen.stages.drift.disk import Disk, Entry, File, Link, Special, Unread


class Present(Enum):
    """Something that lies at a path and equals no content."""

    UNREAD = "a file"
    LINK = "a symbolic link"
    SPECIAL = "a special file"
    FOLDER = "a folder with other files"
    BELOW = "below something that is not a folder"

    @property
    def in_the_way(self) -> bool:
        """Whether not even force may replace it, because more than the path itself would go."""
        return self in (Present.FOLDER, Present.BELOW)


State = str | Present | None
"""What stands at a path: a sha256 in hex, something without one, or nothing."""


def judge(expected: str | None, recorded: str | None, present: State) -> Verdict:
    """Return the verdict on one path: the first row of the table that matches.

    ``expected`` is the digest the build would write, ``recorded`` the one in the manifest.
    """
    if expected == present:
        return Verdict.CLEAN
    if present is None:
        return Verdict.MISSING
    if recorded is None:
        return Verdict.STRAY if expected is None else Verdict.BLOCKED
    if recorded != present:
        return Verdict.EDITED
    return Verdict.ORPHAN if expected is None else Verdict.STALE


def compare(tree: Tree, manifest: Manifest | None, disk: Disk) -> tuple[Finding, ...]:
    """Return the verdict on every path that is expected, recorded or present, sorted by path."""
    lookup = Lookup.of(tree, manifest, disk)
    return tuple(Finding(path, lookup.verdict(path)) for path in lookup.paths())


@dataclass(frozen=True)
class Lookup:
    """The three sides of the comparison, each by path, with the manifest's own entry added."""

    expected: Mapping[str, str]
    recorded: Mapping[str, str]
    disk: Disk
    occupied: frozenset[str]
    """Folders that hold something a build would leave there."""

    @classmethod
    def of(cls, tree: Tree, manifest: Manifest | None, disk: Disk) -> "Lookup":
        """Line the three sides up; raises Rejected where the tree holds a path that could not be written."""
        wanted = Manifest.of(tree)
        expected = {**wanted.outputs, MANIFEST: digest(wanted.to_bytes())}
        recorded = {} if manifest is None else dict(manifest.outputs)
        match disk.entries.get(MANIFEST):
            case File(digest=own) if manifest is not None:
                recorded[MANIFEST] = own  # it cannot hold its own digest, and one that can be read is ours
        kept = [path for path in disk.entries if path in expected or path not in recorded]
        return cls(expected, recorded, disk, frozenset(folder for path in kept for folder in ancestors(path)))

    def paths(self) -> tuple[str, ...]:
        """Return every path of the three sides, sorted."""
        return tuple(sorted({*self.expected, *self.recorded, *self.disk.entries}))

    def verdict(self, path: str) -> Verdict:
        """Return the verdict on one path."""
        return judge(self.expected.get(path), self.recorded.get(path), self.state(path))

    def state(self, path: str) -> State:
        """Return what stands at ``path``; folders matter only where a file is expected and they cannot give way."""
        match self.disk.entries.get(path):
            case File(digest=found):
                return found
            case None:
                return self._obstacle(path) if path in self.expected else None
            case other:
                return _PRESENT[type(other)]

    def _obstacle(self, path: str) -> Present | None:
        if path in self.occupied:
            return Present.FOLDER
        return Present.BELOW if any(self._stays(folder) for folder in ancestors(path)) else None

    def _stays(self, path: str) -> bool:
        """Whether something other than a folder lies at ``path`` that a build does not remove."""
        return path in self.disk.entries and path not in self.recorded


_PRESENT: Mapping[type[Entry], Present] = {
    Unread: Present.UNREAD,
    Link: Present.LINK,
    Special: Present.SPECIAL,
}
