"""The system: all services of a project together, as its gateway, containers, clusters and DNS see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fountaingen.model.deployment import Deployment
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Service
from fountaingen.primitives.names import host_label

PORT = 8000
"""The port that every service listens on in its container."""

_OTHERS = frozenset({"gateway", "gateway-config", "postgres", "postgres-databases", "prometheus", "grafana"})
"""What containers beside the services are called."""
SCHEMA = "-schema"
"""What the job that makes the tables of a service is called, behind the service's own label."""


@dataclass(frozen=True, eq=False)
class System:
    """All services, sorted by name, their hooks by name, and what the project decides about their deployment."""

    services: tuple[Service, ...]
    hooks: Mapping[str, HookSet] = field(repr=False)
    deployment: Deployment

    @property
    def project(self) -> str:
        """What the Compose project is called; containers are called after it."""
        return self.deployment.image.repository.rpartition("/")[2].replace(".", "-")

    @property
    def labels(self) -> Mapping[str, str]:
        """What each service is called in a network, by its name; no two are the same."""
        given: dict[str, str] = {}
        for service in self.services:
            base = label = _label(service.name)
            number = 2
            while label in given.values():
                label = f"{base}-{number}"
                number += 1
            given[service.name] = label
        return given


def _label(name: str) -> str:
    label = host_label(name)
    return f"{label}-service" if label in _OTHERS or label.endswith(SCHEMA) else label
