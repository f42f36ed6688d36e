"""What an operation may answer piece by piece, and what it answers as a whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model.service import Response
from fountaingen.model.types import Events, Pieces, PythonType, Stream, Values
from fountaingen.stages.build import media
from fountaingen.stages.build.sequential import is_events, is_lines

TypeOf = Callable[[Any, str, str], PythonType]
"""Gives the Python type of a schema, the name of its class if it needs one, and its pointer."""


@dataclass(frozen=True)
class Results:
    """What a hook answers: ``whole`` content by media type, and the stream that it may answer instead."""

    whole: Mapping[str, Any]
    stream: Stream | None


def results(response: Response, stem: str, at: Callable[[str], Any], type_of: TypeOf) -> Results:
    """Return what ``response`` lets a hook answer; ``at`` gives what stands at a pointer."""
    sequential = [media_type for media_type in response.content if is_events(media_type) or is_lines(media_type)]
    whole = {media_type: schema for media_type, schema in response.content.items() if media_type not in sequential}
    if sequential:
        return Results(whole, _items(response, sequential[0], f"{stem}Item", at, type_of))
    return Results(whole, Pieces() if whole and all(map(_is_binary, whole)) else None)


def _items(response: Response, media_type: str, stem: str, at: Callable[[str], Any], type_of: TypeOf) -> Stream:
    described = response.items[media_type]
    events = is_events(media_type)
    pointer = described.data if events else described.item
    item = type_of(at(pointer), stem, pointer) if pointer is not None else type_of(True, stem, "")
    return Events(item) if events else Values(item)


def _is_binary(media_type: str) -> bool:
    others = (media.is_json, media.is_xml, media.is_text, media.is_form, media.is_multipart)
    return not any(holds(media_type) for holds in others) and not media_type.startswith("*")
