"""Where the parts of other files go when a contract is bundled: one component each, named as it was there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from fountaingen.model.grammar import SECTIONS, Kind, Shape, Slot
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.resolve.alike import alike
from fountaingen.stages.resolve.discover import Discovery
from fountaingen.stages.resolve.refs import Target

Part = tuple[Target, Kind]
"""A part of another file, and as what it is used."""

_SECTION_OF = {kind: section for section, kind in SECTIONS.items()}
_INLINED = frozenset({Kind.PATH_ITEM, Kind.MEDIA_TYPE})
"""Components too, though not in every version of OpenAPI."""
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def section_of(slot: Slot) -> str | None:
    """Return the section of the components that what ``slot`` holds can go to, None where it is put in place."""
    return None if slot.kind in _INLINED or slot.shape is not Shape.ONE else _SECTION_OF.get(slot.kind)


def allocate(discovery: Discovery) -> dict[Part, str]:
    """Return the component name of each part of another file that the contract uses.

    A component of the contract that only points to a part is where it goes. Else it keeps its own name; of several
    parts of one name those alike share one component and the others get ``_2``, ``_3``, … in the order of their files.
    """
    own = _own_components(discovery)
    homes: dict[Part, str] = {}
    for section, name, part in _stand_ins(discovery, own):
        homes.setdefault(part, name)
        own[section].pop(name)
    taken: dict[str, dict[str, Target]] = {
        section: {name: Target(discovery.entry.path, f"/components/{section}/{name}") for name in members}
        for section, members in own.items()
    }
    for part, name in homes.items():
        taken[_SECTION_OF[part[1]]][name] = part[0]
    for part in sorted(_parts(discovery), key=lambda part: (part[0], part[1].value)):
        if part not in homes:
            homes[part] = _claim(part, taken[_SECTION_OF[part[1]]], discovery)
    return homes


def _own_components(discovery: Discovery) -> dict[str, dict[str, Any]]:
    data = discovery.entry.data
    components = data.get("components") if isinstance(data, dict) else None
    sections = components if isinstance(components, dict) else {}
    return {name: dict(held) if isinstance(held := sections.get(name), dict) else {} for name in SECTIONS}


def _parts(discovery: Discovery) -> Iterator[Part]:
    for site in discovery.sites:
        target = site.destination
        if section_of(site.reference.slot) is None or not isinstance(target, Target):
            continue
        if target.document != discovery.entry.path and discovery.has(target):
            yield target, site.reference.slot.kind


def _stand_ins(discovery: Discovery, own: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Part]]:
    """Yield each component of the contract that is nothing but a reference to a part, the one named alike first."""
    found: list[tuple[bool, str, str, Part]] = []
    for site in discovery.sites:
        tokens = pointers.split(site.reference.pointer)
        target = site.destination
        if site.document is not discovery.entry or len(tokens) != 3 or tokens[0] != "components":
            continue
        if not isinstance(target, Target) or target.document == discovery.entry.path or not discovery.has(target):
            continue
        section, name = tokens[1], tokens[2]
        value = own.get(section, {}).get(name)
        if section_of(site.reference.slot) and isinstance(value, dict) and len(value) == 1:
            found.append((_base(target) != name, section, name, (target, site.reference.slot.kind)))
    seen: set[Part] = set()
    for _, section, name, part in sorted(found, key=lambda item: (item[0], item[1], item[2])):
        if part not in seen:
            seen.add(part)
            yield section, name, part


def _claim(part: Part, taken: dict[str, Target], discovery: Discovery) -> str:
    base = _base(part[0])
    for name in _candidates(base):
        if name not in taken:
            taken[name] = part[0]
            return name
        if alike(part[0], taken[name], discovery):
            return name
    raise AssertionError("the candidates never end")


def _candidates(base: str) -> Iterator[str]:
    yield base
    for number in count(2):
        yield f"{base}_{number}"


def _base(target: Target) -> str:
    last = (
        pointers.split(target.pointer)[-1] if target.pointer else target.document.rpartition("/")[2].partition(".")[0]
    )
    return _NOT_OF_A_NAME.sub("_", last).strip("_") or "Part"


def component(section: str, name: str) -> str:
    """Return the local reference to a component."""
    return f"#/components/{section}/{pointers.escape(name)}"


def by_section(homes: Mapping[Part, str]) -> Iterable[tuple[str, str, Part]]:
    """Yield (section, name, part) in order, one part a name."""
    chosen: dict[tuple[str, str], Part] = {}
    for part, name in sorted(homes.items(), key=lambda item: (item[0][0], item[0][1].value)):
        chosen.setdefault((_SECTION_OF[part[1]], name), part)
    for (section, name), part in sorted(chosen.items()):
        yield section, name, part
