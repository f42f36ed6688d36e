"""``PYTHONPATH=tests python -m faults [WORD]... [--every N] [--at N] [--kind KIND]``: sweep, and print a table.

A scene is tried if its name begins with a WORD, or if there is none. Exit codes: 0 nothing was wrong, 1 something was.
"""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

from .building import BUILDING, Recovering
from .commands import warm
from .meddling import ACTS, SCENES, met
from .pinning import PINNING
from .ptrace import why_not
from .scenes import Failure, Scene
from .sweep import KINDS, changes_of, points, tried
from .writing import WRITING

Row = tuple[str, str]


def main() -> int:
    """Sweep what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("scenes", nargs="*", metavar="WORD")
    parser.add_argument("--every", type=int, default=1, help="try each Nth point only")
    parser.add_argument("--at", type=int, help="try the faults at this change only")
    parser.add_argument("--kind", choices=[*KINDS, *ACTS], help="try this kind only")
    asked = parser.parse_args()
    if reason := why_not():
        print(reason, file=sys.stderr)
        return 1
    warm()
    memory = Path("/dev/shm")
    wrong = 0
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        total = 0
        for scene, results in groupby(_results(asked, Path(folder)), key=lambda result: result[0][0]):
            counted: Counter[str] = Counter()
            for (_, kind), failures in results:
                counted[kind] += 1
                wrong += bool(failures)
                for failure in failures:
                    print(failure, flush=True)
            total += counted.total()
            print(f"{scene}: {counted.total()}")
            print("   " + "; ".join(f"{kind} {number}" for kind, number in counted.items()), flush=True)
    print(f"{total} points, {wrong} of them wrong")
    return 1 if wrong else 0


def _results(asked: argparse.Namespace, base: Path) -> Iterator[tuple[Row, list[Failure]]]:
    words = tuple(asked.scenes)
    for scene in _scenes(base):
        if not words or scene.name.startswith(words):
            kinds = [kind for kind in KINDS if asked.kind in (None, kind)]
            found = (point for point in points(scene, kinds, base) if asked.at in (None, point.at))
            for point in islice(found, 0, None, asked.every):
                yield (scene.name, point.kind), tried(point, base)
    yield from islice(_meddled(asked, words, base), 0, None, asked.every)


def _scenes(base: Path) -> Iterator[Scene]:
    yield from (*BUILDING, *WRITING, *PINNING)
    for scene in BUILDING:
        if scene.strays or scene.name == "build, exchange":
            many = len(changes_of(scene, base))
            for killed in range(many // 8, many, many // 4):
                name = f"build again, {scene.name.removeprefix('build, ')}, after a kill at {killed}"
                yield Recovering(name, strays=scene.strays, edits=scene.edits, lacks=scene.lacks, killed=killed)


def _meddled(asked: argparse.Namespace, words: tuple[str, ...], base: Path) -> Iterator[tuple[Row, list[Failure]]]:
    for scene in SCENES:
        if words and not f"meddled, {scene.name}".startswith(words):
            continue
        many = len(changes_of(scene, base))
        for act in (act for act in ACTS if asked.kind in (None, act)):
            for at in range(1, many + 1) if asked.at is None else (asked.at,):
                for killed in (False, True):
                    row = f"meddled, {scene.name}", f"{act}, and killed" if killed else act
                    folder = base / "met"
                    try:
                        yield row, met(scene, act, at, killed, folder)
                    finally:
                        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
