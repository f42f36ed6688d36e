"""The real commands, run in a project whose contracts take no time to compile."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from fountaingen import inputs, pipeline
from fountaingen.commands import build, certs, check, init, new
from fountaingen.commands.app import app
from fountaingen.inputs import digests
from fountaingen.model.document import source_name
from fountaingen.model.tree import Tree
from fountaingen.pipeline import Compiled, Progress, Understood
from fountaingen.project import Project, SpecSource
from fountaingen.stages.write import lock, single

from .injector import Job

PREPARED = (build, certs, check, init, new)
"""Imported before the first fork, because commands import what they need as late as they can."""

HOSTS = ("api.shop.test", "*.shop.test")

TOOL = "0" * 64
"""The digest of the tool itself, which takes longer to compute than all the rest."""


def command(project: Path, *arguments: str, trees: dict[bytes, Tree] | None = None, within: str = "") -> Job:
    """Return the run of a command in ``project``; ``trees`` says what each contract, byte for byte, is compiled to.

    ``within`` is the folder that it is started from.
    """

    def run() -> int:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(project / within)
        with (
            patch.object(pipeline, "compile_project", _compiling(trees or {})),
            patch.object(inputs, "_folder_digest", lambda *_: TOOL),
            patch.object(certs, "_hosts", lambda *_: HOSTS),
            patch.object(lock, "WAIT_SECONDS", 0.2),
            patch.object(single, "WAIT_SECONDS", 0.2),
        ):
            try:
                app(list(arguments))
            except SystemExit as end:
                return end.code if isinstance(end.code, int) else 0
        return 0

    return run


def warm() -> None:
    """Let everything that a first run works out be worked out, before any process is forked."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nowhere:
        here, contract = os.getcwd(), b"openapi: 3.1.0\n"
        Path(folder, "specs").mkdir()
        Path(folder, "specs", "x.yaml").write_bytes(contract)
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            for arguments in (("build",), ("build", "--force"), ("check",), ("new", "orders"), ("init",), ("certs",)):
                command(Path(folder), *arguments, trees={contract: Tree({"a": b"a"}, {})})()
        os.chdir(here)


def _compiling(trees: dict[bytes, Tree]) -> Callable[..., Compiled]:
    def compile_project(
        project: Project, sources: Iterable[SpecSource], progress: Progress = lambda _: None
    ) -> Compiled:
        documents = {source_name(source.shown): source.path.read_bytes() for source in sources}
        files = {path: data for text in documents.values() for path, data in trees[text].files.items()}
        return Compiled(Understood((), {}, ()), Tree(files, digests(project, documents, {})), ())

    return compile_project
