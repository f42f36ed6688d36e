"""The whole configuration: entities in their places, and where in the contracts each came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fountaingen.model.problems import Place, Problem
from fountaingen.model.service import Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.plan.system.gateway import plugins
from fountaingen.stages.plan.system.gateway.access import ANYONE, NOBODY, Demand, Group
from fountaingen.stages.plan.system.gateway.parts import Part, Path, entity_id
from fountaingen.stages.plan.system.gateway.paths import priorities
from fountaingen.stages.plan.system.gateway.plugins import Plugins
from fountaingen.stages.plan.system.gateway.routes import Route
from fountaingen.stages.plan.system.gateway.services import Backend

_COMMENT = (
    "Without credentials and certificates: deploy/render.py adds them from the environment. Every service checks all "
    "that its contract asks for by itself; what Kong cannot check is left to it."
)


class Source(NamedTuple):
    """Where something was written: in a service's contract, below a pointer."""

    service: Service
    pointer: str


@dataclass(frozen=True)
class Configuration:
    """What ``kong.yml`` holds, and where it came from.

    ``places`` are by paths into ``data``, the longest that leads to something counts. ``operations`` are by the names
    of routes: service and operationId. ``demands`` and ``groups`` are what credentials are rendered for.
    """

    data: Mapping[str, Any] = field(repr=False)
    places: Mapping[Path, Source] = field(repr=False)
    operations: Mapping[str, tuple[str, str]] = field(repr=False)
    demands: tuple[Demand, ...]
    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()

    def place(self, path: Sequence[str | int]) -> Place | None:
        """Return where in a contract the part of ``data`` under ``path`` comes from, None where it is our own."""
        for end in range(len(path), 0, -1):
            source = self.places.get(tuple(path[:end]))
            if source is not None:
                return source.service.spec.place(pointers.join(source.pointer, *path[end:]))
        return None


@dataclass(frozen=True)
class Assembly:
    """Backends on their way to a configuration; ``everywhere`` are plugins of all, ``others`` services of our own."""

    backends: tuple[Backend, ...]
    everywhere: Plugins
    others: tuple[Part, ...] = ()

    def configuration(self, problems: Sequence[Problem]) -> Configuration:
        """Return the configuration."""
        outer, each_service = plugins.spread(self.everywhere, [backend.plugins for backend in self.backends])
        routes = [route for backend in self.backends for route in backend.routes]
        ranks = iter(priorities([route.target for route in routes]))
        services = [
            _service(backend, own, [next(ranks) for _ in backend.routes])
            for backend, own in zip(self.backends, each_service, strict=True)
        ]
        lists: dict[str, list[Part]] = {
            "services": [*services, *self.others],
            "upstreams": [_upstream(backend) for backend in self.backends],
            "plugins": plugins.entities(outer, "gateway", ["gateway"]),
            "consumers": _consumers(routes),
        }
        data = {key: [dict(part.data) for part in listed] for key, listed in lists.items() if listed}
        return Configuration(
            {"_format_version": "3.0", "_comment": self._comment(), **data},
            dict(self._places(lists)),
            {
                route.name: found
                for backend in self.backends
                for route in backend.routes
                for found in _named(backend, route)
            },
            tuple(dict.fromkeys(demand for route in routes for demand in route.access.demands)),
            tuple(dict.fromkeys(group for route in routes for group in route.access.groups)),
            tuple(problems),
        )

    def _comment(self) -> str:
        left = {
            f"{each.scheme} of {backend.source.name} ({each.why})"
            for backend in self.backends
            for route in backend.routes
            for each in route.access.left
        }
        return f"{_COMMENT} That is {'; '.join(sorted(left))}." if left else _COMMENT

    def _places(self, lists: Mapping[str, Sequence[Part]]) -> Mapping[Path, Source]:
        return {
            (key, index, *path): Source(self.backends[index].source, pointer)
            for key in ("services", "upstreams")
            for index, part in enumerate(lists[key][: len(self.backends)])
            for path, pointer in part.pointers.items()
        }


def _named(backend: Backend, route: Route) -> list[tuple[str, str]]:
    found = (each.operation_id for each in backend.source.operations if each.pointer == route.pointer)
    return [(backend.source.name, operation_id) for operation_id in found][:1] if route.pointer else []


def _service(backend: Backend, own: Plugins, ranks: Sequence[int]) -> Part:
    outer, inner = plugins.spread(own, [route.plugins for route in backend.routes])
    routes = [
        _route(route, held, rank, backend.tags) for route, held, rank in zip(backend.routes, inner, ranks, strict=True)
    ]
    tags = list(backend.tags)
    service = Part({**backend.service.data, "tags": tags}, backend.service.pointers)
    entities = plugins.entities(outer, f"{backend.service.data['name']}.service", tags)
    return service.holding("plugins", entities).holding("routes", routes)


def _route(route: Route, own: Plugins, rank: int, tags: Sequence[str]) -> Part:
    mine = list(dict.fromkeys((*tags, *route.tags)))
    ranked = {"regex_priority": rank} if route.methods and "regex_priority" not in route.part.data else {}
    part = Part({"id": entity_id(route.name, "route"), **route.part.data, **ranked, "tags": mine}, route.part.pointers)
    entities = [
        Part({**each.data, "tags": [*each.data["tags"], *_schemes(route, str(each.data["name"]))]}, each.pointers)
        for each in plugins.entities(own, f"{route.name}.route", list(tags))
    ]
    return part.holding("plugins", entities)


def _schemes(route: Route, plugin: str) -> list[str]:
    return list(dict.fromkeys(f"scheme:{each.scheme}" for each in route.access.demands if each.plugin == plugin))


def _upstream(backend: Backend) -> Part:
    return Part({**backend.upstream.data, "tags": list(backend.tags)}, backend.upstream.pointers)


def _consumers(routes: Sequence[Route]) -> list[Part]:
    """Return who callers are that have shown nothing good, where routes know them."""
    used = {route.access.anonymous for route in routes}
    grouped = {route.access.anonymous for route in routes if route.access.groups}
    found = []
    if NOBODY in used:
        refusal = Part({"config": {"status_code": 401, "message": "Unauthorized"}})
        consumer = Part({"id": entity_id(NOBODY, "consumer"), "username": NOBODY, "tags": ["gateway"]})
        found.append(
            consumer.holding("plugins", plugins.entities({"request-termination": refusal}, NOBODY, ["gateway"]))
        )
    if ANYONE in used:
        found.append(Part({"id": entity_id(ANYONE, "consumer"), "custom_id": ANYONE, "tags": ["gateway"]}))
    names = [name for name in (NOBODY, ANYONE) if name in used]
    return [
        part.holding("acls", [Part({"group": name})] if name in grouped else [])
        for name, part in zip(names, found, strict=True)
    ]
