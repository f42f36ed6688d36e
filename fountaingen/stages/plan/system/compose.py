"""The containers of all services, on one machine: ``docker-compose.yml``."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.plan import FromData, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import PORT, System
from fountaingen.stages.plan import security


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``docker-compose.yml``."""
    labels = system.labels
    volumes = {f"{label}-data": None for label in labels.values()}
    services = {labels[service.name]: _container(service, labels) for service in system.services}
    yield FromData("docker-compose.yml", {"services": services, "volumes": volumes})


def _container(service: Service, labels: Mapping[str, str]) -> Mapping[str, Any]:
    environment = {
        **{name: f"${{{name}:-}}" for name in security.wanted(service)},
        "DATABASE_URL": f"sqlite:////data/{service.name}.db",
        **{f"{name.upper()}_URL": f"http://{labels[name]}:{PORT}" for name in service.uses},
        **({"PEER_API_KEY": "${PEER_API_KEY:-}"} if service.uses else {}),
    }
    container: dict[str, Any] = {
        "build": f"./{service.name}",
        "environment": environment,
        "volumes": [f"{labels[service.name]}-data:/data"],
        "restart": "unless-stopped",
    }
    if service.port is not None:
        container["ports"] = [f"127.0.0.1:{service.port}:{PORT}"]
    return container
