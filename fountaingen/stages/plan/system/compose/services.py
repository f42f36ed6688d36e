"""The containers of the services themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.service import Service
from fountaingen.model.system import SCHEMA, System
from fountaingen.primitives.compose import reference
from fountaingen.stages.plan.system.compose import variables
from fountaingen.stages.plan.system.compose.containers import DONE, WRITABLE_TMP, Bounds, hardened, lasting, probe, url
from fountaingen.stages.plan.system.compose.networks import INSIDE, OUTWARD
from fountaingen.stages.plan.system.compose.variables import environment
from fountaingen.stages.plan.system.images import image_name

_BOUNDS = Bounds(memory=512, reserved=128)


def containers(system: System) -> Mapping[str, Any]:
    """Return the container of each service, by its label."""
    return {system.labels[each.name]: _container(system, each) for each in system.services}


def volumes(system: System) -> Iterator[str]:
    """Yield the volumes that hold the services' databases."""
    return (f"{label}-data" for label in system.labels.values())


def _container(system: System, service: Service) -> Mapping[str, Any]:
    label = system.labels[service.name]
    made = lasting(hardened(image_name(system, service), _BOUNDS))
    upper = service.name.upper()
    made["deploy"]["replicas"] = reference(f"{upper}_REPLICAS", str(system.deployment.gateway.replicas))
    schema = {f"{label}{SCHEMA}": {**DONE, "required": False}} if service.entities else {}
    own_file = f"sqlite:////data/{service.name}.db"
    return {
        "build": f"./{service.name}",
        **made,
        "environment": {
            "DATABASE_URL": reference(f"{upper}_DATABASE_URL", own_file) if service.entities else own_file,
            **environment(variables.credentials(system, service)),
            **{f"{name.upper()}_URL": url(system.labels[name]) for name in service.uses},
            **environment(variables.peers(system, service)),
            **environment(variables.settings(service)),
        },
        "volumes": [f"{label}-data:/data"],
        "tmpfs": [WRITABLE_TMP],
        "healthcheck": probe("python", "-S", "-P", "app/runtime/probe.py", "/ready", interval="5s"),
        "depends_on": schema,
        "networks": [INSIDE, *([OUTWARD] if variables.reaches_out(system, service) else [])],
    }
