"""``fountaingen/support.json``: made of marks and of the catalogue, compared with what stands there, written."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

import fountaingen

from .marks import Mark

FILE = Path(fountaingen.__file__).parent / "support.json"
COMMAND = "pytest -m 'supports or refuses' --write-support"
_CATALOGUE = Path(__file__).with_name("catalogue.yaml")


def table(marks: Iterable[Mark]) -> dict[str, Any]:
    """Return every feature with its status and the tests that show it, sorted by id.

    The status is ``supported`` where a test shows that it is honoured (``limits`` are tests of what of it is refused),
    ``waived`` where it is refused unless an extension says to go on, ``refused``, and ``untested`` where no test shows
    it.
    """
    listed = tuple(marks)
    sections = catalogue()
    features: dict[str, Any] = {}
    for name in sorted({mark.feature for mark in listed} | {name for name in sections if not _shown(name, listed)}):
        shown = [mark for mark in listed if mark.feature == name]
        features[name] = _row(shown, _section(name, sections))
    return {"features": features}


def written(features: Mapping[str, Any]) -> str:
    """Return the table as the file holds it."""
    return json.dumps(features, indent=2, ensure_ascii=True) + "\n"


def catalogue() -> dict[str, str]:
    """Return the section of the standard by id, of everything that it lets a contract say."""
    areas = yaml.safe_load(_CATALOGUE.read_text(encoding="utf-8"))
    return {
        f"{area}/{part}": section
        for area, sections in areas.items()
        for section, parts in sections.items()
        for part in parts
    }


def _shown(name: str, marks: Iterable[Mark]) -> bool:
    return any(mark.feature == name or mark.feature.startswith(f"{name}/") for mark in marks)


def _section(name: str, sections: Mapping[str, str]) -> str:
    while name not in sections and "/" in name:
        name = name.rpartition("/")[0]
    return sections.get(name, "")


def _row(shown: Iterable[Mark], section: str) -> dict[str, Any]:
    supports = sorted(mark.test for mark in shown if mark.kind == "supports")
    refuses = sorted(mark.test for mark in shown if mark.kind == "refuses")
    waivers = sorted({mark.waiver for mark in shown if mark.waiver})
    status = "supported" if supports else "waived" if waivers else "refused" if refuses else "untested"
    row: dict[str, Any] = {"status": status}
    if section:
        row["section"] = section
    if waivers:
        row["waivers"] = waivers
    if tests := supports or refuses:
        row["tests"] = tests
    if supports and refuses:
        row["limits"] = refuses
    return row
