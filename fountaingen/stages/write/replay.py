"""Carrying out changes file by file, for the first time or to finish what a killed build began.

What a change displaces is looked at once more when it is out of the way, and put back where somebody changed it in the
meantime, so that no edit is lost, however close it comes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from fountaingen.model.manifest import MANIFEST, Manifest, ancestors, digest
from fountaingen.stages.drift.site import Site
from fountaingen.stages.write.below import ABSENT, FOLDER, NO_WAY, descend, flush, folder, split, state, sweep
from fountaingen.stages.write.exchange import Name, move, swap
from fountaingen.stages.write.faults import displaced, reported
from fountaingen.stages.write.journal import Change, Journal

UNFINISHED = "some files are new and some are old, and the next build finishes it"
HALF_FORCED = "some files are new and some are old; build again with --force"

Vouched = Callable[[Change], bool]
"""Tells whether what a change displaces is a build's own."""


def vouched_by(manifest: Manifest | None) -> Vouched:
    """Return the judgement of a manifest: what it records may go, the manifest itself, and what is not there."""
    recorded = {} if manifest is None else manifest.outputs

    def vouched(change: Change) -> bool:
        return change.before in (ABSENT, recorded.get(change.path)) or change.path == MANIFEST

    return vouched


def replay(site: Site, journal: Journal, vouched: Vouched) -> tuple[str, ...]:
    """Make every change that is not made yet, then take the journal away; return the paths someone else changed.

    A path that holds neither what the journal found nor what it leaves belongs to whoever put it there, and stays; so
    does one that holds what the journal found where ``vouched`` says that no build put it there.
    Raises Rejected, with the journal kept, where the system refuses.
    """
    with _hands(site, UNFINISHED) as hands:
        missed = hands.make(journal.changes, vouched)
    with reported(site.shown, UNFINISHED):
        os.unlink(site.journal)
        flush(site.work)
    return missed


def give_up(site: Site, changes: Iterable[Change]) -> tuple[str, ...]:
    """Make changes that are not journalled: nobody but the one who forces a build vouches for what they displace."""
    with _hands(site, HALF_FORCED) as hands:
        return hands.make(tuple(changes), lambda _: True)


@contextmanager
def _hands(site: Site, consequence: str) -> Iterator["_Hands"]:
    with reported(site.shown, consequence), suppress(FileExistsError):
        os.mkdir(site.gone)
    with folder(site.out) as out, folder(site.stage) as stage, folder(site.gone) as gone:
        yield _Hands(site, consequence, out, stage, gone)


@dataclass(frozen=True)
class _Hands:
    """The open folders of the output, of what is staged, and of what was removed."""

    site: Site
    consequence: str
    out: int
    stage: int
    gone: int

    def make(self, changes: tuple[Change, ...], vouched: Vouched) -> tuple[str, ...]:
        """Make every change that is not made yet; return the paths that are left as they are."""
        missed = []
        for change in changes:
            with reported(self.site.show(change.path), self.consequence):
                if not (self._removed if change.removes else self._placed)(change, vouched):
                    missed.append(change.path)
        with reported(self.site.shown, self.consequence):
            self._last(changes)
        return tuple(missed)

    def _removed(self, change: Change, vouched: Vouched) -> bool:
        parent, own = split(change.path)
        name = digest(change.path.encode("utf-8"))
        found = state(self.out, change.path)
        if found == change.before and found != ABSENT:
            if not vouched(change):
                return False
            with descend(self.out, parent) as handle:
                os.rename(own, name, src_dir_fd=handle, dst_dir_fd=self.gone)
        elif found not in (ABSENT, FOLDER):  # a folder: the file is gone, and others have taken its place
            return False
        if state(self.gone, name) not in (ABSENT, change.before):
            with descend(self.out, parent, make=True) as handle:
                move((self.gone, name), (handle, own))
            return False
        self._prune(parent)
        return True

    def _prune(self, path: str) -> None:
        """Remove the folder at ``path``, and those around it, for as long as nothing is left in them."""
        while path:
            parent, name = split(path)
            try:
                with descend(self.out, parent) as handle:
                    if not sweep(handle, name):
                        return
            except OSError as error:
                if error.errno not in NO_WAY:
                    raise
            path = parent

    def _placed(self, change: Change, vouched: Vouched) -> bool:
        parent, name = split(change.path)
        found = state(self.out, change.path)
        if found == FOLDER:
            with descend(self.out, parent) as handle:
                found = ABSENT if sweep(handle, name) else FOLDER
        staged = state(self.stage, change.path)
        if found == change.after:
            if staged not in (ABSENT, change.before, change.after):
                raise displaced(str(self.site.stage / change.path), str(self.site.work), self.site.shown)
            return True
        if found != change.before or staged != change.after or not vouched(change):
            return False
        try:
            with descend(self.stage, parent) as source, descend(self.out, parent, make=True) as target:
                return self._taken((source, name), (target, name), change)
        except FileExistsError:  # someone put a file where there was none
            return False
        except OSError as error:
            if error.errno in NO_WAY:  # someone put a file where a folder belongs
                return False
            raise

    def _taken(self, source: Name, target: Name, change: Change) -> bool:
        """Give what is staged its place; False where somebody changed what was there since it was looked at."""
        if change.before == ABSENT:
            move(source, target)
            return True
        if not swap(source, target):
            os.rename(source[1], target[1], src_dir_fd=source[0], dst_dir_fd=target[0])
            return True
        if state(source[0], source[1]) == change.before:
            return True
        swap(source, target)
        return False

    def _last(self, changes: tuple[Change, ...]) -> None:
        """Make the entries of every folder that was changed last through a loss of power."""
        for path in sorted({"", *(parent for change in changes for parent in ancestors(change.path))}):
            with suppress(FileNotFoundError, NotADirectoryError), descend(self.out, path) as handle:
                os.fsync(handle)
