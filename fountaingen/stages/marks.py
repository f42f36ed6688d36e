"""What tells a contract from a fragment without reading all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from fountaingen.stages import files


def is_contract(path: Path) -> bool:
    """Tell whether a file has an ``openapi`` (or ``swagger``) key at the top, or cannot be read well enough to say no.

    What cannot be parsed counts as a contract, so that loading it shows the problem instead of passing it over.
    """
    try:
        data = files.read(path)
        if path.suffix.lower() == ".json":
            loaded = json.loads(data)
            return isinstance(loaded, dict) and not _MARKS.isdisjoint(loaded)
        return bool(_MARK_IN_FIRST_COLUMN.search(data)) or not _MARKS.isdisjoint(_top_keys(data))
    except (files.Unreadable, ValueError, RecursionError, yaml.YAMLError):
        return True


_DEEPEST = 200
_MARKS = frozenset({"openapi", "swagger"})
# Answers for nearly every YAML contract without parsing it; a block scalar cannot reach the first column.
_MARK_IN_FIRST_COLUMN = re.compile(rb"^(?:openapi|swagger)[ \t]*:(?=\s)", re.MULTILINE)


def _top_keys(data: bytes) -> Iterator[str]:
    depth = 0
    is_key = True
    for event in yaml.parse(data, Loader=yaml.CSafeLoader):
        if depth == 1 and not isinstance(event, yaml.CollectionEndEvent):
            if is_key and isinstance(event, yaml.ScalarEvent):
                yield str(event.value)
            is_key = not is_key
        if isinstance(event, yaml.CollectionStartEvent):
            if depth == 0 and isinstance(event, yaml.SequenceStartEvent):
                return
            depth += 1
            if depth > _DEEPEST:
                # libyaml takes ever longer, the deeper it is.
                raise ValueError("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
