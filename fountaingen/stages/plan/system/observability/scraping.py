"""``prometheus.yml``: every replica of every service, and the gateway, found by DNS."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.model.system import PORT

GATEWAY_HOST = "gateway"
_STATUS_PORT = 8100


def scraping(labels: Sequence[str]) -> Mapping[str, Any]:
    """Return the configuration of Prometheus; a service's job is its label in the network."""
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            *(_job(label, label, PORT) for label in labels),
            _job(gateway_job(labels), GATEWAY_HOST, _STATUS_PORT),
        ],
    }


def gateway_job(labels: Sequence[str]) -> str:
    """Return what the gateway's job is called, which is no service's label."""
    name = GATEWAY_HOST
    while name in labels:
        name = f"{name}-kong"
    return name


def _job(name: str, host: str, port: int) -> Mapping[str, Any]:
    # A name stands for as many addresses as there are replicas, and each is asked by itself.
    return {
        "job_name": name,
        "dns_sd_configs": [{"names": [host], "type": "A", "port": port, "refresh_interval": "15s"}],
    }
