"""Where an output folder lies, and where a build works while it changes that folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.problems import Place, Problem, Rejected


@dataclass(frozen=True)
class Site:
    """An output folder: ``out`` without links, ``work`` beside it on its file system, ``shown`` as people wrote it.

    The output folder may itself be reached through a link, which is followed once, here, and kept; no link below it
    is ever followed. ``work`` exists only while a build runs, or after one was killed.
    """

    out: Path
    work: Path
    shown: str

    @property
    def parent(self) -> Path:
        return self.out.parent

    @property
    def lock(self) -> Path:
        return self.work / "lock"

    @property
    def stage(self) -> Path:
        return self.work / "stage"

    @property
    def journal(self) -> Path:
        return self.work / "journal.json"

    @property
    def gone(self) -> Path:
        """Where files lie that a build removed one by one, until it is done."""
        return self.work / "gone"

    @property
    def swap(self) -> Path:
        """Where a folder lies that is to be exchanged with the output folder, or was and is not looked at yet."""
        return self.work / "swap"

    @property
    def old(self) -> Path:
        """Where a folder lies that was exchanged and holds nothing anybody needs."""
        return self.work / "old"

    @property
    def record(self) -> Path:
        """Where it is kept, while ``swap`` is there, what lay in the output folder before."""
        return self.work / "swap.json"

    def show(self, path: str) -> str:
        """Return a path below the output folder as people would write it."""
        return f"{self.shown}/{path}"


def site_of(out: Path) -> Site:
    """Return where ``out`` lies; raises Rejected for the root of the file system and for what is not a folder."""
    real = Path(os.path.realpath(out))
    if not real.name:
        raise unusable(out, "is the root of the file system")
    if os.path.lexists(real) and not real.is_dir():
        raise unusable(out, "is not a folder")
    return Site(real, real.parent / f".{real.name}.fountaingen", _shown(out))


def _shown(out: Path) -> str:
    """Return ``out`` as people see it from where they are."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        # The folder that the process stands in has been removed.
        return str(out)
    return str(out.relative_to(here)) if out.is_absolute() and out.is_relative_to(here) else str(out)


def unusable(out: Path, why: str) -> Rejected:
    """Return the refusal of an output folder that cannot be one."""
    return Rejected([Problem("FG509", f"the output '{out}' {why}", Place(str(out)), "name another output folder")])
