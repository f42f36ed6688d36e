"""What all containers have in common: no rights they do not need, bounds, and logs that do not fill the disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model.system import PORT

HEALTHY = {"condition": "service_healthy"}
DONE = {"condition": "service_completed_successfully"}
WRITABLE_TMP = "/tmp:size=256m,mode=1777"


@dataclass(frozen=True)
class Bounds:
    """The most that one container may take, and what it should have: memory in MiB."""

    memory: int
    reserved: int
    cpus: str = "1.0"
    processes: int = 200


def hardened(image: str, bounds: Bounds, capabilities: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a container that can write nothing but its volumes and gains no rights beyond ``capabilities``."""
    return {
        "image": image,
        "read_only": True,
        "cap_drop": ["ALL"],
        **({"cap_add": list(capabilities)} if capabilities else {}),
        "security_opt": ["no-new-privileges:true"],
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}},
        "deploy": {
            "resources": {
                "limits": {"cpus": bounds.cpus, "memory": f"{bounds.memory}M", "pids": bounds.processes},
                "reservations": {"memory": f"{bounds.reserved}M"},
            }
        },
    }


def lasting(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``container`` as one that is started again whenever it ends, until somebody stops it."""
    return {**container, "restart": "unless-stopped", "stop_grace_period": "30s"}


def once(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``container`` as one that does its work and ends."""
    return {**container, "restart": "no"}


def probe(*command: str, interval: str = "10s", start: str = "30s") -> dict[str, Any]:
    """Return a health check with the patience that a loaded machine needs."""
    return {
        "test": ["CMD", *command],
        "interval": interval,
        "timeout": "10s",
        "retries": 3,
        "start_period": start,
    }


def mounted(source: str, target: str) -> dict[str, Any]:
    """Return a file or folder of this machine, to be read only; where it is missing, the start fails and says so."""
    return {
        "type": "bind",
        "source": source,
        "target": target,
        "read_only": True,
        "bind": {"create_host_path": False},
    }


def url(label: str) -> str:
    """Return where a service is found by the others."""
    return f"http://{label}:{PORT}"
