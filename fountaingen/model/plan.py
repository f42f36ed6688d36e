"""The plan: every file that will be written, what makes it, and from what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.model.service import Views


@dataclass(frozen=True)
class FromTemplate:
    """A file printed by a template from a view, whose texts are all ``Code``."""

    path: str
    template: str
    view: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class FromViews:
    """``app/schemas.py``: printed by datamodel-code-generator from schemas by class name."""

    path: str
    views: Views
    header: str


@dataclass(frozen=True)
class FromData:
    """A JSON or YAML file, dumped from a value; the ending of ``path`` says which."""

    path: str
    data: Any = field(repr=False)


@dataclass(frozen=True)
class Verbatim:
    """A file that is copied byte for byte."""

    path: str
    content: bytes = field(repr=False)


PlannedFile = FromTemplate | FromViews | FromData | Verbatim


@dataclass(frozen=True)
class Plan:
    """All files of one service, or of the system; paths are below the output folder."""

    files: tuple[PlannedFile, ...]
