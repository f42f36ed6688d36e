"""References: each leads somewhere, to the right kind of object, and not round in a circle (FG104, FG113)."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.grammar import SECTIONS, Kind
from fountaingen.model.problems import Problem
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean, nearest
from fountaingen.stages.resolve.bundle import Bundle
from fountaingen.stages.resolve.discover import Discovery, Site
from fountaingen.stages.resolve.refs import Elsewhere, Target


def check(bundle: Bundle) -> Iterator[Problem]:
    """Yield what is wrong with the references of a contract, in all its files."""
    discovery = bundle.discovery
    for site in discovery.sites:
        if _is_name(site):
            yield from _mapping(site)
        elif isinstance(site.destination, Elsewhere):
            remedy = "save the document beside the contract and refer to the file"
            yield _problem(site, "FG021", f"{site.reference.text!r} is a URL: nothing is fetched", remedy)
        elif isinstance(site.destination, Target):
            yield from _target(site, site.destination, discovery)
    yield from bundle.endless
    yield from _circles(discovery)


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
        wanted, found = site.reference.slot.kind, _component_kind(document.data, target.pointer)
        if found is not None and wanted in SECTIONS.values() and found is not wanted:
            yield _problem(site, "FG104", f"{text!r} is a {found.value}, where a {wanted.value} belongs")


def _component_kind(data: Any, pointer: str) -> Kind | None:
    """Return the kind of a component, None of anything else: files of fragments are free in how they are laid out."""
    tokens = pointers.split(pointer)
    in_contract = isinstance(data, dict) and "openapi" in data
    return grammar.kind_at(pointer) if in_contract and len(tokens) == 3 and tokens[0] == "components" else None


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


def _circles(discovery: Discovery) -> Iterator[Problem]:
    """Yield each reference that leads, by references alone, back to itself."""
    onward = {Target(site.document.path, site.reference.pointer): site for site in discovery.sites if not _mapped(site)}
    for start, site in onward.items():
        seen: list[Target] = [start]
        current = site
        while isinstance(current.destination, Target) and current.destination in onward:
            if current.destination in seen:
                if current.destination == start:
                    message = f"{site.reference.text!r} leads back to itself"
                    yield _problem(site, "FG113", message, "break the circle of references")
                break
            seen.append(current.destination)
            current = onward[current.destination]


def _mapped(site: Site) -> bool:
    return site.reference.pointer == site.reference.at
