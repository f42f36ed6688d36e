"""A small router, until there is a better one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.supervisor.gateway.declared import Declared


@dataclass(frozen=True)
class Request:
    """What decides about a route."""

    method: str
    host: str
    path: str


@dataclass(frozen=True)
class Match:
    """A route that was found."""

    route: str
    service: str
    path: str
    host: str
    scheme: str
    prefix: str


class Router:
    """Takes the route of the highest priority that matches host, method and path."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        declared = Declared(data)
        services = declared.parents("services")
        self._routes = sorted(
            ((each, services[each.refers_to("service") or ""].id) for each in declared.all("routes")),
            key=lambda pair: -int(pair[0].data.get("regex_priority") or 0),
        )

    def match(self, request: Request) -> Match | None:
        """Return the route of a request, None where there is none."""
        host = request.host.partition(":")[0]
        for route, service in self._routes:
            data = route.data
            if data.get("hosts") and host not in data["hosts"]:
                continue
            if data.get("methods") and request.method not in data["methods"]:
                continue
            if data.get("paths") and not any(_matches(path, request.path) for path in data["paths"]):
                continue
            scheme = "http" if "http" in (data.get("protocols") or ("http",)) else "https"
            kept = request.host if data.get("preserve_host") else ""
            return Match(route.id, service, request.path, kept, scheme, "")
        return None


def _matches(wanted: str, path: str) -> bool:
    if wanted.startswith("~"):
        return re.match(wanted[1:].replace("(?<", "(?P<"), path) is not None
    return path.startswith(wanted)
