"""Services and upstreams with health checks: one each a contract, more where parts of it have defaults of their own."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.deployment import Gateway
from fountaingen.model.service import Operation, Service
from fountaingen.model.system import PORT
from fountaingen.stages.plan.system.gateway import plugins
from fountaingen.stages.plan.system.gateway.access import Rules
from fountaingen.stages.plan.system.gateway.addresses import Places
from fountaingen.stages.plan.system.gateway.extensions import Extensions
from fountaingen.stages.plan.system.gateway.parts import Part, Path, entity_id
from fountaingen.stages.plan.system.gateway.plugins import Plugins
from fountaingen.stages.plan.system.gateway.routes import Maker, Route

_PAGES = ("/health", "/ready")
_SECOND = 1000


@dataclass(frozen=True)
class Backend:
    """A service of Kong with its upstream, its own plugins and its routes; ``tags`` are on all of them."""

    service: Part
    upstream: Part
    plugins: Plugins
    routes: tuple[Route, ...]
    tags: tuple[str, ...]
    source: Service


@dataclass(frozen=True)
class Maps:
    """What the services of Kong are made from: a contract, its label in networks, its schemes, and the settings."""

    service: Service
    label: str
    rules: Rules
    gateway: Gateway
    project: str

    @property
    def places(self) -> Places:
        """Where the operations are reached."""
        return Places(self.service, f"{self.label}.{self.gateway.domain}")

    def backends(self) -> Iterator[Backend]:
        """Yield the services of Kong, that of the whole contract first."""
        extensions = Extensions(self.service.spec)
        document = extensions.document
        name = _slug(extensions.name(document)) or self.label
        own = plugins.merged(plugins.of_service(self.service, self.gateway), extensions.plugins(document))
        maker = Maker(extensions, self.places, self.rules, self.gateway, name, own)
        tags = (self.label, *extensions.tags(document))
        for operations in _grouped(self.service.operations, extensions):
            levels = (document, *(extensions.levels(operations[0]) if _is_apart(operations[0], extensions) else ()))
            called = name if len(levels) == 1 else f"{name}.{operations[0].name}"
            service = extensions.defaults("service", *levels)
            upstream = extensions.defaults("upstream", *levels)
            routes = tuple(maker.routes(operations))
            # Where the contract asks for credentials, a plugin of the whole contract changes how, not where.
            asked = {plugin for route in routes for plugin in route.access.configs}
            yield Backend(
                _service(called, service),
                self._upstream(f"{called}.upstream", upstream),
                {plugin: part for plugin, part in own.items() if plugin not in asked},
                routes,
                tags,
                self.service,
            )

    def _upstream(self, name: str, said: Part) -> Part:
        one = self.gateway.replicas == 1
        numbered = (f"{self.project}-{self.label}-{number}" for number in range(1, self.gateway.replicas + 1))
        targets = [Part({"target": f"{host}:{PORT}", "weight": 100}) for host in ([self.label] if one else numbered)]
        usual = {"algorithm": "round-robin", "slots": 10000, "healthchecks": _health_checks(self.service)}
        ours = {"id": entity_id(name, "upstream"), "name": name}
        return _defaulted(ours, usual, said, ("targets", "tags")).holding("targets", targets)


def _grouped(operations: Iterable[Operation], extensions: Extensions) -> list[list[Operation]]:
    """Return operations by the defaults that hold for them, those of the whole contract first."""
    groups: dict[tuple[str, ...], list[Operation]] = {}
    for operation in operations:
        groups.setdefault(_defaults_of(operation, extensions), []).append(operation)
    return sorted(groups.values(), key=lambda each: _is_apart(each[0], extensions))


def _defaults_of(operation: Operation, extensions: Extensions) -> tuple[str, ...]:
    levels = extensions.levels(operation)
    found = (extensions.defaults(kind, *levels) for kind in ("service", "upstream"))
    return tuple(part.pointers.get((), "") for part in found)


def _is_apart(operation: Operation, extensions: Extensions) -> bool:
    return any(_defaults_of(operation, extensions))


def _service(name: str, said: Part) -> Part:
    ours = {"id": entity_id(name, "service"), "name": name, "host": f"{name}.upstream"}
    # Nothing is done twice by a retry: nginx repeats no POST, PATCH or LOCK that has been sent.
    usual = {
        "port": PORT,
        "protocol": "http",
        "retries": 1,
        "connect_timeout": 5 * _SECOND,
        "read_timeout": 60 * _SECOND,
        "write_timeout": 60 * _SECOND,
    }
    return _defaulted(ours, usual, said, ("routes", "plugins", "tags", "url"))


def _defaulted(ours: Mapping[str, Any], usual: Mapping[str, Any], said: Part, dropped: Sequence[str]) -> Part:
    """Return an entity: what is ours, then what the contract says, then what is usual."""
    kept = {name: value for name, value in said.data.items() if name not in (*ours, *dropped)}
    pointers: dict[Path, str] = {(name,): f"{said.pointers[()]}/{name}" for name in kept}
    return Part({**ours, **usual, **kept}, {(): said.pointers.get((), ""), **pointers})


def _health_checks(service: Service) -> Mapping[str, Any]:
    """Return how Kong tells whether a container is up: by its page, and by connections that fail.

    Answers of operations are not counted, nor those that do not come in time: a fault in one of them is no reason to
    take all others away.
    """
    page = next((page for page in _PAGES if not _is_guarded(page, service)), "")
    failing = {"http_failures": 3, "tcp_failures": 3, "timeouts": 3, "interval": 5}
    active: dict[str, Any] = {
        "type": "http" if page else "tcp",
        "timeout": 10,
        "concurrency": 10,
        **({"http_path": page} if page else {}),
        "healthy": {"interval": 5, "successes": 1, **({"http_statuses": [200, 204]} if page else {})},
        "unhealthy": failing if page else {name: most for name, most in failing.items() if name != "http_failures"},
    }
    passive = {
        "type": "tcp",
        "healthy": {"successes": 0},
        "unhealthy": {"tcp_failures": 3, "timeouts": 0, "http_failures": 0},
    }
    return {"active": active, "passive": passive}


def _is_guarded(page: str, service: Service) -> bool:
    """Tell whether the contract has an operation in the page's place that is not open to everybody."""
    return any(
        operation.path == page and operation.method == "GET" and operation.security and {} not in operation.security
        for operation in service.operations
    )


def _slug(name: str) -> str:
    return re.sub("[^A-Za-z0-9._~-]+", "-", name).strip("-")
