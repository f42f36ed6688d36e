"""Path templates as segments, and the collections that they imply."""

import re
from dataclasses import dataclass

_NO_RESOURCE = re.compile(r"v[0-9]+([._][0-9]+)*|api|rest", re.IGNORECASE)


@dataclass(frozen=True)
class Segment:
    """One segment of a path: a literal, a parameter that fills it, or a mixture of both (``plain`` is False)."""

    text: str
    plain: bool = True

    @property
    def is_parameter(self) -> bool:
        return self.plain and self.text.startswith("{")

    @property
    def parameter(self) -> str:
        return self.text[1:-1]


Shape = tuple[str, ...]


def segments(path: str) -> tuple[Segment, ...]:
    """Split ``/scripts/{scriptId}/sections`` into its segments; an empty one stands for a doubled or last slash.

    An extension that only names the format is no part of the resource's name: ``/scripts/{scriptId}.json``.
    """
    return tuple(_segment(text) for text in path.removeprefix("/").removesuffix(".json").split("/"))


def _segment(text: str) -> Segment:
    if "{" not in text:
        return Segment(text)
    return Segment(text, plain=text[0] == "{" and text[-1] == "}" and text.count("{") == 1)


def shape_of(path: str) -> Shape:
    """Return the path with its parameters' names erased: what tells two routes apart."""
    return tuple("{}" if segment.is_parameter else segment.text for segment in segments(path))


def names_resource(literal: str) -> bool:
    """Tell a segment that can name a resource from a version, as in ``/v3/{name}``, and from such as ``api``."""
    return _NO_RESOURCE.fullmatch(literal) is None
