"""Settings: the few choices about a whole project, from ``fountaingen.toml`` or ``[tool.fountaingen]``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from fountaingen.model.deployment import Deployment, Dns, Gateway, Image, Kubernetes, Tls
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.model.remote import Remote
from fountaingen.model.settings_tables import read_table
from fountaingen.primitives.suggest import did_you_mean


@dataclass(frozen=True)
class Settings:
    """The project's four folders, relative to its root, with forward slashes, and what it decides about
    deployment and about documents that are fetched.

    ``shared`` is one more, beside or outside of the project, whose files contracts may refer to; empty: none.
    """

    specs: str = "specs"
    out: str = "generated"
    hooks: str = "hooks"
    templates: str = "templates"
    shared: str = ""
    deployment: Deployment = field(default_factory=Deployment)
    remote: Remote = field(default_factory=Remote)


_OUTSIDE = "shared"
_FOLDERS = ("specs", "out", "hooks", "templates")
_PATHS = (*_FOLDERS, _OUTSIDE)
TABLES: Mapping[str, type[Any]] = {
    "image": Image,
    "gateway": Gateway,
    "tls": Tls,
    "dns": Dns,
    "kubernetes": Kubernetes,
    "remote": Remote,
}
NAMES = (*_PATHS, *TABLES)


@dataclass(frozen=True)
class SettingsFile:
    """The TOML file settings stand in: its name as people see it, its text, and the header of their table there."""

    shown: str
    text: str
    table: str = ""

    def place(self, key: str) -> Place:
        """Return where ``key`` (dotted for one of a table) is set, or its table's header where it cannot be told.

        A key that is a table of its own is set at that one's header.
        """
        outer, _, inner = key.partition(".")
        if inner:
            nested = f"{self.table}.{outer}" if self.table else outer
            found = SettingsFile(self.shown, self.text, nested).place(inner)
            return found if found.line else self.place(outer)
        inside = not self.table
        own = f"{self.table}.{key}" if self.table else key
        line_of_table = 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := re.match(r"\s*\[+\s*([^\]]*?)\s*\]", line):
                if _plain(header[1]) == own:
                    return Place(self.shown, number, 1)
                inside = _plain(header[1]) == self.table
                line_of_table = number if inside else line_of_table
            elif inside and (assigned := re.match(r"(\s*)([^=#]+?)\s*=", line)) and _is_key(assigned[2], key):
                return Place(self.shown, number, len(assigned[1]) + 1)
        return Place(self.shown, line_of_table, 1) if line_of_table else Place(self.shown)


def parse_settings(table: Mapping[str, object], file: SettingsFile) -> Settings:
    """Read settings from a TOML table; raises Rejected with every unknown key and unusable folder."""
    unknown = [_unknown(key, file) for key in table if key not in NAMES]
    faults = [(key, fault) for key in _PATHS if key in table and (fault := _fault(key, table[key]))]
    wrong = [Problem("FG602", f"'{key}' {fault}", file.place(key), _REMEDY) for key, fault in faults]
    tables: dict[str, Any] = {}
    for name, kind in TABLES.items():
        if name in table:
            tables[name], problems = read_table(kind, name, table[name], file.place)
            wrong += problems
    if unknown or wrong:
        raise Rejected([*unknown, *wrong])
    folders = {key: str(PurePosixPath(value)) for key, value in table.items() if isinstance(value, str)}
    remote = tables.pop("remote", Remote())
    settings = Settings(**folders, deployment=replace(Deployment(), **tables), remote=remote)
    if overlaps := _overlaps(settings, file):
        raise Rejected(overlaps)
    return settings


_REMEDY = 'give a folder below the project\'s root, such as "generated"'


def _unknown(key: str, file: SettingsFile) -> Problem:
    message = f"unknown setting '{key}'{did_you_mean(key, NAMES)}"
    return Problem("FG601", message, file.place(key), f"the settings are {', '.join(NAMES)}")


def _fault(key: str, value: object) -> str:
    if not isinstance(value, str):
        return "must be a text"
    path = PurePosixPath(value)
    rules = (
        ("is empty", not value.strip()),
        ("holds a control character or a backslash", not value.isprintable() or "\\" in value),
        ("is not relative to the project's root", path.is_absolute()),
        ("leaves the project", ".." in path.parts and key != _OUTSIDE),
        ("is the project's root itself", not path.parts),
    )
    return next((fault for fault, broken in rules if broken), "")


def _overlaps(settings: Settings, file: SettingsFile) -> list[Problem]:
    """A folder inside another would be read as its input or be overwritten as its output."""
    folders = {name: PurePosixPath(getattr(settings, name)) for name in _FOLDERS}
    return [
        Problem(
            "FG603", f"'{inner}' lies in the folder of '{outer}'", file.place(inner), "give each a folder of its own"
        )
        for inner, path in folders.items()
        for outer, other in folders.items()
        if inner != outer and path.is_relative_to(other) and (path != other or inner > outer)
    ]


def _plain(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))


def _is_key(written: str, key: str) -> bool:
    return written.strip("\"'") == key or _plain(written).split(".")[0] == key
