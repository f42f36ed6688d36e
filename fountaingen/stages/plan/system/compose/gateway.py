"""The gateway's containers: one that writes its configuration with the credentials in it, and Kong itself."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.primitives.compose import filled, reference
from fountaingen.stages.plan.system.compose import variables
from fountaingen.stages.plan.system.compose.containers import (
    DONE,
    HEALTHY,
    WRITABLE_TMP,
    Bounds,
    hardened,
    lasting,
    mounted,
    once,
    probe,
)
from fountaingen.stages.plan.system.compose.networks import EDGE, INSIDE
from fountaingen.stages.plan.system.compose.variables import environment
from fountaingen.stages.plan.system.gateway import configuration, largest_body

NAME = "gateway"
_CONFIGURATION = "gateway-config"
_USER = "10001:10001"
_PREFIX = "/run/kong"
_FILE = "/config/kong.yml"
_CERTIFICATES = "/certificates"


def containers(system: System) -> Mapping[str, Any]:
    """Return Kong's container and the one that goes before it."""
    return {_CONFIGURATION: _configuration(system), NAME: _kong(system)}


def volumes(system: System) -> Iterator[str]:
    """Yield the volume that holds the configuration with its credentials."""
    yield _CONFIGURATION


def _configuration(system: System) -> Mapping[str, Any]:
    """Its owner writes what Kong's user alone may read; it reads what belongs to whoever runs Compose."""
    told = {name: value for each in system.services for name, value in _credentials(system, each).items()}
    told |= environment(variables.gateway(system))
    has_files = system.deployment.tls.certificates == "mounted"
    certificates = f" --certificates {_CERTIFICATES}" if has_files else ""
    given = f"--config /kong.yml{certificates} --output {_FILE} --owner {_USER.partition(':')[0]}"
    made = hardened(system.deployment.image.base, Bounds(memory=128, reserved=32), ("CHOWN", "DAC_OVERRIDE"))
    return {
        **once(made),
        "user": "0:0",
        # Compose sees by it that kong.yml is another one, and starts this and Kong again.
        "labels": {"kong.yml": _digest(system)},
        "command": ["python", "/deploy/render.py", *given.split()],
        "environment": told,
        "volumes": [
            mounted("./kong.yml", "/kong.yml"),
            mounted("./deploy", "/deploy"),
            *([mounted(reference("CERTIFICATES", "../.fountaingen/certs"), _CERTIFICATES)] if has_files else []),
            f"{_CONFIGURATION}:/config",
        ],
        "tmpfs": [WRITABLE_TMP],
        "networks": [INSIDE],
    }


def _credentials(system: System, service: Service) -> Mapping[str, str | None]:
    return environment(variables.credentials(system, service))


def _digest(system: System) -> str:
    return sha256(json.dumps(configuration(system).data, sort_keys=True).encode()).hexdigest()


def _kong(system: System) -> Mapping[str, Any]:
    made = lasting(hardened(system.deployment.image.gateway, Bounds(memory=1024, reserved=256)))
    return {
        **made,
        "user": _USER,
        "environment": {
            "KONG_DATABASE": "off",
            "KONG_DECLARATIVE_CONFIG": _FILE,
            "KONG_PREFIX": _PREFIX,
            "KONG_PROXY_LISTEN": "0.0.0.0:8000, 0.0.0.0:8443 ssl http2",
            "KONG_ADMIN_LISTEN": "off",
            "KONG_ADMIN_GUI_LISTEN": "off",
            "KONG_STATUS_LISTEN": "0.0.0.0:8100",
            "KONG_PROXY_ACCESS_LOG": "/dev/stdout",
            "KONG_PROXY_ERROR_LOG": "/dev/stderr",
            "KONG_STATUS_ACCESS_LOG": "off",
            "KONG_STATUS_ERROR_LOG": "/dev/stderr",
            "KONG_ANONYMOUS_REPORTS": "off",
            "KONG_NGINX_WORKER_PROCESSES": "2",
            # Docker says that addresses hold for ten minutes; one changes whenever a container is made anew.
            "KONG_DNS_VALID_TTL": "5",
            "KONG_DNS_NOT_FOUND_TTL": "1",
            # What is behind more headers than it looks at is not removed.
            "KONG_LUA_MAX_REQ_HEADERS": "1000",
            # Bodies whose size nobody says are kept in its memory before a plugin sees that they are too large.
            "KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE": str(largest_body(configuration(system).data)),
            **environment(variables.PROXIES),
        },
        "ports": [
            filled("{}:8000", reference("HTTP_PORT", "80")),
            filled("{}:8443", reference("HTTPS_PORT", "443")),
        ],
        "volumes": [f"{_CONFIGURATION}:/config:ro"],
        "tmpfs": [WRITABLE_TMP, f"{_PREFIX}:size=256m,uid=10001,gid=10001,mode=0700"],
        "healthcheck": probe("kong", "health", interval="5s"),
        "depends_on": {
            _CONFIGURATION: {**DONE, "restart": True},
            **{label: HEALTHY for label in system.labels.values()},
        },
        "networks": [INSIDE, EDGE],
    }
