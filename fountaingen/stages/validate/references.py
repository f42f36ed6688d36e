"""References: each leads somewhere, and to the right kind of object (FG021, FG104)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.grammar import SECTIONS, Kind, Shape
from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean, nearest
from fountaingen.stages.resolve.bundle import Bundle
from fountaingen.stages.resolve.discover import Discovery, Site
from fountaingen.stages.resolve.external import external
from fountaingen.stages.resolve.refs import Absent, Target

_REFERRED = frozenset(SECTIONS.values())


def check(bundle: Bundle) -> Iterator[Problem]:
    """Yield what is wrong with the references of a contract, in all its files."""
    discovery = bundle.discovery
    for site in discovery.sites:
        if _is_name(site):
            yield from _mapping(site)
        elif (fetched := external(site, discovery.documents)) is not None:
            yield fetched
        elif isinstance(site.destination, Absent):
            message = f"no schema of the contract has the $id {site.reference.text!r}: no value will be valid here"
            remedy = "add the schema under components/schemas with this $id"
            yield replace(_problem(site, "FG021", message, remedy), severity=Severity.WARNING)
        elif isinstance(site.destination, Target):
            yield from _target(site, site.destination, discovery)
    yield from bundle.endless


def _problem(site: Site, code: str, message: str, remedy: str = "") -> Problem:
    return Problem(code, message, site.document.place(site.reference.at), remedy)


def _is_name(site: Site) -> bool:
    return site.destination is None


def _mapping(site: Site) -> Iterator[Problem]:
    schemas = _names(site.document.data, "/components/schemas")
    text = site.reference.text
    message = f"the discriminator maps to {text!r}, which is no schema{did_you_mean(text, schemas)}"
    yield _problem(site, "FG104", message)


def _target(site: Site, target: Target, discovery: Discovery) -> Iterator[Problem]:
    text = site.reference.text
    document = discovery.documents.get(target.document)
    if document is None:
        yield _problem(site, "FG104", f"{text!r} does not exist: there is no file {target.document!r}")
    elif not discovery.has(target):
        yield _problem(site, "FG104", f"{text!r} does not exist{_meant(document.data, target.pointer)}")
    else:
        wanted, found = site.reference.slot, _kind(document.data, target.pointer)
        if found is not None and wanted.kind in _REFERRED and wanted.shape is Shape.ONE and found is not wanted.kind:
            yield _problem(site, "FG104", f"{text!r} is {found.phrase}, where {wanted.kind.phrase} belongs")


def _kind(data: Any, pointer: str) -> Kind | None:
    """Return what stands at a pointer of a contract; files of fragments are free in how they are laid out."""
    return grammar.kind_at(pointer) if isinstance(data, dict) and "openapi" in data else None


def _meant(data: Any, pointer: str) -> str:
    """Return a did-you-mean for the last token of a pointer, else for the same name in another section."""
    if not pointer.startswith("/"):
        return ""
    name = pointers.split(pointer)[-1]
    found = nearest(name, _names(data, pointers.parent(pointer)))
    if found:
        return f"; did you mean {found!r}?"
    for section in SECTIONS:
        if name in _names(data, f"/components/{section}"):
            return f"; did you mean '#/components/{section}/{name}'?"
    return ""


def _names(data: Any, pointer: str) -> list[str]:
    try:
        held = pointers.follow(data, pointers.split(pointer))
    except LookupError:
        return []
    return list(held) if isinstance(held, dict) else []
