"""Scenes of ``build --allow-remote``, where it keeps the documents that it fetched and pins them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.manifest import digest
from fountaingen.model.pins import COPIES, LOCK, Pin, to_bytes
from fountaingen.model.problems import Rejected
from fountaingen.project import find_project
from fountaingen.remote.keeping import keep

from .disk import Thing, put, things, touched
from .injector import Job, Outcome, plain
from .kinds import Lack
from .scenes import ended_badly

OURS = {"specs/x.yaml": b"openapi: 3.1.0\n", "notes.txt": b"notes\n", "fountaingen.toml": b""}
BEFORE, AFTER = (
    {"https://a.test/kept.yaml": b"kept\n", "https://a.test/gone.yaml": b"gone\n"},
    {"https://a.test/kept.yaml": b"kept\n", "https://a.test/new.json": b'"new"\n'},
)
Documents = Mapping[str, bytes]


def _pins(documents: Documents) -> dict[str, Pin]:
    return {url: Pin(digest(data), len(data), url) for url, data in documents.items()}


def _files(documents: Documents) -> dict[str, bytes]:
    """Return the copies of documents by their path in the project."""
    return {f"specs/{COPIES}/{_pins(documents)[url].copy_of(url)}": data for url, data in documents.items()}


def _keeping(project: Path, documents: Documents) -> Job:
    """Return the last step of the command, which is all of it that changes the project."""

    def run() -> int:
        copies = {Path(path).name: data for path, data in _files(documents).items()}
        try:
            keep(find_project(project), _pins(documents), copies, whole=True)
        except Rejected as rejected:
            print("\n".join(f"error[{problem.code}]: {problem.message}" for problem in rejected.problems))
            return 1
        return 0

    return run


@dataclass(frozen=True)
class Pinning:
    """Documents that are pinned for the first time, or anew."""

    name: str
    first: bool = False
    lacks: tuple[Lack, ...] = ()

    def prepare(self, project: Path) -> None:
        put(project, OURS)
        if not self.first:
            assert plain(_keeping(project, BEFORE)).status == 0

    def job(self, project: Path) -> Job:
        return _keeping(project, AFTER)

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        yield from ended_badly(outcome)
        after = things(project)
        mine = {path: before[path] for path in OURS}
        if wrong := touched(mine, after):
            yield f"{wrong} were touched"
        lock = after.get(LOCK)
        pinned = [documents for documents in (BEFORE, AFTER) if lock and lock.content == to_bytes(_pins(documents))]
        if lock is not None and not pinned:
            yield "the lock is neither old nor new"
        for path, data in (_files(pinned[0]) if pinned else {}).items():
            if path not in after or after[path].content != data:
                yield f"'{path}' is pinned, and is not what it was"
        if outcome.status == 0 and pinned != [AFTER]:
            yield "it says that it is done, and it is not"

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        again = plain(self.job(project))
        if again.status != 0:
            yield f"the next run ends with {again.status}:\n{again.said}"
        wanted = {**OURS, **_files(AFTER), LOCK: to_bytes(_pins(AFTER))}
        after = things(project)
        if found := after.keys() ^ (wanted.keys() | {"specs", f"specs/{COPIES}"}):
            yield f"the next run leaves too much or too little: {sorted(found)}"
        if wrong := [path for path, data in wanted.items() if path in after and after[path].content != data]:
            yield f"the next run leaves {wrong} wrong"


PINNING = (Pinning("build --allow-remote, first", first=True), Pinning("build --allow-remote, again"))
