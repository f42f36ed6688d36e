"""Python types that a hook sees, as values; how they are written is the renderer's business."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Scalar:
    """A JSON scalar with one Python type."""

    name: Literal["str", "int", "float", "bool"]


@dataclass(frozen=True)
class View:
    """A class of ``app/schemas.py``."""

    class_name: str


@dataclass(frozen=True)
class ListOf:
    """A list of one type."""

    item: "PythonType"


@dataclass(frozen=True)
class AnyJson:
    """Whatever JSON can hold: the schema says nothing that one Python type could."""


@dataclass(frozen=True)
class Binary:
    """Binary content, read in pieces."""


@dataclass(frozen=True)
class OneOf:
    """One of several types that tell themselves apart: at most one of them is a view, a list or any JSON."""

    members: tuple["PythonType", ...]


PythonType = Scalar | View | ListOf | AnyJson | Binary | OneOf

UPLOAD = "x-fountaingen-upload"
"""The keyword that stands in a schema made for a view where a member is binary content; no contract can use it."""


@dataclass(frozen=True)
class Pieces:
    """A stream of bytes."""


@dataclass(frozen=True)
class Events:
    """A stream of server-sent events, whose data are of one type."""

    item: PythonType


@dataclass(frozen=True)
class Values:
    """A stream of JSON values of one type."""

    item: PythonType


Stream = Pieces | Events | Values
"""What a hook may answer while it makes it."""
