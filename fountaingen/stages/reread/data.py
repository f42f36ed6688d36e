"""JSON and YAML, read back: they hold what was dumped, types and order included."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from fountaingen.model.problems import Rejected
from fountaingen.stages.load import yaml_reader
from fountaingen.stages.reread.printed import Fault


def json_faults(text: str, data: Any) -> Iterator[Fault]:
    """Yield a fault where ``text`` is not ``data`` in JSON."""
    if not same(json.loads(text), data):
        yield Fault(0, "the JSON that was written is not what was to be written")


def yaml_faults(text: str, data: Any) -> Iterator[Fault]:
    """Yield a fault where ``text`` is not ``data`` in YAML 1.2, or not to those who read YAML 1.1."""
    try:
        newer, older = yaml_reader.read(text, "")[0], yaml.load(text, Loader=yaml.CSafeLoader)
    except (Rejected, yaml.YAMLError):
        yield Fault(0, "the YAML that was written cannot be read")
        return
    for version, found in (("1.2", newer), ("1.1", older)):
        if not same(found, data):
            yield Fault(0, f"the YAML that was written is not what was to be written, read as YAML {version}")


def same(found: Any, meant: Any) -> bool:
    """Say whether two values are equal and of the same JSON types, members in the same order; a tuple is an array."""
    # Nearly always they are, which their texts tell in a fraction of the time.
    return repr(found) == repr(meant) or _equal(found, meant)


def _equal(found: Any, meant: Any) -> bool:
    match meant:
        case dict():
            return (
                isinstance(found, dict)
                and list(found) == list(meant)
                and all(_equal(found[key], value) for key, value in meant.items())
            )
        case list() | tuple():
            return isinstance(found, list) and len(found) == len(meant) and all(map(_equal, found, meant))
        case str():
            return isinstance(found, str) and found == str(meant)
    return type(found) is type(meant) and repr(found) == repr(meant)
