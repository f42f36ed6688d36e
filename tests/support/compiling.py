"""What a build of a project of this repository would write, compiled once for all processes of a test run."""

import fcntl
import hashlib
import os
import pickle
from functools import cache
from pathlib import Path

from fountaingen.model.settings import Settings
from fountaingen.model.tree import Tree
from fountaingen.pipeline import Compiled, compile_project
from fountaingen.project import Project, discover, find_project

SHARED = "FOUNTAINGEN_TESTS_COMPILED"
"""Names the folder in which the processes of a run keep what one of them has compiled; without it each compiles."""


@cache
def compiled(folder: Path) -> Compiled:
    """Return what a build of the project in ``folder``, which nobody changes meanwhile, would write."""
    if not (shared := os.environ.get(SHARED)):
        return _compiled(folder)
    kept = Path(shared, hashlib.sha256(os.fsencode(folder.resolve())).hexdigest())
    with kept.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if content := file.read():
            understood, files, inputs, problems = pickle.loads(content)
            return Compiled(understood, Tree(files, inputs), problems)
        made = _compiled(folder)
        # The mappings of a tree cannot be changed, nor pickled.
        parts = made.understood, dict(made.tree.files), dict(made.tree.inputs), made.problems
        file.write(pickle.dumps(parts, pickle.HIGHEST_PROTOCOL))
        return made


def _compiled(folder: Path) -> Compiled:
    own = any((folder / name).is_file() for name in ("fountaingen.toml", "pyproject.toml"))
    project = find_project(folder) if own else Project(folder, Settings())
    return compile_project(project, discover(project, ()))
