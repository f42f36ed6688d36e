"""What lies in the output folder, read once into a value."""

import errno
import hashlib
import os
import stat
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from fountaingen.model.manifest import MANIFEST, MAX_BYTES, Manifest, digest, ignored, unreadable
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages.drift.site import Site, site_of

SHOWN_BYTES = 4 * 1024 * 1024
"""A larger file is judged by its digest and its content is not kept."""


@dataclass(frozen=True)
class File:
    """A regular file; ``data`` is its content unless that is large."""

    digest: str
    data: bytes | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Unread:
    """A regular file whose content nobody asked for."""


@dataclass(frozen=True)
class Link:
    """A symbolic link, which is never followed."""


@dataclass(frozen=True)
class Special:
    """A pipe, socket or device."""


Entry = File | Unread | Link | Special


@dataclass(frozen=True)
class Disk:
    """The output folder as it was: what is no folder by path, the folders, and the rubbish that tools left."""

    entries: Mapping[str, Entry]
    folders: frozenset[str] = frozenset()
    rubbish: frozenset[str] = frozenset()
    exists: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", MappingProxyType(dict(sorted(self.entries.items()))))


class Everything:
    """The set that holds every path."""

    def __contains__(self, path: object) -> bool:
        return True


def read(out: Path, wanted: Container[str] | None = None) -> Disk:
    """Read what lies in ``out``, the content only of ``wanted`` paths (every path by default); raises Rejected."""
    return read_site(site_of(out), Everything() if wanted is None else wanted)


def read_site(site: Site, wanted: Container[str]) -> Disk:
    """Read what lies in the output folder of ``site``; an absent folder holds nothing."""
    if not site.out.is_dir():
        return Disk({}, exists=False)
    entries: dict[str, Entry] = {}
    folders: set[str] = set()
    rubbish: set[str] = set()
    for path, item in _walk(site):
        if ignored(item.name):
            rubbish.add(path)
        elif item.is_dir(follow_symlinks=False):
            folders.add(path)
        elif (entry := _entry(site, path, item, wanted)) is not None:
            entries[path] = entry
    return Disk(entries, frozenset(folders), frozenset(rubbish))


def read_manifest(out: Path) -> Manifest | None:
    """Return the manifest that lies in ``out``, None where no regular file is there; raises Rejected if it is bad."""
    return read_manifest_of(site_of(out))


def read_manifest_of(site: Site) -> Manifest | None:
    """Return the manifest in the output folder of ``site``, as ``read_manifest`` does."""
    try:
        entry = read_file(str(site.out / MANIFEST), keep=MAX_BYTES)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise _refused(site, MANIFEST, error) from error
    match entry:
        case File(data=bytes() as data):
            return Manifest.parse(data, site.show(MANIFEST))
        case File():
            raise unreadable(site.show(MANIFEST), f"it is larger than {MAX_BYTES} bytes")
        case _:
            return None


def _walk(site: Site) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield everything below the output folder without entering links or rubbish."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(site.out / folder) as items:
                found = list(items)
        except OSError as error:
            raise _refused(site, folder, error) from error
        for item in found:
            path = f"{folder}/{item.name}" if folder else item.name
            yield path, item
            if item.is_dir(follow_symlinks=False) and not ignored(item.name):
                waiting.append(path)


def _entry(site: Site, path: str, item: "os.DirEntry[str]", wanted: Container[str]) -> Entry | None:
    if item.is_symlink():
        return Link()
    if not item.is_file(follow_symlinks=False):
        return Special()
    if path not in wanted:
        return Unread()
    try:
        return read_file(item.path, keep=MAX_BYTES if path == MANIFEST else SHOWN_BYTES)
    except FileNotFoundError:  # removed between the listing and the reading
        return None
    except OSError as error:
        raise _refused(site, path, error) from error


def read_file(path: str, folder: int | None = None, keep: int = SHOWN_BYTES) -> Entry:
    """Read one file, relative to the open ``folder`` where one is given, without following a link; raises OSError.

    Content of more than ``keep`` bytes goes into the digest only.
    """
    # O_NONBLOCK: a pipe put there since the listing must not hang the build.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return Special()
        with open(handle, "rb", buffering=0, closefd=False) as file:
            if state.st_size > keep:
                return File(hashlib.file_digest(file, "sha256").hexdigest(), None)
            data = file.readall()
    finally:
        os.close(handle)
    return File(digest(data), data)


def _refused(site: Site, path: str, error: OSError) -> Rejected:
    shown = site.show(path) if path else site.shown
    remedy = "make it readable for the user who builds"
    return Rejected([Problem("FG507", f"cannot read '{shown}': {error.strerror}", Place(shown), remedy)])
