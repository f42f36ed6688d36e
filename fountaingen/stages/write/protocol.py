"""The protocol: lock, recover, compare, refuse, stage, and then one exchange of folders or a journal of renames.

A build that is killed at any point leaves every file old or new, and the next one finishes or discards what it left.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.manifest import MANIFEST, MAX_BYTES, Manifest, ancestors, digest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.stages.drift.disk import File, read_file, read_manifest_of
from fountaingen.stages.drift.site import Site, site_of, unusable
from fountaingen.stages.drift.survey import Survey, survey_with
from fountaingen.stages.write.below import flush
from fountaingen.stages.write.faults import bad_journal, changed_meanwhile, reported
from fountaingen.stages.write.journal import Journal, parse
from fountaingen.stages.write.lock import clear, held
from fountaingen.stages.write.replay import give_up, replay, vouched_by
from fountaingen.stages.write.stage import fill, link, put, settle
from fountaingen.stages.write.steps import Steps, all_ours, contents, journal_of, plan, refusals
from fountaingen.stages.write.whole import Record, exchange_whole, settle_exchange, states


@dataclass(frozen=True)
class Written:
    """What a build did: the paths it wrote, those it kept because they were as they should be, those it removed."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def write(tree: Tree, out: Path, *, force: bool = False) -> Written:
    """Make ``out`` hold exactly ``tree`` and its manifest, beside stray files; what did not change is not touched.

    ``force`` gives up files that were edited by hand or lie in the way. Raises Rejected with every path it would have
    to destroy, or with what the system refused; files keep 0644, or 0755 where they begin with ``#!``.
    """
    site = site_of(out)
    with reported(site.shown):
        if kept := _nothing_to_do(tree, site):
            return Written((), kept, ())
        with held(site):
            _recover(site, force)
            survey = _survey(tree, site, force)
            steps = plan(survey)
            if not steps.none:
                _carry_out(site, survey, steps)
            return Written(steps.write, steps.keep, steps.remove)


def _nothing_to_do(tree: Tree, site: Site) -> tuple[str, ...]:
    """Return every path where all are as they should be, so that not even a lock is taken, and none otherwise.

    Nothing is refused here: another build may be at work between two readings, and half of it looks like an edit.
    """
    if os.path.lexists(site.work):
        return ()
    try:
        steps = plan(survey_with(tree, read_manifest_of(site), site))
    except Rejected:
        return ()
    return steps.keep if steps.none else ()


def _survey(tree: Tree, site: Site, force: bool) -> Survey:
    """Compare the folder with the tree; raises Rejected where going on would destroy what no build wrote."""
    survey = survey_with(tree, _manifest(site, force), site)
    if problems := refusals(survey, site.shown, force=force):
        raise Rejected(problems)
    return survey


def _manifest(site: Site, force: bool) -> Manifest | None:
    try:
        return read_manifest_of(site)
    except Rejected:
        if force:
            return None
        raise


def _recover(site: Site, force: bool) -> None:
    """Finish or discard what a killed build left."""
    settle_exchange(site)
    if os.path.lexists(site.journal) and site.out.is_dir():
        replay(site, _journal(site), vouched_by(_manifest(site, force)))
    clear(site)


def _journal(site: Site) -> Journal:
    try:
        match read_file(str(site.journal), keep=MAX_BYTES):
            case File(data=bytes() as data) if stat.S_ISDIR(os.lstat(site.stage).st_mode):
                return parse(data)
            case _:
                raise ValueError("it is not what a build leaves")
    except (ValueError, OSError) as error:
        raise bad_journal(str(site.journal), str(site.work), str(error)) from error


def _carry_out(site: Site, survey: Survey, steps: Steps) -> None:
    if not survey.disk.exists:
        _first(site, survey, steps)
        return
    if os.stat(site.out).st_dev != os.stat(site.work).st_dev:
        raise unusable(Path(site.shown), "is a mount point, which no build can replace")
    _require_writable(site, survey, steps)
    whole = all_ours(survey, steps) and not _stands_in(site)
    if not whole or not _by_exchange(site, survey, steps):
        clear(site)
        _by_journal(site, survey, steps)


def _require_writable(site: Site, survey: Survey, steps: Steps) -> None:
    """Refuse before anything is begun what would be refused half-way."""
    touched = {folder for path in (*steps.write, *steps.remove) for folder in ancestors(path)}
    for folder in ("", *sorted(touched & survey.disk.folders)):
        if not os.access(site.out / folder, os.W_OK | os.X_OK):
            with reported(site.show(folder) if folder else site.shown, "nothing was changed"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _stands_in(site: Site) -> bool:
    """Tell whether this process, and so most likely a shell, would be left standing in a removed folder."""
    try:
        return Path.cwd().is_relative_to(site.out)
    except FileNotFoundError:
        return False


def _first(site: Site, survey: Survey, steps: Steps) -> None:
    fill(site, contents(survey.tree, steps.write))
    settle(site, steps.write)
    os.rename(site.stage, site.out)
    flush(site.parent)


def _by_exchange(site: Site, survey: Survey, steps: Steps) -> bool:
    """Swap the whole folder for the staged one; False where the system cannot."""
    fill(site, contents(survey.tree, steps.write))
    if not link(site, steps.keep):
        return False
    settle(site, (*steps.write, *steps.keep))
    manifest = Manifest.of(survey.tree)
    after = {**manifest.outputs, MANIFEST: digest(manifest.to_bytes())}
    return exchange_whole(site, Record(states(survey.disk), after))


def _by_journal(site: Site, survey: Survey, steps: Steps) -> None:
    """Rename file by file, with a journal from which the next build can finish."""
    new = contents(survey.tree, steps.write)
    fill(site, new)
    settle(site, new)
    journal = journal_of(survey, steps, {path: digest(data) for path, data in new.items()})
    vouched = vouched_by(survey.manifest)
    # A journal is not believed about what no manifest vouches for, so what is forced cannot stand in one.
    missed = give_up(site, [change for change in journal.changes if not vouched(change)])
    journal = Journal(tuple(change for change in journal.changes if vouched(change)))
    draft = site.work / "draft"
    put(draft, journal.to_bytes())
    os.rename(draft, site.journal)
    flush(site.work)
    if missed := (*missed, *replay(site, journal, vouched)):
        raise Rejected(changed_meanwhile(site.show(path)) for path in missed)
