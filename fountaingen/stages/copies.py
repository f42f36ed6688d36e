"""Remote documents: read from the copies that were kept when they were fetched, never from the network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fountaingen.model.document import Document
from fountaingen.model.manifest import DIGEST, digest
from fountaingen.model.pins import MOST, Pin, Pins
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.urls import parse_address
from fountaingen.stages import files

MAX_BYTES_OF_ALL = 256 << 20
"""What all remote documents of a project may hold together."""

_LARGEST_LOCK = 4 << 20
"""More than so many documents, each with its URL twice, can take."""

_REMEDY = "restore it from version control, or fetch anew with 'fountaingen build --allow-remote --refresh'"


@dataclass(frozen=True)
class Copies:
    """The remote documents that are pinned, and the folders that their copies are sought in, in this order.

    ``shown`` is what people call the first of the folders.
    """

    folders: tuple[Path, ...] = ()
    shown: str = ""
    pins: Pins = field(default_factory=dict)

    def __contains__(self, url: object) -> bool:
        return url in self.pins

    def path(self, url: str) -> Path | None:
        """Return the file that is to hold what ``url`` held, None where there is none or it is not pinned."""
        if (pin := self.pins.get(url)) is None:
            return None
        places = (folder / pin.copy_of(url) for folder in self.folders)
        # A link's target is somebody else's; what is no file is told by whoever reads it.
        return next((path for path in places if path.exists() and not path.is_symlink()), None)

    def read(self, url: str) -> Document:
        """Return the document that ``url`` held.

        Raises:
            Rejected: FG032 there is no copy, or it is not what was pinned; and what ``load`` raises.
        """
        pin = self.pins[url]
        return replace(_parsed(self.source(url), url, is_json=pin.copy_of(url).endswith(".json")), base=pin.base)

    def source(self, url: str) -> bytes:
        """Return the bytes that ``url`` held; raises Rejected FG032 as ``read`` does."""
        pin, path = self.pins[url], self.path(url)
        name = f"{self.shown}/{pin.copy_of(url)}"
        if path is None:
            raise _rejected(f"the copy of {url!r} is not there", name)
        try:
            source = files.read(path)
        except files.Unreadable as unreadable:
            raise _rejected(f"the copy of {url!r}: {unreadable.why}", name) from unreadable
        if (digest(source), len(source)) != (pin.sha256, pin.size):
            raise _rejected(f"the copy of {url!r} is not what was pinned", name)
        return source


def _parsed(source: bytes, name: str, *, is_json: bool) -> Document:
    # Imported where there is a remote document: a build of nothing new, of a project without any, is a blink.
    from fountaingen.stages.load import parse

    return parse(source, name, is_json=is_json)


def read_pins(path: Path, shown: str) -> Pins:
    """Read a lock nobody vouches for; without the file nothing is pinned.

    Raises:
        Rejected: FG031 it cannot be read, or with everything in it that no lock would hold; what ``load`` raises.
    """
    try:
        source = files.read(path, most=_LARGEST_LOCK)
    except files.Missing:
        return {}
    except files.Unreadable as unreadable:
        raise Rejected([_refusal(shown, unreadable.why, Place(shown))]) from unreadable
    document = _parsed(source, shown, is_json=True)
    match document.data:
        case {"documents": dict() as documents, **rest} if not rest:
            problems = list(_faults(document, documents))
        case _:
            problems = [_fault(document, "", "it must hold 'documents' and nothing else")]
    if problems:
        raise Rejected(problems)
    return {url: Pin(pin["sha256"], pin["size"], pin.get("base", url)) for url, pin in documents.items()}


def _faults(document: Document, documents: Mapping[str, Any]) -> Iterator[Problem]:
    if len(documents) > MOST:
        yield _fault(document, "/documents", f"it pins more than {MOST} documents")
    sizes = [pin.get("size") for pin in documents.values() if isinstance(pin, dict)]
    if sum(size for size in sizes if isinstance(size, int)) > MAX_BYTES_OF_ALL:
        yield _fault(document, "/documents", f"it pins more than {MAX_BYTES_OF_ALL >> 20} MiB")
    for url, pin in documents.items():
        pointer = pointers.join("/documents", url)
        if fault := _url_fault(url) or _pin_fault(pin):
            yield _fault(document, pointer, fault)


def _url_fault(url: str) -> str:
    try:
        known = parse_address(url).url
    except ValueError as error:
        return f"a URL {error}"
    return "" if known == url else f"a URL is not written as {known!r}"


def _pin_fault(pin: object) -> str:
    match pin:
        case {"sha256": str() as sha256, "size": int() as size, **rest} if set(rest) <= {"base"}:
            base = rest.get("base")
        case _:
            return "a URL needs 'sha256' and 'size', and may have 'base'"
    if not DIGEST.fullmatch(sha256):
        return "'sha256' is not 64 digits in hex"
    if isinstance(size, bool) or not 0 <= size <= files.MAX_BYTES:
        return "'size' is no number of bytes that a document may have"
    if "base" in rest:
        return _url_fault(base) if isinstance(base, str) else "'base' is no URL"
    return ""


def _fault(document: Document, pointer: str, why: str) -> Problem:
    return _refusal(document.path, why, document.place(pointer))


def _refusal(shown: str, why: str, place: Place) -> Problem:
    remedy = "restore it from version control, or remove it and run 'fountaingen build --allow-remote'"
    return Problem("FG031", f"'{shown}' cannot be used: {why}", place, remedy)


def _rejected(message: str, name: str) -> Rejected:
    return Rejected([Problem("FG032", message, Place(name), _REMEDY)])
