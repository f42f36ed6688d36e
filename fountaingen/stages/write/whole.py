"""The exchange of the whole output folder for the staged one, which nobody can see half of.

The old folder is looked at once more when it is out of the way; where somebody changed it since it was read, it comes
back. A record of what it held lets the next build do the same if this one is killed in between.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.manifest import MANIFEST, MAX_BYTES, load_json
from fountaingen.model.problems import Rejected
from fountaingen.stages.drift.disk import Disk, Everything, File, Link, Special, read_file, read_manifest_of, read_site
from fountaingen.stages.drift.site import Site
from fountaingen.stages.write.below import ABSENT, LINK, SPECIAL, flush
from fountaingen.stages.write.exchange import exchange
from fountaingen.stages.write.faults import bad_journal, changed_meanwhile, displaced
from fountaingen.stages.write.stage import put

UNKNOWN = "unknown"
"""The state of a file that nobody read; no digest is like it."""


@dataclass(frozen=True)
class Record:
    """What lay in the output folder before an exchange, and what lies there after it: the state of every path."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return json.dumps({"before": dict(self.before), "after": dict(self.after)}).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> "Record":
        """Read a record nobody vouches for; raises ValueError. Nothing is opened by the paths in it."""
        try:
            decoded = load_json(data, "the record")
        except Rejected as error:
            raise ValueError(error.problems[0].message) from error
        match decoded:
            case {"before": dict() as before, "after": dict() as after, **rest} if not rest:
                return cls(before, after)
            case _:
                raise ValueError("it must hold 'before' and 'after' and nothing else")


def states(disk: Disk) -> dict[str, str]:
    """Return the state of everything in a folder by path."""
    return {path: state_in(disk, path) for path in disk.entries}


def state_in(disk: Disk, path: str) -> str:
    """Return what lay at ``path``: a digest, or one of ``STATES``."""
    match disk.entries.get(path):
        case File(digest=found):
            return found
        case Link():
            return LINK
        case Special():
            return SPECIAL
        case None:
            return ABSENT
        case _:
            return UNKNOWN


def exchange_whole(site: Site, record: Record) -> bool:
    """Swap the output folder for the staged one; False where the system cannot.

    Raises Rejected where somebody changed the output folder meanwhile, which then is as they left it, and OSError.
    """
    put(site.record, record.to_bytes())
    os.rename(site.stage, site.swap)
    flush(site.work)
    if not exchange(site.swap, site.out):
        _let_go(site)
        return False
    _last(site)
    if changed := _differing(_found(site.swap), record.before):
        _put_back(site, record)
        raise Rejected(changed_meanwhile(site.show(path) if path else site.shown) for path in changed)
    _let_go(site)
    return True


def settle_exchange(site: Site) -> None:
    """Finish what a build did that was killed while it exchanged folders: what somebody changed comes back.

    Raises Rejected where that cannot be done without losing anything, or for a record no build of ours has left.
    """
    if not os.path.lexists(site.swap):
        return
    record = _record(site)
    kept, lost = _found(site.out), _found(site.swap)
    if not _only(lost, record.before, kept) or not _only(lost, record.after, kept):
        _let_go(site)
    elif _only(kept, record.after, lost) or _only(kept, _recorded(site, kept), lost):
        raise displaced(str(site.swap), str(site.work), site.shown)
    else:
        _put_back(site, record)


def _put_back(site: Site, record: Record) -> None:
    """Bring the old folder back; raises Rejected where somebody used the new one, and neither may be lost."""
    exchange(site.swap, site.out)
    _last(site)
    if _only(_found(site.swap), record.after, _found(site.out)):
        raise displaced(str(site.swap), str(site.work), site.shown)
    _let_go(site)


def _record(site: Site) -> Record:
    try:
        match read_file(str(site.record), keep=MAX_BYTES):
            case File(data=bytes() as data):
                return Record.parse(data)
            case _:
                raise ValueError("it is not what a build leaves")
    except (ValueError, OSError) as error:
        raise bad_journal(str(site.record), str(site.work), str(error)) from error


def _found(folder: Path) -> dict[str, str]:
    """Return the state of everything in a folder; what is there instead of a folder is at the empty path."""
    if not os.path.lexists(folder):
        return {}
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        return {"": LINK}
    return states(read_site(Site(folder, folder.parent, str(folder)), Everything()))


def _differing(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    return sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))


def _only(found: Mapping[str, str], known: Mapping[str, str], kept: Mapping[str, str]) -> list[str]:
    """Return the paths of what nobody would have any more if ``found`` were removed: neither known nor kept."""
    return [path for path, state in found.items() if state not in (known.get(path), kept.get(path))]


def _recorded(site: Site, found: Mapping[str, str]) -> dict[str, str]:
    """Return what the manifest in the output folder says of it, and of the manifest itself what was ``found``."""
    try:
        manifest = read_manifest_of(site)
    except Rejected:
        return {}
    return {} if manifest is None else {**manifest.outputs, MANIFEST: found.get(MANIFEST, UNKNOWN)}


def _let_go(site: Site) -> None:
    """Give up the folder that was exchanged: from here on whoever finds it may remove it."""
    os.rename(site.swap, site.old)


def _last(site: Site) -> None:
    flush(site.work)
    flush(site.parent)
