"""Probes a generated service in a process of its own, and prints what was found of every document of the corpus.

``python tests/run/corpus_probe.py`` builds and probes all of them and prints a table, a row a document;
arguments are parts of the names of documents. Lines below a row are faults, and notes on what answers otherwise than
its contract lets hope. With ``--service FOLDER SCRIPT REPORT`` it probes one that is built, with ``--digest DOCUMENT``
it prints what the bytes of one build come to.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

PATIENCE = 180
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


def _row(document: str) -> tuple[str, list[str], list[str]]:
    from corpus_documents import SCRIPT, Refused, build

    with tempfile.TemporaryDirectory() as scratch:
        outcome = build(document, Path(scratch))
        if isinstance(outcome, Refused):
            first = outcome.problems[0]
            where = f"{first.place.line}:{first.place.column}: {first.code}: {first.message}"
            return document, [f"refused: {len(outcome.problems)} problems, the first at {where}"], []
        found = probe(outcome.folder, Path(scratch) / SCRIPT)
        kinds = Counter(outcome.kinds)
        missing = kinds.pop("501", 0)
        statuses = Counter({int(status): count for status, count in found["statuses"].items()})
        shown = [
            str(missing + kinds.total()),
            " ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "-",
            str(missing),
            str(statuses.total()),
            " ".join(f"{status}:{count}" for status, count in sorted(statuses.items())),
            f"{found.get('chains', 0)}",
        ]
        return document, shown, [*found["faults"], *(f"note: {note}" for note in found.get("notes", ()))]


def _digest(document: str) -> str:
    from corpus_documents import build

    with tempfile.TemporaryDirectory() as scratch:
        build(document, Path(scratch))
        files = sorted(path for path in Path(scratch).rglob("*") if path.is_file() and path.name != "manifest.json")
        whole = hashlib.sha256()
        for path in files:
            whole.update(f"{path.relative_to(scratch)}\n".encode() + path.read_bytes())
        return whole.hexdigest()


def main(wanted: list[str]) -> int:
    """Print the table; returns 1 where a fault was found."""
    from corpus_documents import documents

    chosen = [each for each in documents() if not wanted or any(part in each for part in wanted)]
    print("document | operations | default behaviours | 501 | requests | statuses | chained steps")
    faults = 0
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for document, shown, found in pool.map(_row, chosen):
            print(" | ".join((document, *shown)))
            for line in found:
                print(f"    {line}")
                faults += not line.startswith("note:")
    return int(faults > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--service"]:
        from corpus_player import play

        folder, script, report = map(Path, sys.argv[2:5])
        report.write_text(json.dumps(play(folder, json.loads(script.read_bytes()))), encoding="utf-8")
    elif sys.argv[1:2] == ["--digest"]:
        print(_digest(sys.argv[2]))
    else:
        sys.exit(main(sys.argv[1:]))
