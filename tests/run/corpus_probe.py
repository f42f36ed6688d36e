"""Probes a generated service in a process of its own, and prints what was found of every document of the corpus.

``python tests/run/corpus_probe.py`` builds and probes all but the largest and prints a table, a row a document; with
``--all`` the largest too. Other arguments are parts of the names of documents. Lines below the table are faults, and
notes on what answers otherwise than its contract lets hope (``--quiet`` leaves the notes out). With ``--service FOLDER
SCRIPT REPORT`` it probes one that is built, with ``--digest DOCUMENT`` it prints what the bytes of one build come to.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 1800
API_KEY = "key-of-the-tests"


def probe(folder: Path, script: Path) -> dict[str, Any]:
    """Probe the service in ``folder`` in a fresh process; returns its report, ``faults`` being what must not be."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{scratch}/data/service.db",
            "API_KEYS": API_KEY,
            "PYTHONPATH": str(folder),
        }
        command = [sys.executable, __file__, "--service", str(folder), str(script), str(report)]
        done = subprocess.run(
            command, env=environment, cwd=scratch, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if done.returncode or not report.is_file():
            return {"faults": [f"the service does not start: {done.stderr[-2000:]}"], "statuses": {}}
        found: dict[str, Any] = json.loads(report.read_bytes())
        return found


@dataclass(frozen=True)
class Row:
    """What became of one document: the cells of its row, and the lines below the table."""

    cells: tuple[str, ...]
    lines: tuple[str, ...] = ()

    @property
    def has_faults(self) -> bool:
        return any(not line.startswith("note:") for line in self.lines)


_COLUMNS = ("document", "operations", "defaults", "501", "build s", "start s", "MB", "requests", "statuses", "faults")


def _row(document: str) -> Row:
    from corpus_documents import SCRIPT, Refused, build

    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        outcome = build(document, Path(scratch))
        took = f"{time.monotonic() - started:.1f}"
        if isinstance(outcome, Refused):
            first = outcome.problems[0]
            where = f"{first.place.line}:{first.place.column}: {first.code}: {first.message}"
            told = f"refused: {len(outcome.problems)} problems, the first at {where}"
            return Row((document, told, *[""] * (len(_COLUMNS) - 2)))
        found = probe(outcome.folder, Path(scratch) / SCRIPT)
        kinds = Counter(outcome.kinds)
        missing = kinds.pop("501", 0)
        statuses = Counter({int(status): count for status, count in found["statuses"].items()})
        cells = (
            document,
            str(missing + kinds.total()),
            " ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "-",
            str(missing),
            took,
            f"{found.get('start', 0):.1f}",
            str(found.get("megabytes", 0)),
            str(statuses.total()),
            " ".join(f"{status}:{count}" for status, count in sorted(statuses.items())),
            str(len(found["faults"])),
        )
        return Row(cells, (*found["faults"], *(f"note: {note}" for note in found.get("notes", ()))))


def _digest(document: str) -> str:
    from corpus_documents import build

    with tempfile.TemporaryDirectory() as scratch:
        build(document, Path(scratch))
        files = sorted(path for path in Path(scratch).rglob("*") if path.is_file() and path.name != "manifest.json")
        whole = hashlib.sha256()
        for path in files:
            whole.update(f"{path.relative_to(scratch)}\n".encode() + path.read_bytes())
        return whole.hexdigest()


def main(arguments: list[str]) -> int:
    """Print the table and what was found; returns 1 where a fault was."""
    from corpus_documents import all_documents, documents

    wanted = [each for each in arguments if not each.startswith("--")]
    listed = all_documents() if "--all" in arguments else documents()
    chosen = [each for each in listed if not wanted or any(part in each for part in wanted)]
    print(_markdown(_COLUMNS), _markdown(["---"] * len(_COLUMNS)), sep="\n", flush=True)
    found: dict[str, Row] = {}
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for document, row in zip(chosen, pool.map(_row, chosen), strict=True):
            found[document] = row
            print(_markdown(row.cells), flush=True)
    for document, row in found.items():
        for line in row.lines:
            if "--quiet" not in arguments or not line.startswith("note:"):
                print(f"{document}: {line}")
    return int(any(row.has_faults for row in found.values()))


def _markdown(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--service"]:
        from corpus_player import play

        folder, script, report = map(Path, sys.argv[2:5])
        report.write_text(json.dumps(play(folder, json.loads(script.read_bytes()))), encoding="utf-8")
    elif sys.argv[1:2] == ["--digest"]:
        print(_digest(sys.argv[2]))
    else:
        sys.exit(main(sys.argv[1:]))
