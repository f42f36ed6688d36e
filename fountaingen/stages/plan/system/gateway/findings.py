"""What is wrong with a gateway's routes, and what callers and operators should know of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from fountaingen.kong.loader import Complaint, check
from fountaingen.model.problems import Note, Place, Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.plan.system.gateway.configuration import Configuration
from fountaingen.stages.plan.system.gateway.extensions import Extensions
from fountaingen.stages.plan.system.gateway.parts import entity_id
from fountaingen.stages.plan.system.gateway.plugins import TRANSFORMER, forced, passed_by
from fountaingen.stages.plan.system.gateway.routes import CLOSING, Route
from fountaingen.stages.plan.system.gateway.services import Backend, Maps


def findings(maps: Sequence[Maps], backends: Sequence[Backend]) -> Iterator[Problem]:
    """Yield FG803 to FG806, and FG809."""
    for each in maps:
        yield from _hosts(each)
        own = [backend for backend in backends if backend.source is each.service]
        yield from _left(own)
        yield from _trusted(own)
        if each.gateway.routes == "host":
            yield from _per_operation(each)
    yield from _twice(backends)


def refusals(found: Configuration) -> Iterator[Problem]:
    """Yield what Kong would say instead of loading a configuration (FG801), where a contract made it so."""
    for complaint in check(found.data):
        place = found.place(complaint.where) or Place("kong.yml")
        yield Problem("FG801", f"Kong would refuse {_blamed(complaint, found.data)}: {complaint.message}", place)


def _blamed(complaint: Complaint, data: Any) -> str:
    """Return what is blamed: an entity by its kind and name, and the names that lead from there to its fault."""
    where = complaint.where
    ends = (end for end in range(len(where), 0, -1) if isinstance(where[end - 1], int))
    found = ((end, _at(data, where[:end])) for end in ends)
    end, entity = next(((end, each) for end, each in found if isinstance(each, dict) and "id" in each), (0, {}))
    member = ".".join(str(part) for part in where[end:])
    kind = str(where[end - 2]).removesuffix("s") if end else ""
    owner = f"the {kind} {entity.get('name')!r}" if end else "the configuration"
    return f"{member!r} of {owner}" if member else owner


def _at(data: Any, path: Sequence[str | int]) -> Any:
    """Return what stands at a path, None where nothing does."""
    for part in path:
        try:
            data = data[part]
        except (LookupError, TypeError):
            return None
    return data


def _hosts(maps: Maps) -> Iterator[Problem]:
    # Who names no server, or this machine only, gets a host without a word; who names others meant one of them.
    if not maps.places.is_public and any(not server.is_local for server in maps.service.servers):
        message = f"the contract names no public host: the gateway knows the service as {maps.places.fallback!r}"
        remedy = "write its URL under 'servers', or set 'gateway.domain'"
        yield Problem("FG805", message, maps.service.spec.place("/servers"), remedy, Severity.WARNING)


def _left(backends: Sequence[Backend]) -> Iterator[Problem]:
    """Yield what is left to the service, each scheme and reason once."""
    told: set[tuple[str, str]] = set()
    for backend in backends:
        for left in (left for route in backend.routes for left in route.access.left):
            if (left.scheme, left.why) in told or left.trusted:
                continue
            told.add((left.scheme, left.why))
            place = backend.source.spec.place(pointers.join("/components/securitySchemes", left.scheme))
            message = f"the gateway leaves {left.scheme!r} to the service: {left.why}"
            yield Problem("FG804", message, place, severity=Severity.WARNING)


def _trusted(backends: Sequence[Backend]) -> Iterator[Problem]:
    """Yield the operations whose callers nobody would check."""
    for backend in backends:
        for route in backend.routes:
            fault = route.access.fault or _loosened(route) or _unstripped(route, backend)
            if fault and not _is_closed(route, backend):
                place = backend.source.spec.place(pointers.join(route.pointer, "security"))
                remedy = f"let the service check it, or configure one of x-kong-plugin-{{{','.join(CLOSING)}}} there"
                yield Problem("FG803", f"nobody would check who calls: {fault}", place, remedy)


def _loosened(route: Route) -> str:
    """Return what a contract changes of a plugin so that it no longer stands for a scheme, empty where nothing."""
    ours = entity_id(route.access.anonymous, "consumer") if route.access.anonymous else None
    for demand in route.access.demands:
        for name in (demand.plugin, "acl"):
            part = route.plugins.get(name)
            why = passed_by(part, ours) if demand.trusted and part is not None else ""
            if why:
                return f"{demand.scheme!r} is left to the gateway, where {name} {why}"
    return ""


def _unstripped(route: Route, backend: Backend) -> str:
    """Return why headers that the service would believe are not taken from every request, empty where they are."""
    part = {**backend.plugins, **route.plugins}.get(TRANSFORMER)
    why = passed_by(part) if part is not None and forced(backend.source) else ""
    return f"the service believes headers that {TRANSFORMER} takes from requests, which {why}" if why else ""


def _is_closed(route: Route, backend: Backend) -> bool:
    """Tell whether the contract itself configures a plugin that lets nobody through unchecked."""
    held = {**backend.plugins, **route.plugins}
    return any(not passed_by(held[name]) for name in CLOSING if name in held)


def _per_operation(maps: Maps) -> Iterator[Problem]:
    extensions = Extensions(maps.service.spec)
    for operation in maps.service.operations:
        for level in extensions.levels(operation):
            for key in level.data:
                if isinstance(key, str) and key.startswith("x-kong-"):
                    place = maps.service.spec.place(pointers.join(level.pointer, key))
                    message = f"{key!r} has no effect: the setting 'gateway.routes' asks for one route a host"
                    yield Problem("FG809", message, place, severity=Severity.WARNING)


def _twice(backends: Sequence[Backend]) -> Iterator[Problem]:
    """Yield the routes that take the same requests as another one does."""
    seen: dict[tuple[object, ...], tuple[Backend, Route]] = {}
    for backend in backends:
        for route in backend.routes:
            methods = (route.methods - {"OPTIONS"}) or {""}
            keys = [
                (h, m, t) for h in sorted(route.target.hosts) for m in sorted(methods) for t in route.target.templates
            ]
            for key in keys:
                other, first = seen.setdefault(key, (backend, route))
                if other.source is not backend.source:
                    place = backend.source.spec.place(route.pointer)
                    message = f"{_request(route)} of {key[0]} is an operation of {other.source.name!r} too"
                    note = Note(other.source.spec.place(first.pointer), "first declared here")
                    yield Problem("FG806", message, place, "give the services different hosts or paths", notes=(note,))
                    break


def _request(route: Route) -> str:
    paths = ", ".join(str(path) for path in route.part.data["paths"])
    return f"{min(route.methods - {'OPTIONS'}, default='what is sent to')} {paths}"
