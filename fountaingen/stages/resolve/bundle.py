"""Bundling: a contract in several files becomes one, every part of another file a component under its own name.

prance's resolver and translator were tried first. They put parameters, responses and headers under ``schemas``, name a
part after its file (``common.yaml_components_schemas_Error``) so that two files of one name overwrite each other, take
every ``$ref`` for a reference wherever it stands, drop what stands beside it, and do not escape pointers again. What
they do well, dereferencing, is what the tests hold this module against.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fountaingen.model import grammar
from fountaingen.model.document import Document, Origin, trace
from fountaingen.model.grammar import Kind, Reference, Shape, Slot
from fountaingen.model.problems import Place, Problem
from fountaingen.model.version import Version, version_of
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.resolve import names
from fountaingen.stages.resolve.discover import Discovery, Site, discover, reader
from fountaingen.stages.resolve.refs import Target, by_own_name

_KEPT_LOCAL = frozenset({*grammar.SECTIONS.values()} - {Kind.MEDIA_TYPE})
"""The kinds whose local references stay references; anywhere else the standard has none, so they are put in place."""


@dataclass(frozen=True)
class Bundle:
    """A contract in one piece, in its own version.

    ``written`` keeps local references as they are, ``data`` only those that the standard has words for. ``origins``
    maps pointers into ``data`` to where they came from. ``endless`` are the places that would have to hold themselves.
    """

    discovery: Discovery
    written: Any = field(repr=False)
    data: Any = field(repr=False)
    origins: Mapping[str, Origin] = field(repr=False)
    endless: tuple[Problem, ...] = ()

    def origin(self, pointer: str) -> Origin:
        """Return where the part of ``data`` at ``pointer`` was written."""
        return trace(self.origins, pointer) or Origin(self.discovery.entry, pointer)

    def place(self, pointer: str) -> Place:
        """Return the position where the part of ``data`` at ``pointer`` was written."""
        origin = self.origin(pointer)
        return origin.document.place(origin.pointer)


@dataclass(frozen=True)
class _Keep:
    """Leave a reference, under this text."""

    text: str


@dataclass(frozen=True)
class _Inline:
    """Put what stands at the target in the place of the reference."""

    target: Target


_Decision = _Keep | _Inline
_Decide = Callable[[Document, Reference], _Decision]


def bundle(entry: Document, fragments: Mapping[str, Document]) -> Bundle:
    """Return ``entry`` with everything that it refers to in ``fragments``; what leads nowhere is left as it stands."""
    discovery = discover(entry, lambda _, name: fragments.get(name))
    origins = {"": Origin(entry, "")}
    endless: list[Problem] = []
    written = entry.data
    if len(discovery.documents) > 1 and isinstance(written, dict):
        homes = names.allocate(discovery)
        copier = _Copier(discovery.documents, _across_files(discovery, homes), _siblings(entry), origins, endless)
        written = _place_parts(copier, entry, homes)
    whole = Document(entry.path, written, entry.source, entry.positions)
    if written is entry.data and all(_is_plain(site) for site in discovery.sites):
        return Bundle(discovery, written, written, origins)
    data = _without_unknown_references(whole, origins, endless)
    return Bundle(discovery, written, data, origins, tuple(endless))


def _place_parts(copier: "_Copier", entry: Document, homes: Mapping[names.Part, str]) -> Any:
    written = copier.copy(entry, "", grammar.ROOT, "")
    components = written.setdefault("components", {})
    for section, name, (target, kind) in names.by_section(homes):
        pointer = pointers.join("/components", section, name)
        document = copier.documents[target.document]
        copier.origins[pointer] = Origin(document, target.pointer)
        if isinstance(components, dict) and isinstance(held := components.setdefault(section, {}), dict):
            held[name] = copier.copy(document, target.pointer, Slot(kind), pointer)
    return written


def _siblings(document: Document) -> bool:
    return version_of(document.data) is not Version.V3_0


def _across_files(discovery: Discovery, homes: Mapping[names.Part, str]) -> _Decide:
    readers = {name: reader(document) for name, document in discovery.documents.items()}

    def decide(document: Document, reference: Reference) -> _Decision:
        target = readers[document.path](reference)
        if document is discovery.entry and (not isinstance(target, Target) or target.document == document.path):
            return _Keep(reference.text)
        if not isinstance(target, Target) or not discovery.has(target):
            return _Keep(reference.text)
        if target.document == discovery.entry.path:
            return _Keep(f"#{quote(target.pointer, safe='/~')}")
        section = names.section_of(reference.slot)
        if section is None:
            return _Inline(target)
        return _Keep(names.component(section, homes[target, reference.slot.kind]))

    return decide


def _without_unknown_references(whole: Document, origins: dict[str, Origin], endless: list[Problem]) -> Any:
    siblings = _siblings(whole)
    read = reader(whole)
    here = Discovery(whole, (), {whole.path: whole})

    def decide(_: Document, reference: Reference) -> _Decision:
        target = read(reference)
        if isinstance(target, Target) and by_own_name(whole, reference.text, target):
            return _Keep(f"#{quote(target.pointer, safe='/~')}") if _is_standard(reference) else _Inline(target)
        if _is_standard(reference) or not isinstance(target, Target) or not here.has(target):
            return _Keep(reference.text)
        return _Inline(target)

    inlined: dict[str, Origin] = {}
    data = _Copier(here.documents, decide, siblings, inlined, endless).copy(whole, "", grammar.ROOT, "")
    before = dict(origins)
    for pointer, origin in inlined.items():
        origins[pointer] = trace(before, origin.pointer) or origin
    return data


def _is_plain(site: Site) -> bool:
    return _is_standard(site.reference) and not by_own_name(site.document, site.reference.text, site.destination)


def _is_standard(reference: Reference) -> bool:
    return reference.slot.kind in _KEPT_LOCAL and reference.slot.shape is Shape.ONE


@dataclass(frozen=True)
class _Copier:
    """Copies parts of documents, deciding about each reference; notes where what it puts in place came from."""

    documents: Mapping[str, Document]
    decide: _Decide
    siblings: bool
    origins: dict[str, Origin]
    endless: list[Problem]

    def copy(self, document: Document, pointer: str, slot: Slot, out: str) -> Any:
        """Return a copy of what stands at ``pointer``; it will stand at ``out``."""
        value = pointers.follow(document.data, pointers.split(pointer))
        return self._copy(document, value, slot, (pointer, out), ())

    def _copy(
        self, document: Document, value: Any, slot: Slot, ways: tuple[str, str], within: tuple[Target, ...]
    ) -> Any:
        pointer, out = ways
        if isinstance(value, dict) and isinstance(ref := value.get("$ref"), str):
            decision = self.decide(document, Reference(slot, pointer, f"{pointer}/$ref", ref))
            if isinstance(decision, _Inline):
                return self._inline(document, value, slot, ways, (*within, decision.target))
            value = value | {"$ref": decision.text}
            if slot.kind is Kind.SCHEMA and not self.siblings:
                return value
        found = [
            (
                token,
                self._copy(document, item, below, (pointers.join(pointer, token), pointers.join(out, token)), within),
            )
            for token, below, item in grammar.members(slot, value)
        ]
        if isinstance(value, list):
            return [item for _, item in found]
        if isinstance(value, dict):
            return value | dict(found) | self._discriminator(document, value, slot, pointer)
        return value

    def _inline(
        self, document: Document, value: dict[str, Any], slot: Slot, ways: tuple[str, str], within: tuple[Target, ...]
    ) -> Any:
        pointer, out = ways
        target = within[-1]
        if target in within[:-1]:
            message = f"{value['$ref']!r} leads back to itself"
            self.endless.append(Problem("FG113", message, document.place(f"{pointer}/$ref"), "break the circle"))
            return {}
        source = self.documents[target.document]
        self.origins[out] = Origin(source, target.pointer)
        held = pointers.follow(source.data, pointers.split(target.pointer))
        found = self._copy(source, held, slot, (target.pointer, out), within)
        if not isinstance(found, dict):
            return found
        beside = {token: item for token, item in value.items() if token != "$ref"}
        for token in beside:
            self.origins[pointers.join(out, token)] = Origin(document, pointers.join(pointer, token))
        if beside:
            return found | self._copy(document, beside, slot, ways, within[:-1])
        return found

    def _discriminator(self, document: Document, value: dict[str, Any], slot: Slot, pointer: str) -> dict[str, Any]:
        if slot != Slot(Kind.SCHEMA):
            return {}
        mapped: dict[str, str] = {}
        for reference in grammar.mappings(value, pointer):
            decision = self.decide(document, reference)
            if isinstance(decision, _Keep):
                mapped[pointers.split(reference.at)[-1]] = decision.text
        if not mapped:
            return {}
        discriminator = value["discriminator"]
        return {"discriminator": discriminator | {"mapping": discriminator["mapping"] | mapped}}
