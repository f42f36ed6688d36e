"""Documents as they were read and the Spec that the later stages work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from fountaingen.model.problems import Place
from fountaingen.primitives import pointer as pointers


def source_name(path: str) -> str:
    """Return the name of a contract in generated files: the file's own where it lies outside the project."""
    outside = path.startswith(("/", "..")) or ":" in path
    return PurePosixPath(path).name if outside else path


@dataclass(frozen=True)
class Document:
    """One file: its data as plain JSON values, and where each member stands.

    ``path`` is the name that people see: relative to the project, with forward slashes, or the URL of what was fetched.
    ``positions`` maps a JSON Pointer to the (line, column) of that member, counted from 1: of its key where it has one,
    else of its value. ``base`` is what relative references start from where that is not ``path`` (RFC 3986 section
    5.1.3: the last URL of a redirected request).
    """

    path: str
    data: Any
    source: bytes = field(repr=False)
    positions: Mapping[str, tuple[int, int]] = field(repr=False)
    base: str = ""

    def place(self, pointer: str = "") -> Place:
        """Return where ``pointer`` stands, or its nearest ancestor that has a position."""
        while pointer and pointer not in self.positions:
            pointer = pointers.parent(pointer)
        line, column = self.positions.get(pointer, (1, 1))
        return Place(self.path, line, column)


@dataclass(frozen=True)
class Origin:
    """Where a part of a Spec was written: a document and the pointer in it."""

    document: Document
    pointer: str


@dataclass(frozen=True)
class Spec:
    """One service's contract: OpenAPI 3.1 in one piece, every ``$ref`` local (``#/…``) and resolvable.

    ``name`` is the service name. ``written`` is the contract as people wrote it, in its own OpenAPI version, bundled
    where it stood in several files: what ``/openapi.json`` serves. ``data`` is the same contract normalized to 3.1, and
    ``origins`` maps pointers into ``data`` to where they came from; the longest prefix counts, the rest of the pointer
    carries over.
    """

    name: str
    document: Document
    written: Any = field(repr=False)
    data: Any = field(repr=False)
    origins: Mapping[str, Origin] = field(repr=False)
    fragments: tuple[Document, ...] = ()

    def place(self, pointer: str = "") -> Place:
        """Return where the part of the contract at ``pointer`` (into ``data``) was written."""
        found = trace(self.origins, pointer)
        return self.document.place(pointer) if found is None else found.document.place(found.pointer)


def trace(origins: Mapping[str, Origin], pointer: str) -> Origin | None:
    """Return where ``pointer`` came from: the origin of its longest known prefix, the rest of it carried over."""
    prefix = pointer
    while prefix not in origins and prefix:
        prefix = pointers.parent(prefix)
    origin = origins.get(prefix)
    return None if origin is None else Origin(origin.document, origin.pointer + pointer[len(prefix) :])
