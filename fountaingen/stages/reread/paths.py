"""Where files are to be written: below the output folder, each at a place of its own on every file system."""

import unicodedata
from collections.abc import Iterable, Iterator

from fountaingen.model.problems import Note, Place, Problem
from fountaingen.stages.reread.printed import REMEDY

_LONGEST = 255
"""The bytes that a name can have on the file systems in use."""


def path_faults(paths: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with ``paths``, which are below the output folder and have forward slashes."""
    seen: dict[str, str] = {}
    for path in sorted(paths):
        message = _fault(path)
        if message:
            yield Problem("FG303", message, Place(path), REMEDY)
        alike = seen.setdefault(_folded(path), path)
        if alike != path:
            yield _clash(path, alike)
    for path in sorted(seen):
        parts = path.split("/")
        for number in range(1, len(parts)):
            if (above := seen.get("/".join(parts[:number]))) is not None:
                yield _clash(seen[path], above)


def _fault(path: str) -> str:
    if not path or path.startswith("/") or "\\" in path or ":" in path:
        return "this is no path below the output folder"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "this path leads out of its folder, or nowhere"
    if not path.isprintable():
        return "this path holds what cannot be seen"
    if any(len(part.encode()) > _LONGEST for part in path.split("/")):
        return f"a name in this path has more than {_LONGEST} bytes"
    return ""


def _clash(path: str, other: str) -> Problem:
    note = Note(Place(other), "this is the other one")
    message = "two files would have this place where capitals and forms of letters make no difference"
    return Problem("FG304", message, Place(path), "rename what one of them comes from", notes=(note,))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
