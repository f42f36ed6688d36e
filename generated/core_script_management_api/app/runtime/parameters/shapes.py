"""Shapes: what text may be read as, as ``operations.json`` says it of parameters and forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """How text becomes a JSON value: ``types`` in the order to try them."""

    types: tuple[str, ...] = ("string",)
    items: "Shape | None" = None
    properties: Mapping[str, "Shape"] = field(default_factory=dict)
    additional: "Shape | None" = None


def shape(data: Mapping[str, Any] | None) -> Shape:
    """Read a shape of ``operations.json``; None is plain text."""
    if data is None:
        return Shape()
    return Shape(
        types=tuple(data.get("types", ("string",))),
        items=shape(data["items"]) if "items" in data else None,
        properties={name: shape(value) for name, value in data.get("properties", {}).items()},
        additional=shape(data["additional"]) if isinstance(data.get("additional"), dict) else None,
    )
