"""How many pods a service has, and how many of them may be taken away at once."""

from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import Object, selected

_BUSY = 70
"""Percent of the CPU asked for, above which pods are added."""
_CALM = 300


def autoscaler(workload: Workload) -> Object:
    """Return the HorizontalPodAutoscaler."""
    metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": _BUSY}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": workload.naming.metadata(workload.label),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.label},
            "minReplicas": workload.settings.replicas,
            "maxReplicas": workload.settings.most_replicas,
            "metrics": [{"type": "Resource", "resource": metric}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": _CALM}},
        },
    }


def disruption_budget(workload: Workload) -> Object:
    """Return the PodDisruptionBudget: one pod at a time, so that a node can be emptied even if there is but one.

    A pod that serves nothing does not stand in the way of emptying its node.
    """
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": workload.naming.metadata(workload.label),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selected(workload.label)},
        },
    }
