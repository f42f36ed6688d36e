"""How large the bodies of requests are that a gateway lets through."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.stages.plan.system.gateway.plugins import SIZE

_UNITS = {"bytes": 1, "kilobytes": 2**10, "megabytes": 2**20}
_USUAL = 128
_CLOSING = "request-termination"


def largest_body(data: Mapping[str, Any]) -> int:
    """Return the bytes of the largest body that a route takes, 0 where there is one that takes any.

    That is how nginx writes it (``client_max_body_size``); routes that answer by themselves do not count.
    """
    found = [size for service in data.get("services", ()) for size in _sizes(service)]
    return 0 if None in found else max((size for size in found if size is not None), default=0)


def _sizes(service: Mapping[str, Any]) -> Iterator[int | None]:
    outer = _plugins(service)
    for route in service.get("routes", []):
        own = _plugins(route)
        if _CLOSING not in own:
            yield _size(own.get(SIZE, outer.get(SIZE)))


def _plugins(entity: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {plugin["name"]: plugin for plugin in entity.get("plugins", [])}


def _size(plugin: Mapping[str, Any] | None) -> int | None:
    """Return the most that a plugin lets through, None where that is everything or cannot be told."""
    config = None if plugin is None else plugin.get("config", {})
    if not isinstance(config, dict):
        return None
    most, unit = config.get("allowed_payload_size", _USUAL), _UNITS.get(str(config.get("size_unit", "megabytes")))
    return most * unit if isinstance(most, int) and unit else None
