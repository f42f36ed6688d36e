"""What changed: in the folders people write in, and in what was generated from them."""

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

from fountaingen.model.manifest import ignored
from fountaingen.stages import files

_LOOK_ANYWAY = 1000
"""Milliseconds after which folders are looked at without being told: news can be lost while a folder is new."""


@dataclass(frozen=True)
class Snapshot:
    """Every file of some folders at one moment: its path, and its time, size and inode."""

    files: frozenset[tuple[Path, int, int, int]]

    @classmethod
    def of(cls, folders: Sequence[Path]) -> "Snapshot":
        """Look at ``folders``, which need not be there, but not at hidden files and what editors and tools leave."""
        return cls(frozenset(entry for folder in folders for path in _files(folder) for entry in _stamp(path)))

    def changed_since(self, earlier: "Snapshot") -> tuple[Path, ...]:
        """Return the files that came, went or were written, sorted."""
        return tuple(sorted({path for path, *_ in self.files ^ earlier.files}))


async def changes(folders: Sequence[Path], known: Snapshot, stop: asyncio.Event) -> AsyncIterator[tuple[Path, ...]]:
    """Yield the files of ``folders`` that changed, each time some have, beginning with what changed since ``known``.

    A change made while the caller is busy with the one before is yielded next. Ends when ``stop`` is set.
    """
    while not stop.is_set():
        present = [folder for folder in folders if folder.is_dir()]
        async with aclosing(_looks(folders, present, stop)) as looks:
            async for found in looks:
                if changed := found.changed_since(known):
                    known = found
                    yield changed
                if present != [folder for folder in folders if folder.is_dir()]:
                    break


async def _looks(
    folders: Sequence[Path], present: Sequence[Path], stop: asyncio.Event
) -> AsyncGenerator[Snapshot, None]:
    """Yield a snapshot at once, then whenever the operating system has news of a folder, or after a while."""
    yield Snapshot.of(folders)
    if not present:
        try:
            await asyncio.wait_for(stop.wait(), _LOOK_ANYWAY / 1000)
        except TimeoutError:
            yield Snapshot.of(folders)
        return
    news = awatch(
        *present, watch_filter=None, stop_event=stop, rust_timeout=_LOOK_ANYWAY, yield_on_timeout=True, debounce=400
    )
    async with aclosing(news):
        async for _ in news:
            yield Snapshot.of(folders)


def fingerprint(folder: Path) -> str:
    """Return a digest of the names and contents of the files below ``folder``."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        try:
            data = files.read(path)
        except files.Unreadable:
            continue
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _passed_over(name)]
        yield from (Path(parent, name) for name in names if not _passed_over(name))


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or ignored(name)


def _stamp(path: Path) -> Iterator[tuple[Path, int, int, int]]:
    try:
        found = path.stat()
    except OSError:
        return
    yield path, found.st_mtime_ns, found.st_size, found.st_ino
