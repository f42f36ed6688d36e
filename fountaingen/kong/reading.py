"""The text of a declarative configuration as data: JSON, or YAML as Kong's own parser takes it."""

import json
from typing import Any

import yaml

_MOST_VALUES = 2_000_000


class Unreadable(ValueError):
    """The text is no configuration at all; its message is worded as Kong's."""


class _Loader(yaml.SafeLoader):
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
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise Unreadable(f"failed parsing declarative configuration: {reason}") from error


def _measure(data: Any) -> None:
    """Refuse data that would never be walked through: aliases of themselves, or of many others."""
    left = _MOST_VALUES
    waiting: list[tuple[Any, int]] = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > 200:
            raise Unreadable("failed parsing declarative configuration: its aliases never end")
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
