"""Load: the bytes of one file become data and the line and column of each member."""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from fountaingen.model.document import Document
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages.load import json_reader, yaml_reader
from fountaingen.stages.load.limits import MAX_BYTES

_BOM = b"\xef\xbb\xbf"


def load(path: Path, name: str) -> Document:
    """Read the regular file at ``path``: JSON where it ends in ``.json``, else YAML (1.2 core schema).

    ``name`` is the path that people see. Keys are always strings, integers exact, numbers finite.

    Raises:
        Rejected: FG001 cannot be read, FG002 not UTF-8, FG003 syntax, FG004 duplicate key, FG005 tag, FG006 alias,
            FG007 nested too deeply, FG008 key that is no scalar, FG009 value JSON has no words for, FG010 too large.
    """
    return parse(read_source(path, name), name, is_json=path.suffix.lower() == ".json")


def parse(source: bytes, name: str, *, is_json: bool) -> Document:
    """Read what a file holds; raises Rejected as ``load`` does."""
    text = _decode(source, name)
    reader = json_reader if is_json else yaml_reader
    data, positions = reader.read(text, name)
    return Document(path=name, data=data, source=source, positions=positions)


def is_openapi(document: Document) -> bool:
    """Return whether the document is a contract: it has an ``openapi`` key at the top. Others are fragments.

    One that only means to be a contract counts too (Swagger 2.0, or the key forgotten): it is refused, not skipped.
    """
    data = document.data
    return isinstance(data, dict) and ("openapi" in data or "swagger" in data or {"info", "paths"} <= data.keys())


def reader(folder: Path, name: str, also: Iterable[Path] = ()) -> Callable[[str], Document]:
    """Return a function that loads a document by its name, which ``name`` (what people call ``folder``) is a prefix of.

    The function raises Rejected FG022 where the name, or the file it leads to through symbolic links, is outside
    ``folder`` and the folders ``also``, and whatever ``load`` raises.
    """
    roots = [os.path.realpath(root) for root in (folder, *also)]

    def read(wanted: str) -> Document:
        if "\0" in wanted:
            raise _rejected("FG001", "cannot be read: not a path", wanted)
        target = folder / os.path.relpath(wanted, name or ".")
        real = os.path.realpath(target)
        if not any(os.path.commonpath([root, real]) == root for root in roots):
            home = repr(name) if name else "the folder of the contracts"
            remedy = f"move the file into {home}, or name its folder by the setting 'shared'"
            raise _rejected("FG022", "the file is outside the folder of the contracts", wanted, remedy)
        return load(target, wanted)

    return read


def read_source(path: Path, name: str) -> bytes:
    """Return what the regular file at ``path`` holds; raises Rejected FG001 and FG010 as ``load`` does."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _rejected("FG001", "not a regular file", name)
            # One byte more than allowed: a file may grow between the question for its size and the reading.
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _rejected("FG001", f"cannot be read: {(error.strerror or 'unknown error').lower()}", name) from error
    except ValueError as error:
        raise _rejected("FG001", "cannot be read: not a path", name) from error
    if len(source) > MAX_BYTES:
        raise _rejected("FG010", f"larger than {MAX_BYTES >> 20} MiB", name, "split it with $ref")
    return source


def _open_without_waiting(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to would wait for ever.
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _decode(source: bytes, name: str) -> str:
    try:
        return source.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        problem = Problem("FG002", "not UTF-8", Place(name, line, column), "save the file as UTF-8")
        raise Rejected([problem]) from error


def _rejected(code: str, message: str, name: str, remedy: str = "") -> Rejected:
    return Rejected([Problem(code, message, Place(name), remedy)])
