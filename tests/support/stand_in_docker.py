"""A stand-in for ``docker``, for scripts that call it: what is run in a container is run here.

It is called as ``python stand_in_docker.py FOLDER ARGUMENTS…``. FOLDER holds ``state.json`` (``version`` of Compose,
``complaint`` of its ``config``, ``health`` of containers, ``running`` services, ``urls`` of their databases) and gets
``log``, a line a call that changes something.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_FLAGS = ("-T", "--rm", "--no-deps")


def main(folder: Path, arguments: Sequence[str]) -> int:
    """Answer as docker does; return its exit code."""
    state = json.loads((folder / "state.json").read_text("utf-8"))
    match list(arguments):
        case ["info"]:
            return 0
        case ["inspect", "--format", _, container]:
            print(f"{state['health'].get(container, 'running 0 healthy')} /{container}")
            return 0
        case ["compose", *rest]:
            return _compose(folder, state, rest)
    return 64


def _compose(folder: Path, state: Any, arguments: Sequence[str]) -> int:
    command = _without_profiles(arguments)
    match command:
        case ["version", *_]:
            print(state["version"])
        case [*_, "config", "--quiet"]:
            print(state["complaint"], file=sys.stderr, end="")
            return 1 if state["complaint"] else 0
        case ["ps", "--status", "running", *rest]:
            _print(each for each in state["running"] if each == rest[-1])
        case ["ps", "--all", "--quiet", *services]:
            _print(services or state["running"])
        case ["exec" | "run" as way, *rest]:
            service, *program = [each for each in rest if each not in _FLAGS]
            if way == "exec" and service not in state["running"]:
                return 1
            _note(folder, way, service, *program[4:] if program[0] == "python" else program)
            return _run(folder, state, service, program)
        case ["stop", service]:
            state["running"] = [each for each in state["running"] if each != service]
            _note(folder, *arguments)
        case ["up", *rest]:
            named = [each for each in rest if not each.startswith("-")]
            state["running"] = [*state["running"], *(each for each in named if each not in state["running"])]
            _note(folder, *arguments)
        case _:
            _note(folder, *arguments)
    (folder / "state.json").write_text(json.dumps(state), "utf-8")
    return 0


def _run(folder: Path, state: Any, service: str, program: list[str]) -> int:
    """Run a program as it would run in the container of ``service``: Python, or one that ``folder`` holds."""
    name, *rest = program
    command = [sys.executable, *rest] if name == "python" else [str(folder / name), *rest]
    environment = {**os.environ, "DATABASE_URL": state["urls"].get(service, "")}
    return subprocess.run(command, env=environment, check=False).returncode


def _without_profiles(arguments: Sequence[str]) -> list[str]:
    rest = list(arguments)
    while rest[:1] == ["--profile"]:
        rest = rest[2:]
    return rest


def _print(names: Any) -> None:
    for each in names:
        print(each)


def _note(folder: Path, *words: str) -> None:
    with (folder / "log").open("a", encoding="utf-8") as log:
        log.write(f"{' '.join(words)}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
