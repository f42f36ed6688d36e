"""The text of a declarative configuration as data: JSON, or YAML as Kong's own parser takes it."""

import json
from typing import Any

import yaml

_MOST_VALUES = 500_000
_DEEPEST = 100


class Unreadable(ValueError):
    """The text is no configuration at all; its message is worded as Kong's."""


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 with merge keys; a date stays a text, as it does for Kong."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> dict[Any, Any]:
    """Return the map that a text holds.

    Raises:
        Unreadable: it is neither JSON nor YAML, holds no map, or grows beyond all measure through its aliases.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = _yaml(text)
    if not isinstance(data, dict):
        raise Unreadable("failed parsing declarative configuration: expected an object")
    _measure(data)
    return data


def _yaml(text: str) -> Any:
    try:
        _measure_depth(text)
        # Of several documents Kong reads the first.
        return _Loader(text).get_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        reason = " ".join(str(error).split())
        raise Unreadable(f"failed parsing declarative configuration: {reason}") from error


def _measure_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise Unreadable("failed parsing declarative configuration: it is nested too deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _measure(data: Any) -> None:
    """Refuse data that would never be walked through: aliases of themselves, or of many others."""
    left = _MOST_VALUES
    waiting: list[tuple[Any, int]] = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > _DEEPEST:
            raise Unreadable("failed parsing declarative configuration: its aliases never end")
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
