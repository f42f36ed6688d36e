"""What a caller accepts: the ranges of an Accept header, and how well a media type meets them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..media_types import MediaType, parsed

# An element of a list: commas inside a quoted parameter do not end it.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_MOST = 100
_UTF_8 = ("charset", "utf-8")


@dataclass(frozen=True, slots=True)
class Accept:
    """The media ranges of an Accept header, each with its weight; none at all accept everything."""

    ranges: tuple[tuple[MediaType, float], ...] = ()

    @staticmethod
    def parse(header: str) -> "Accept":
        """Read an Accept header (RFC 9110 section 12.5.1); an element that is no media range counts as not sent."""
        return Accept(tuple(_ranges(_ELEMENT.findall(header)[:_MOST])))

    def quality(self, media_type: MediaType) -> float:
        """Return how welcome ``media_type`` is, from 0 to 1: the weight of the most specific range that covers it.

        A declared range such as ``image/*`` is as welcome as the best that it could stand for.
        """
        if not self.ranges:
            return 1.0
        if media_type.is_range:
            both = [weight for wanted, weight in self.ranges if wanted.covers(media_type) or media_type.covers(wanted)]
            return max(both, default=0.0)
        covering = [(wanted.specificity(), weight) for wanted, weight in self.ranges if wanted.covers(media_type)]
        return max(covering)[1] if covering else 0.0


def _ranges(elements: Iterable[str]) -> Iterator[tuple[MediaType, float]]:
    for element in elements:
        wanted = parsed(element.strip())
        if wanted is None:
            continue
        weight = wanted.parameter("q") or "1"
        if _WEIGHT.fullmatch(weight):
            # What is written here is UTF-8, whether or not its type says so.
            kept = tuple(each for each in wanted.parameters if each[0] != "q" and each != _UTF_8)
            yield MediaType(wanted.type, wanted.subtype, kept), float(weight)
