"""Prometheus' and Grafana's containers, of the profile ``observability``."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.system import System
from fountaingen.primitives.compose import filled, reference
from fountaingen.stages.plan.system.compose.containers import (
    HEALTHY,
    WRITABLE_TMP,
    Bounds,
    hardened,
    lasting,
    mounted,
    probe,
)
from fountaingen.stages.plan.system.compose.networks import DESK, INSIDE

_PROFILE = {"profiles": ["observability"]}


def containers(system: System) -> Mapping[str, Any]:
    """Return what collects numbers and what shows them."""
    return {"prometheus": _prometheus(system), "grafana": _grafana(system)}


def volumes(system: System) -> Iterator[str]:
    """Yield the volumes of both."""
    yield from ("prometheus-data", "grafana-data")


def _prometheus(system: System) -> Mapping[str, Any]:
    return {
        **lasting(hardened(system.deployment.image.prometheus, Bounds(memory=1024, reserved=256))),
        **_PROFILE,
        "command": [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--storage.tsdb.retention.time=15d",
        ],
        "volumes": [mounted("./observability", "/etc/prometheus"), "prometheus-data:/prometheus"],
        "tmpfs": [WRITABLE_TMP],
        "healthcheck": probe("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"),
        "networks": [INSIDE],
    }


def _grafana(system: System) -> Mapping[str, Any]:
    """Without a password of its own it would take ``admin`` for one, so that it does not start."""
    missing = "GRAFANA_PASSWORD is not set in .env, see .env.example"
    return {
        **lasting(hardened(system.deployment.image.grafana, Bounds(memory=512, reserved=128))),
        **_PROFILE,
        "entrypoint": ["sh", "-euc", f': "${{GF_SECURITY_ADMIN_PASSWORD:?{missing}}}"; exec /run.sh'],
        "environment": {
            "GF_SECURITY_ADMIN_PASSWORD": reference("GRAFANA_PASSWORD"),
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
            "GF_USERS_ALLOW_SIGN_UP": "false",
        },
        "ports": [filled("127.0.0.1:{}:3000", reference("GRAFANA_PORT", "3000"))],
        "volumes": [
            mounted("./observability/grafana/provisioning", "/etc/grafana/provisioning"),
            mounted("./observability/grafana/dashboards", "/var/lib/grafana/dashboards"),
            "grafana-data:/var/lib/grafana",
        ],
        "tmpfs": [WRITABLE_TMP],
        "healthcheck": probe("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"),
        "depends_on": {"prometheus": HEALTHY},
        "networks": [INSIDE, DESK],
    }
