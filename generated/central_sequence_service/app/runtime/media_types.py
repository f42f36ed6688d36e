"""Media types and ranges, as Content-Type and Accept write them (RFC 9110 section 8.3)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ESSENCE = re.compile(rf"[ \t]*({_TOKEN})/({_TOKEN})[ \t]*")
# A lone semicolon is allowed between parameters (RFC 9110 section 5.6.6).
_PARAMETER = re.compile(rf';[ \t]*(?:({_TOKEN})=({_TOKEN}|"(?:[^"\\]|\\.)*"))?[ \t]*')
_QUOTED_PAIR = re.compile(r"\\(.)")
_WEIGHT = "q"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type or range: type, subtype and names of parameters in lower case, so is the value of ``charset``."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def parse(text: str) -> "MediaType":
        """Read a Content-Type, a media range or a key of ``content``; raises ValueError where it is none."""
        found = _ESSENCE.match(text)
        if found is None:
            raise ValueError(f"{text!r} is not a media type")
        kind, subtype = found.group(1).lower(), found.group(2).lower()
        return MediaType(kind, subtype, tuple(_parameters(text, found.end())))

    @property
    def essence(self) -> str:
        """``type/subtype``."""
        return f"{self.type}/{self.subtype}"

    @property
    def suffix(self) -> str:
        """The structured syntax suffix without its plus (RFC 6839), empty where there is none."""
        return self.subtype.rpartition("+")[2] if "+" in self.subtype else ""

    @property
    def is_range(self) -> bool:
        """Whether more than one type is meant."""
        return "*" in self.essence

    def parameter(self, name: str) -> str:
        """Return the value of a parameter, empty where it is not given."""
        return next((value for key, value in self.parameters if key == name), "")

    def covers(self, other: "MediaType") -> bool:
        """Whether ``other`` falls under this type or range and has every parameter of it but a weight."""
        if self.type not in ("*", other.type) or not set(self.parameters) <= {*other.parameters, *self._weight()}:
            return False
        if self.subtype in ("*", other.subtype):
            return True
        # "application/*+json" is no range of RFC 9110, but .NET writes it into every document.
        return self.subtype.startswith("*+") and self.subtype[2:] in (other.suffix, other.subtype)

    def specificity(self) -> tuple[int, int]:
        """Return what orders ranges from the widest to the most specific (RFC 9110 section 12.5.1)."""
        width = 0 if self.type == "*" else 1 if self.subtype == "*" else 2 if self.is_range else 3
        return width, len(self.parameters) - len(self._weight())

    def _weight(self) -> tuple[tuple[str, str], ...]:
        return tuple(each for each in self.parameters if each[0] == _WEIGHT)

    def __str__(self) -> str:
        return self.essence + "".join(f"; {name}={_written(value)}" for name, value in self.parameters)


def parsed(text: str) -> MediaType | None:
    """Read a media type or range; None where ``text`` is none."""
    try:
        return MediaType.parse(text)
    except ValueError:
        return None


def is_json(media_type: MediaType) -> bool:
    """Whether values of this type are written as JSON: ``application/json``, ``text/json``, every ``+json``."""
    return media_type.essence in ("application/json", "text/json") or media_type.suffix == "json"


def is_xml(media_type: MediaType) -> bool:
    """Whether values of this type are written as XML: ``application/xml``, ``text/xml``, every ``+xml`` (RFC 7303)."""
    return media_type.essence in ("application/xml", "text/xml") or media_type.suffix == "xml"


def is_text(media_type: MediaType) -> bool:
    """Whether values of this type are text and neither JSON nor XML."""
    return media_type.type == "text" and not is_json(media_type) and not is_xml(media_type)


def best(declared: Iterable[str], media_type: MediaType) -> str | None:
    """Return the key of ``declared`` that says most about ``media_type``; None where none covers it.

    An exact type goes before ``application/*+json``, that before ``application/*``, that before ``*/*``; among equals
    the one with more parameters in common. A declared type whose parameters are not sent still covers the type, as
    the last choice of its kind, unless the request names others: ``charset`` says how to read, not what it is.
    """
    found: tuple[tuple[int, int], str] | None = None
    for key in declared:
        candidate = parsed(key)
        if candidate is None or not _takes(candidate, media_type):
            continue
        width, wanted = candidate.specificity()
        rank = (width, wanted if candidate.covers(media_type) else -1)
        if found is None or rank > found[0]:
            found = rank, key
    return found[1] if found else None


def _takes(declared: MediaType, sent: MediaType) -> bool:
    if declared.covers(sent):
        return True
    bare = MediaType(declared.type, declared.subtype)
    given = dict(sent.parameters)
    differs = any(name != "charset" and given.get(name, value) != value for name, value in declared.parameters)
    return bare.covers(sent) and not differs


def _parameters(text: str, at: int) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} is not a media type")
        at = found.end()
        if found.group(1) is None:
            continue
        name, value = found.group(1).lower(), found.group(2)
        if value.startswith('"'):
            value = _QUOTED_PAIR.sub(r"\1", value[1:-1])
        if name not in seen:
            seen.add(name)
            yield name, value.lower() if name == "charset" else value


def _written(value: str) -> str:
    if re.fullmatch(_TOKEN, value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
