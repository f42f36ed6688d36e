"""Load: the bytes of one file become data and the line and column of each member."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from fountaingen.model.document import Document
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages import files, whereabouts
from fountaingen.stages.load import json_reader, yaml_reader
from fountaingen.stages.load.limits import MAX_BYTES_OF_ALL, MAX_FILES

_BOM = b"\xef\xbb\xbf"


def load(path: Path, name: str, within: Path | None = None) -> Document:
    """Read the regular file at ``path``: JSON where it ends in ``.json``, else YAML (1.2 core schema).

    ``name`` is the path that people see. Keys are always strings, integers exact, numbers finite. Where ``within`` is
    given, the file lies below that folder, links followed.

    Raises:
        Rejected: FG001 cannot be read, FG002 not UTF-8, FG003 syntax, FG004 duplicate key, FG005 tag, FG006 alias,
            FG007 nested too deeply, FG008 key that is no scalar, FG009 value JSON has no words for, FG010 too large,
            FG011 too many values or too long keys, FG022 outside of ``within``.
    """
    try:
        source = read_source(path, name, None if within is None else (within,))
    except files.Outside as outside:
        raise _rejected("FG022", outside.why, name) from outside
    return parse(source, name, is_json=path.suffix.lower() == ".json")


def parse(source: bytes, name: str, *, is_json: bool) -> Document:
    """Read what a file holds; raises Rejected as ``load`` does."""
    whereabouts.at(f"{name!r}")
    whereabouts.has_read(len(source))
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
    ``folder`` and the folders ``also``, FG010 where it has read ``MAX_FILES`` or ``MAX_BYTES_OF_ALL`` in all, and
    whatever ``load`` raises.
    """
    roots = (folder, *also)
    sizes: list[int] = []

    def read(wanted: str) -> Document:
        if len(sizes) >= MAX_FILES:
            raise _rejected("FG010", f"a contract of more than {MAX_FILES:,} files", wanted)
        try:
            target = folder / os.path.relpath(wanted, name or ".")
            source = read_source(target, wanted, roots)
        except ValueError as error:
            raise _rejected("FG001", "cannot be read: not a path", wanted) from error
        except files.Outside as outside:
            home = repr(name) if name else "the folder of the contracts"
            remedy = f"move the file into {home}, or name its folder by the setting 'shared'"
            raise _rejected("FG022", "the file is outside the folder of the contracts", wanted, remedy) from outside
        sizes.append(len(source))
        if sum(sizes) > MAX_BYTES_OF_ALL:
            message = f"the files of the contract are larger than {MAX_BYTES_OF_ALL >> 20} MiB together"
            raise _rejected("FG010", message, wanted)
        return parse(source, wanted, is_json=target.suffix.lower() == ".json")

    return read


def read_source(path: Path, name: str, within: Iterable[Path] | None = None) -> bytes:
    """Return what the regular file at ``path`` holds; raises Rejected FG001 and FG010 as ``load`` does.

    Raises:
        Outside: it does not lie below any of ``within``.
    """
    try:
        return files.read(path, within=within)
    except files.Outside:
        raise
    except files.TooLarge as error:
        raise _rejected("FG010", error.why, name, "split it with $ref") from error
    except files.Unreadable as error:
        raise _rejected("FG001", error.why, name) from error


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
