"""Carrying out a journal, for the first time or to finish what a killed build began."""

import os
from contextlib import suppress

from fountaingen.model.manifest import ancestors
from fountaingen.stages.drift.site import Site
from fountaingen.stages.write.below import ABSENT, FOLDER, NO_WAY, descend, flush, folder, split, state, sweep
from fountaingen.stages.write.faults import reported
from fountaingen.stages.write.journal import Change, Journal

UNFINISHED = "some files are new and some are old, and the next build finishes it"


def replay(site: Site, journal: Journal) -> tuple[str, ...]:
    """Make every change that is not made yet, then take the journal away; return the paths someone else changed.

    A path that holds neither what the journal found nor what it leaves belongs to whoever put it there, and stays.
    Raises Rejected, with the journal kept, where the system refuses.
    """
    with folder(site.out) as out, folder(site.stage) as stage:
        missed = []
        for change in journal.changes:
            with reported(site.show(change.path), UNFINISHED):
                if not _made(out, stage, change):
                    missed.append(change.path)
        with reported(site.shown, UNFINISHED):
            _last(out, journal)
    with reported(site.shown, UNFINISHED):
        os.unlink(site.journal)
        flush(site.work)
    return tuple(missed)


def _made(out: int, stage: int, change: Change) -> bool:
    return _removed(out, change) if change.removes else _placed(out, stage, change)


def _removed(out: int, change: Change) -> bool:
    parent, name = split(change.path)
    match state(out, change.path):
        case found if found == change.before and found != ABSENT:
            with descend(out, parent) as handle:
                os.unlink(name, dir_fd=handle)
        case found if found not in (ABSENT, FOLDER):  # a folder: the file is gone, and others have taken its place
            return False
    _prune(out, parent)
    return True


def _prune(out: int, path: str) -> None:
    """Remove the folder at ``path``, and those around it, for as long as nothing is left in them."""
    while path:
        parent, name = split(path)
        try:
            with descend(out, parent) as handle:
                if not sweep(handle, name):
                    return
        except OSError as error:
            if error.errno not in NO_WAY:
                raise
        path = parent


def _placed(out: int, stage: int, change: Change) -> bool:
    parent, name = split(change.path)
    found = state(out, change.path)
    if found == FOLDER:
        with descend(out, parent) as handle:
            found = ABSENT if sweep(handle, name) else FOLDER
    if found == change.after:
        return True
    if found != change.before or state(stage, change.path) != change.after:
        return False
    try:
        with descend(stage, parent) as source, descend(out, parent, make=True) as target:
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
    except OSError as error:
        if error.errno in NO_WAY:  # someone put a file where a folder belongs
            return False
        raise
    return True


def _last(out: int, journal: Journal) -> None:
    """Make the entries of every folder that was changed last through a loss of power."""
    for path in sorted({"", *(parent for change in journal.changes for parent in ancestors(change.path))}):
        with suppress(FileNotFoundError, NotADirectoryError), descend(out, path) as handle:
            os.fsync(handle)
