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


PythonType = Scalar | View | ListOf | AnyJson
