"""Following every reference of a contract through all its files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.document import Document
from fountaingen.model.grammar import Reference, Slot
from fountaingen.model.version import Version, version_of
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.resolve import refs
from fountaingen.stages.resolve.identifiers import identify
from fountaingen.stages.resolve.refs import Destination, Target


@dataclass(frozen=True)
class Site:
    """One reference of one document and where it leads; None for a discriminator's value that is only a name."""

    document: Document
    reference: Reference
    destination: Destination | None


@dataclass(frozen=True)
class Discovery:
    """Every reference that can be reached from a contract, in the order of reading, and the documents it took."""

    entry: Document
    sites: tuple[Site, ...]
    documents: Mapping[str, Document]

    def value(self, target: Target) -> Any:
        """Return what stands at ``target``.

        Raises:
            LookupError: nothing does.
        """
        if target.pointer and not target.pointer.startswith("/"):
            raise LookupError(target.pointer)
        return pointers.follow(self.documents[target.document].data, pointers.split(target.pointer))

    def has(self, target: Target) -> bool:
        """Return whether anything stands at ``target``."""
        document = self.documents.get(target.document)
        return document is not None and refs.exists(document, target.pointer)


def discover(entry: Document, find: Callable[[Site, str], Document | None]) -> Discovery:
    """Follow every reference of ``entry``; ``find`` gives the document that a site names, or None."""
    documents = {entry.path: entry}
    siblings = version_of(entry.data) is not Version.V3_0
    sites: list[Site] = []
    seen: set[tuple[Target, Slot]] = set()
    queue = [(Target(entry.path, ""), grammar.ROOT)]
    while queue:
        target, slot = queue.pop(0)
        document = documents[target.document]
        value = pointers.follow(document.data, pointers.split(target.pointer))
        for site in _sites(document, grammar.references(value, slot, target.pointer, siblings=siblings)):
            sites.append(site)
            destination = site.destination
            if not isinstance(destination, Target):
                continue
            if destination.document not in documents:
                found = find(site, destination.document)
                if found is None:
                    continue
                documents[destination.document] = found
            key = (destination, site.reference.slot)
            walked = destination.document == entry.path and grammar.kind_at(destination.pointer) is not None
            if key not in seen and not walked and refs.exists(documents[destination.document], destination.pointer):
                seen.add(key)
                queue.append(key)
    return Discovery(entry, tuple(sites), documents)


def reader(document: Document) -> Callable[[Reference], Destination | None]:
    """Return a function that says where a reference of ``document`` leads."""
    identifiers = identify(document)

    def destination(reference: Reference) -> Destination | None:
        if reference.pointer == reference.at:
            return refs.read_mapping(document, reference.text, identifiers)
        return refs.read(document, reference.pointer, reference.text, identifiers)

    return destination


def _sites(document: Document, references: Iterator[Reference]) -> Iterator[Site]:
    destination = reader(document)
    for reference in references:
        yield Site(document, reference, destination(reference))
