"""Pinning: every document that contracts reach by a URL is fetched once; what it held then is what builds read."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fountaingen.model.manifest import digest
from fountaingen.model.pins import MOST, Pin, Pins
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.project import Project, SpecSource
from fountaingen.reading import remote_urls
from fountaingen.remote.fetch import fetch
from fountaingen.remote.keeping import keep
from fountaingen.remote.network import Deadline, Network, Unfetched
from fountaingen.stages.copies import MAX_BYTES_OF_ALL, Copies

SECONDS = 300.0
"""How long all documents together may take."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What is asked for: ``whole`` where the contracts are all of the project's, so that pins of no use are dropped;
    ``refresh`` to fetch what is pinned anew."""

    whole: bool = True
    refresh: bool = False


@dataclass(frozen=True)
class Outcome:
    """The contracts with what they reach, how many documents that is, and whether the lock was written anew."""

    sources: tuple[SpecSource, ...]
    documents: int
    changed: bool


def pinned(
    project: Project,
    sources: tuple[SpecSource, ...],
    wish: Wish,
    network: Network,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Fetch and pin what ``sources`` reach and what is not pinned yet.

    All or nothing: where one document is refused, the lock and the copies stay as they are.

    Raises:
        Rejected: FG032 a copy was lost and its URL holds something else now; FG033 a document is not fetched; FG034
            the lock cannot be written; and what is wrong with documents that refer to others.
    """
    before = project.copies()
    with tempfile.TemporaryDirectory(prefix="fountaingen-") as folder:
        staged = Path(folder)
        kept = {} if wish.refresh else {url: pin for url, pin in before.pins.items() if before.path(url) is not None}
        copies = Copies((staged, *before.folders), before.shown, kept)
        run = _Run(project, network, before.pins if not wish.refresh else {}, Deadline.after(SECONDS), staged)
        while True:
            reached = remote_urls(replace(source, copies=copies) for source in sources)
            wanted = {url: place for url, place in reached.items() if url not in copies}
            if not wanted:
                break
            progress(f"fetching {len(wanted)} documents")
            copies = replace(copies, pins={**copies.pins, **run.fetched(wanted, copies.pins)})
        pins = {url: pin for url, pin in copies.pins.items() if url in reached}
        contents = {path.name: path.read_bytes() for path in sorted(staged.iterdir())}
        changed = keep(project, pins, contents, whole=wish.whole)
    found = project.copies()
    return Outcome(tuple(replace(source, copies=found) for source in sources), len(pins), changed)


@dataclass(frozen=True)
class _Run:
    """One run: what was pinned before, until when it may take, and the folder that it keeps what it fetched in."""

    project: Project
    network: Network
    before: Pins
    deadline: Deadline
    staged: Path

    def fetched(self, wanted: Mapping[str, Place], pins: Pins) -> Pins:
        """Fetch each of the ``wanted`` URLs beside those that are pinned; raises Rejected with every problem."""
        found: dict[str, Pin] = {}
        problems: list[Problem] = []
        for url, place in wanted.items():
            try:
                self._check_bounds({**pins, **found})
                found[url] = self._fetched(url)
            except Unfetched as refused:
                problems.append(Problem("FG033", f"{url!r} is not fetched: {refused}", place))
        problems += [_changed(url, wanted[url]) for url, pin in found.items() if self.before.get(url, pin) != pin]
        if problems:
            raise Rejected(problems)
        return found

    def _fetched(self, url: str) -> Pin:
        answer = fetch(url, self.project.settings.remote.origins, self.network, self.deadline)
        pin = Pin(digest(answer.content), len(answer.content), answer.base)
        (self.staged / pin.copy_of(url)).write_bytes(answer.content)
        return pin

    def _check_bounds(self, pins: Pins) -> None:
        if len(pins) >= MOST:
            raise Unfetched(f"the contracts need more than {MOST} documents")
        if sum(pin.size for pin in pins.values()) > MAX_BYTES_OF_ALL:
            raise Unfetched(f"the documents are larger than {MAX_BYTES_OF_ALL >> 20} MiB together")


def _changed(url: str, place: Place) -> Problem:
    message = f"{url!r} no longer holds what was pinned, and the copy is lost"
    return Problem("FG032", message, place, "restore the copy from version control, or add --refresh")
