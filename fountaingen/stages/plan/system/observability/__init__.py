"""What Prometheus and Grafana are told: where the services are, when somebody should look, and what is shown then."""

from collections.abc import Iterator

from fountaingen.model.plan import FromData, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system.observability.dashboard import dashboard
from fountaingen.stages.plan.system.observability.rules import rules
from fountaingen.stages.plan.system.observability.scraping import scraping

_SOURCE = {
    "name": "Prometheus",
    "type": "prometheus",
    "uid": "prometheus",
    "access": "proxy",
    "url": "http://prometheus:9090",
    "isDefault": True,
    "editable": False,
}
_FOLDER = {
    "name": "fountaingen",
    "type": "file",
    "allowUiUpdates": False,
    "options": {"path": "/var/lib/grafana/dashboards"},
}


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``observability/``."""
    labels = tuple(system.labels.values())
    if not labels:
        return
    provisioning = "observability/grafana/provisioning"
    yield FromData("observability/prometheus.yml", scraping(labels))
    yield FromData("observability/rules.yml", rules(labels))
    yield FromData(f"{provisioning}/datasources/prometheus.yml", {"apiVersion": 1, "datasources": [_SOURCE]})
    yield FromData(f"{provisioning}/dashboards/services.yml", {"apiVersion": 1, "providers": [_FOLDER]})
    yield FromData("observability/grafana/dashboards/services.json", dashboard(labels))
