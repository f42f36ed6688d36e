"""reread: what was rendered is read back before it is written, by other means than those that wrote it."""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fountaingen.model.problems import Place, Problem
from fountaingen.stages.reread import data as written
from fountaingen.stages.reread import python, texts
from fountaingen.stages.reread.paths import path_faults
from fountaingen.stages.reread.printed import REMEDY, Fault, Printed

__all__ = ["dumped", "is_read", "path_faults", "printed_python", "printed_text"]

_TEXTS: dict[str, Callable[[Printed], Iterator[Fault]]] = {
    ".dockerignore": texts.fixed_faults,
    ".env.example": texts.environment_faults,
    ".gitignore": texts.fixed_faults,
    ".ini": texts.fixed_faults,
    ".md": texts.markdown_faults,
    ".sh": texts.shell_faults,
    ".sql": texts.sql_faults,
    ".txt": texts.fixed_faults,
    "Dockerfile": texts.dockerfile_faults,
}
"""Readers by the end of a file's name."""

_DATA: dict[str, Callable[[str, Any], Iterator[Fault]]] = {
    ".json": written.json_faults,
    ".yaml": written.yaml_faults,
    ".yml": written.yaml_faults,
}


def is_read(path: str) -> bool:
    """Say whether files at such a path are read back, all others must not be planned."""
    return path.endswith((".py", *_TEXTS, *_DATA))


def printed_python(printed: Printed, tree: ast.Module) -> Iterator[Problem]:
    """Yield what is wrong with Python that a template printed and that parses to ``tree``."""
    return _problems(printed.path, printed.text, python.faults(printed, tree))


def printed_text(printed: Printed) -> Iterator[Problem]:
    """Yield what is wrong with any other file that a template printed."""
    reader = next((reader for end, reader in _TEXTS.items() if printed.path.endswith(end)), texts.fixed_faults)
    return _problems(printed.path, printed.text, reader(printed))


def dumped(path: str, text: str, data: Any) -> Iterator[Problem]:
    """Yield what is wrong with a file that ``data`` was dumped to."""
    reader = next(reader for end, reader in _DATA.items() if path.endswith(end))
    return _problems(path, text, reader(text, data))


def _problems(path: str, text: str, faults: Iterable[Fault]) -> Iterator[Problem]:
    for fault in faults:
        before = text[: fault.at]
        line, column = before.count("\n") + 1, fault.at - before.rfind("\n")
        place = Place(path, line, column)
        yield Problem("FG303", f"generated text was read back: {fault.message}", place, REMEDY)
