"""Reading a reference: which document it leads to, and to which place in it."""

import posixpath
import re
from typing import NamedTuple
from urllib.parse import unquote

from fountaingen.model.document import Document
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives import urls
from fountaingen.stages.resolve.identifiers import Identifiers

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_FILE_ENDINGS = (".yaml", ".yml", ".json")


class Target(NamedTuple):
    """A place in a document, by the document's name: a path, or a URL in the one spelling that it is known by."""

    document: str
    pointer: str


class Elsewhere(NamedTuple):
    """A reference to what is never read or fetched, and why: it goes on after the reference."""

    url: str
    fault: str


class Known(NamedTuple):
    """A reference to a schema that every judge carries with it, such as JSON Schema's own meta-schema."""

    url: str


class Absent(NamedTuple):
    """The identifier of a schema that the contract does not hold, in a schema that has an identifier itself.

    There a reference is the name of a resource, which need not be anywhere on the network (JSON Schema 2020-12, section
    8.2.3.1). Elsewhere in a contract it is the address of a file.
    """

    url: str


Destination = Target | Elsewhere | Known | Absent


def read(document: Document, at: str, text: str, identifiers: Identifiers) -> Destination:
    """Return where the reference ``text``, standing at the pointer ``at`` of ``document``, leads to.

    A relative file is sought beside the document. From one that was fetched nothing leads to a file: all is a URL
    beside its own. In OpenAPI 3.1 an ``$id`` above the place, or the ``$id`` or ``$anchor`` that the text names,
    decides first (JSON Schema 2020-12, section 8.2).
    """
    inside = identifiers.find(at, text)
    if inside is not None:
        return Target(document.path, inside)
    if identifiers.is_known(at, text):
        return Known(text)
    if (own := own_address(document)) is not None and text.partition("#")[0] == own:
        return Target(document.path, unquote(text.partition("#")[2]))
    if _URL.match(text) and identifiers.is_inside(at):
        return Absent(text)
    if _URL.match(text) or urls.is_remote(document.path):
        return _remote(document, text)
    # Not urlsplit: it drops line breaks and tabs, which names of components may hold.
    file, _, fragment = text.partition("#")
    name = document.path
    if file:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(file.partition("?")[0])))
    return Target(name, unquote(fragment))


def _remote(document: Document, text: str) -> Destination:
    written, _, fragment = text.partition("#")
    if not written:
        return Target(document.path, unquote(fragment))
    has_scheme = _URL.match(text) and not text.startswith("//")
    base = document.base or document.path
    try:
        url = written if has_scheme or not urls.is_remote(base) else urls.join(base, written)
        return Target(urls.parse_address(url).url, unquote(fragment))
    except ValueError as error:
        return Elsewhere(text, str(error))


def own_address(document: Document) -> str | None:
    """Return the address that a contract says it has (OAS 3.2 section 4.1.1, ``$self``)."""
    own = document.data.get("$self") if isinstance(document.data, dict) else None
    return own.partition("#")[0] if isinstance(own, str) else None


def by_own_name(document: Document, text: str, target: Destination | None) -> bool:
    """Return whether the reference ``text`` leads to its own ``document`` by the address or the file name of that."""
    if not isinstance(target, Target) or target.document != document.path or text.startswith("#"):
        return False
    name = text.partition("#")[0]
    if name == own_address(document):
        return True
    beside = posixpath.join(posixpath.dirname(document.path), unquote(name.partition("?")[0]))
    return bool(name) and posixpath.normpath(beside) == document.path


def read_mapping(document: Document, text: str, identifiers: Identifiers) -> Destination | None:
    """Return where a discriminator's mapping leads: the component it names, else the reference it is, else None."""
    named = pointers.join("/components/schemas", text)
    if exists(document, named):
        return Target(document.path, named)
    if "#" in text or "/" in text or text.endswith(_FILE_ENDINGS):
        return read(document, "", text, identifiers)
    return None


def exists(document: Document, pointer: str) -> bool:
    """Return whether ``document`` has a member at ``pointer``; a fragment that is no pointer has none."""
    if pointer and not pointer.startswith("/"):
        return False
    try:
        pointers.follow(document.data, pointers.split(pointer))
    except LookupError:
        return False
    return True
