"""What stops a write, in words."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fountaingen.model.problems import Place, Problem, Rejected

REMEDIES: Mapping[int, str] = {
    errno.ENOSPC: "free some space, then build again",
    errno.EDQUOT: "free some space, then build again",
    errno.EACCES: "make it writable for the user who builds, then build again",
    errno.EPERM: "make it writable for the user who builds, then build again",
    errno.EROFS: "name an output folder on a file system that can be written",
    errno.EIO: "check the disk, then build again",
    errno.EXDEV: "mount the folder above it instead, or name an output folder inside it",
}


@contextmanager
def reported(shown: str, consequence: str = "") -> Iterator[None]:
    """Turn an OSError into Rejected that names ``shown``, what the system said, what that means and what to do."""
    try:
        yield
    except OSError as error:
        raise Rejected([_refused(shown, consequence, error)]) from error


def _refused(shown: str, consequence: str, error: OSError) -> Problem:
    said = (error.strerror or str(error)).lower()
    message = f"cannot write '{shown}': {said}" + (f"; {consequence}" if consequence else "")
    return Problem("FG507", message, Place(shown), REMEDIES.get(error.errno or 0, "mend it, then build again"))


def busy(shown: str, holder: str) -> Rejected:
    """Return the refusal to build while another process builds the same folder."""
    message = f"another build of '{shown}' is running{f' (process {holder})' if holder else ''}"
    return Rejected([Problem("FG506", message, Place(shown), "wait until it is done, or stop it, then build again")])


def bad_journal(journal: str, work: str, why: str) -> Rejected:
    """Return the refusal of a journal that no killed build of ours can have left."""
    message = f"'{journal}' cannot be used: {why}"
    return Rejected([Problem("FG505", message, Place(journal), f"remove the folder '{work}', then build again")])


def displaced(path: str, work: str, shown: str) -> Rejected:
    """Return the refusal to discard what was changed while a build that was then killed was at work."""
    message = f"'{path}' was changed while a build was at work that did not end"
    remedy = f"move what you need of it into '{shown}', remove the folder '{work}', then build again"
    return Rejected([Problem("FG508", message, Place(path), remedy)])


def changed_meanwhile(shown: str) -> Problem:
    """Return the problem of a file that someone changed while the build was at work."""
    return Problem("FG508", f"'{shown}' changed while the build was at work", Place(shown), "build again")
