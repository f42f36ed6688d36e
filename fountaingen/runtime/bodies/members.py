"""The members of a form as the contract declares them (OAS 3.1 section 4.8.15): text, JSON or binary content."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..judge import Judge, Judges
from ..media_types import MediaType, parsed
from ..parameters.shapes import Shape, shape
from ..xml.schema import Document, xml_document


@dataclass(frozen=True, slots=True)
class PartHeader:
    """A header that a part of a multipart body may or must have."""

    name: str
    required: bool
    shape: Shape
    judge: Judge


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is declared around the value of a part: its content types, any where there are none, and its headers."""

    types: tuple[MediaType, ...] = ()
    headers: tuple[PartHeader, ...] = ()

    def takes(self, sent: MediaType) -> bool:
        """Whether a part may be of this type."""
        return not self.types or any(declared.covers(sent) for declared in self.types)


ANY_ENVELOPE = Envelope()


@dataclass(frozen=True, slots=True)
class TextMember:
    """Text in a parameter style; ``style`` is None where a form repeats the name for each item."""

    shape: Shape
    envelope: Envelope = ANY_ENVELOPE
    style: str | None = None
    explode: bool = True


@dataclass(frozen=True, slots=True)
class JsonMember:
    """JSON text; ``listed`` says that it comes once for each item, ``plain`` that text which is no JSON will do.

    ``xml`` says how it is written as XML, where a part may be that too.
    """

    listed: bool = False
    plain: bool = False
    envelope: Envelope = ANY_ENVELOPE
    xml: Document | None = None


@dataclass(frozen=True, slots=True)
class BinaryMember:
    """Binary content of ``least`` to ``most`` bytes; ``listed`` says that it comes once for each item."""

    listed: bool = False
    envelope: Envelope = ANY_ENVELOPE
    least: int = 0
    most: int | None = None


Member = TextMember | JsonMember | BinaryMember


def members(data: Mapping[str, Any] | None, judges: Judges) -> Mapping[str, Member] | None:
    """Read the ``members`` of a media type of ``operations.json``; None where the body is no form."""
    return None if data is None else {name: _member(value, judges) for name, value in data.items()}


def _member(data: Mapping[str, Any], judges: Judges) -> Member:
    envelope = Envelope(
        tuple(found for text in data.get("contentType", ()) if (found := parsed(text)) is not None),
        tuple(
            PartHeader(name, each.get("required", False), shape(each.get("shape")), judges.judge(each["schema"]))
            for name, each in data.get("headers", {}).items()
        ),
    )
    listed = data.get("listed", False)
    match data["kind"]:
        case "binary":
            return BinaryMember(listed, envelope, data.get("minLength", 0), data.get("maxLength"))
        case "json":
            return JsonMember(listed, data.get("plain", False), envelope, xml_document(data.get("xml")))
        case _:
            return TextMember(shape(data.get("shape")), envelope, data.get("style"), data.get("explode", True))
