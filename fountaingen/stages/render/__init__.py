"""render: every planned file becomes bytes. Templates print ``Code`` and nothing else, and all of it is read back."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fountaingen.model.plan import FromData, FromTemplate, FromViews, Plan, PlannedFile, Verbatim
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.dumping import as_json, as_yaml
from fountaingen.stages import reread, views
from fountaingen.stages.garbage import uncollected
from fountaingen.stages.render.formatting import laid_out
from fountaingen.stages.render.printing import Printer
from fountaingen.stages.reread.printed import REMEDY, Printed
from fountaingen.stages.reread.trees import Unparsable, parsed


def render(plan: Plan, folders: Iterable[Path]) -> Mapping[str, bytes]:
    """Return the bytes of every file of ``plan``; templates come from the first of ``folders`` that has them.

    Raises:
        Rejected: FG301 a template that cannot be printed, FG302 generated Python that does not parse, FG303 what is
            read back is not what was meant, FG304 two files at one place.
    """
    problems = list(reread.path_faults(file.path for file in plan.files))
    printer = _printer(tuple(folders))
    files: dict[str, bytes] = {}
    for file in plan.files:
        try:
            # What is made of one file is of use to its end: looking for garbage meanwhile takes a quarter of the time.
            with uncollected():
                files[file.path] = _bytes(file, printer)
        except Rejected as rejected:
            problems += rejected.problems
    if problems:
        raise Rejected(problems)
    return files


@lru_cache(maxsize=2)
def _printer(folders: tuple[Path, ...]) -> Printer:
    # Templates are compiled once in a process, and again when they change: half of what printing takes.
    return Printer(folders)


def _bytes(file: PlannedFile, printer: Printer) -> bytes:
    match file:
        case Verbatim(content=content):
            return content
        case FromData(path=path, data=data):
            return _dumped(path, data)
        case FromViews():
            return _views(file)
        case FromTemplate(path=path, template=template, view=view):
            printed = printer.printed(path, template, view)
            return _python(printed) if path.endswith(".py") else _text(printed)


def _views(file: FromViews) -> bytes:
    found = file.views
    try:
        return views.render(found.schemas, file.header, requests=found.requests, responses=found.responses).encode()
    except (views.Unfaithful, Unparsable) as error:
        message = f"generated text was read back: {error}"
        raise Rejected([Problem("FG303", message, Place(file.path), REMEDY)]) from error


def _dumped(path: str, data: Any) -> bytes:
    text = as_yaml(data) if path.endswith((".yaml", ".yml")) else as_json(data)
    _refuse(reread.dumped(path, text, data))
    return text.encode("ascii")


def _text(printed: Printed) -> bytes:
    _refuse(reread.printed_text(printed))
    return printed.text.encode()


def _python(printed: Printed) -> bytes:
    try:
        tree = parsed(printed.text)
        _refuse(reread.printed_python(printed, tree))
        return laid_out(printed.text, tree).encode()
    except (Unparsable, UnicodeEncodeError) as error:
        message = f"generated code is not valid: {str(error).splitlines()[0]}"
        raise Rejected([Problem("FG302", message, Place(printed.path), REMEDY)]) from error


def _refuse(problems: Iterator[Problem]) -> None:
    found = list(problems)
    if found:
        raise Rejected(found)
