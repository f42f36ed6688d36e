"""How a service is found: by other pods, and by Prometheus."""

from fountaingen.model.system import PORT
from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import Object, selected, told


def service(workload: Workload) -> Object:
    """Return the Service, at the port that the pods have."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": workload.naming.metadata(workload.label, annotations=told(workload.service)),
        "spec": {
            "type": "ClusterIP",
            "selector": selected(workload.label),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}],
        },
    }


def service_monitor(workload: Workload) -> Object:
    """Return what tells a Prometheus Operator to scrape the pods of the service."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": workload.naming.metadata(workload.label),
        "spec": {
            "selector": {"matchLabels": selected(workload.label)},
            "namespaceSelector": {"matchNames": [workload.settings.namespace]},
            "endpoints": [{"port": "http", "path": "/metrics", "interval": "30s", "scrapeTimeout": "10s"}],
        },
    }
