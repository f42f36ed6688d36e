"""The Deployment of a service, what it is told by a ConfigMap, and the volume that holds its database file."""

import json
from collections.abc import Mapping
from typing import Any

from fountaingen.model.system import PORT
from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import Object, digest, selected, told
from fountaingen.stages.plan.system.kubernetes.pods import container, from_secret, pod

_GRACE = 45
"""Seconds that a pod has to stop: the pause before it is asked to, uvicorn's 20 for requests, and time to write."""
_PAUSE = "5"
"""Seconds in which nodes and gateways learn that a pod is going and send no more requests there."""


def config_map(workload: Workload) -> Object:
    """Return what the service is told that is no secret."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": workload.naming.metadata(workload.label),
        "data": workload.configuration,
    }


def volume_claim(workload: Workload) -> Object:
    """Return the claim of the volume that holds the database file."""
    named = {"storageClassName": workload.settings.storage_class} if workload.settings.storage_class else {}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": workload.naming.metadata(claim_name(workload)),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            **named,
            "resources": {"requests": {"storage": workload.settings.storage}},
        },
    }


def claim_name(workload: Workload) -> str:
    """Return what that claim is called."""
    return f"{workload.label}-data"


def deployment(workload: Workload) -> Object:
    """Return the Deployment; where an autoscaler decides about its replicas, it says nothing of them.

    A database file has one writer, so that its old pod is gone before a new one begins.
    """
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    labels = selected(workload.label)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": workload.naming.metadata(workload.label, annotations=told(workload.service)),
        "spec": {
            **({} if workload.scales else {"replicas": 1 if workload.uses_volume else workload.settings.replicas}),
            "revisionHistoryLimit": 5,
            "strategy": {"type": "Recreate"} if workload.uses_volume else rolling,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {
                    "labels": labels,
                    # Pods read their ConfigMap once, so that another one makes new pods.
                    "annotations": {"fountaingen/configuration": digest(json.dumps(workload.configuration))},
                },
                "spec": _pod(workload),
            },
        },
    }


def _pod(workload: Workload) -> Mapping[str, Any]:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selected(workload.label)},
    }
    mounts = [] if workload.uses_server else [{"name": "data", "mountPath": "/data"}]
    held = {"persistentVolumeClaim": {"claimName": claim_name(workload)}} if workload.uses_volume else {"emptyDir": {}}
    made = container(
        workload,
        mounts,
        ports=[{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        envFrom=[{"configMapRef": {"name": workload.label}}],
        **_environment(workload),
        startupProbe=_probe("/ready", period=2, failures=90),
        readinessProbe=_probe("/ready", period=5, failures=3),
        livenessProbe=_probe("/health", period=10, failures=3),
        lifecycle={"preStop": {"exec": {"command": ["sleep", _PAUSE]}}},
    )
    volumes = [{"name": "data", **held} for _ in mounts]
    return pod(made, volumes, terminationGracePeriodSeconds=_GRACE, topologySpreadConstraints=[spread])


def _environment(workload: Workload) -> Mapping[str, Any]:
    found = [from_secret(workload.label, each) for each in workload.secrets]
    return {"env": found} if found else {}


def _probe(path: str, *, period: int, failures: int) -> Mapping[str, Any]:
    """Return a probe with the patience that a loaded machine needs."""
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }
