"""The documents of the exact suite built with handlers that say what they were given, and the suite run on them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fountaingen.model.service import Operation, Service
from fountaingen.pipeline import compile_project, understand
from fountaingen.project import discover, find_project
from fountaingen.stages.write import write

EXACT = Path(__file__).parents[2].parent / "shared" / "exact"
_ANSWERS = '''"""Handlers that answer what the suite tells them to."""

import exact_hook
'''
_ECHOES = '''"""Handlers that say in a header what they were given."""

import json
from urllib.parse import quote

from app.runtime.call import Reply
'''


@dataclass(frozen=True)
class Verdicts:
    """What the suite found: a row of figures a bucket, and the cases that failed."""

    rows: dict[str, dict[str, int]]
    fails: tuple[dict[str, Any], ...]

    def table(self) -> str:
        """Return the figures as the table of a note."""
        lines = ["| bucket | passed | of | schemas exact |", "|---|---:|---:|---:|"]
        for name, row in sorted(self.rows.items()):
            version, bucket, keyword = name.split("/", 2)
            if keyword == "ALL":
                lines.append(f"| {bucket} {version} | {row['ok']} | {row['n']} | {row['gok']}/{row['g']} |")
        return "\n".join(lines)


def documents() -> tuple[str, ...]:
    """Return the names of the suite's documents; none where there is no suite."""
    return tuple(sorted(path.stem for path in (EXACT / "docs").glob("*.json")))


def build(names: Iterable[str], folder: Path) -> Path:
    """Build the documents with their hooks; return the folder of the services."""
    (folder / "fountaingen.toml").touch()
    project = find_project(folder)
    project.specs.mkdir()
    project.hooks.mkdir()
    for name in names:
        (project.specs / f"{name}.json").write_bytes((EXACT / "docs" / f"{name}.json").read_bytes())
    sources = discover(project, ())
    hooked = [source for source in sources if "_responses" in source.name or "_param_" in source.name]
    for service in understand(project, hooked).services:
        (project.hooks / f"{service.name}.py").write_text(_hooks(service), encoding="utf-8")
    write(compile_project(project, sources).tree, project.out)
    return project.out


def run(names: Iterable[str], services: Path) -> Verdicts:
    """Run the suite on built services."""
    rows, fails = services.parent / "rows.json", services.parent / "fails.jsonl"
    command = [sys.executable, str(EXACT / "exact.py"), "run", "--brief", "--cases", str(EXACT)]
    command += ["--services", f"{services}/{{doc}}", "--docs", "|".join(map(re.escape, names))]
    command += ["--json", str(rows), "--fails", str(fails)]
    environment = {**os.environ, "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = tuple(json.loads(line) for line in fails.read_text(encoding="utf-8").splitlines())
    return Verdicts(json.loads(rows.read_bytes()), found)


def _hooks(service: Service) -> str:
    echoes = "_param_" in service.name
    write = _echo if echoes else _answer
    return (_ECHOES if echoes else _ANSWERS) + "".join(f"\n\n{write(each)}" for each in service.operations)


def _answer(operation: Operation) -> str:
    body = ", body" if operation.body else ""
    return f"async def {operation.name}(ctx{body}):\n    return exact_hook.value()\n"


def _echo(operation: Operation) -> str:
    names = [each.argument for each in operation.parameters]
    given = ", ".join(f"{each.name!r}: {each.argument}" for each in operation.parameters)
    reply = f'return Reply(headers={{"x-exact-parsed": quote(json.dumps({{{given}}}))}})'
    return f"async def {operation.name}({', '.join(['ctx', *names])}):\n    {reply}\n"
