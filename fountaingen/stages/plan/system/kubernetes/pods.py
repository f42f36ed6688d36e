"""What pods of services and of their schema jobs have in common: no rights, bounds, and what they are told."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.stages.plan.system.compose.variables import Required, Variable
from fountaingen.stages.plan.system.kubernetes.cluster import Workload

_USER = 10001


def pod(container: Mapping[str, Any], volumes: Sequence[Mapping[str, Any]], **more: Any) -> Mapping[str, Any]:
    """Return the spec of a pod that satisfies the Pod Security Standard "restricted" and asks the cluster nothing.

    Variables of Services are not given: the one of a Service called ``x-y`` is ``X_Y_PORT``, which might mean another
    thing to the program.
    """
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **more,
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}, *volumes],
    }


def container(workload: Workload, mounts: Sequence[Mapping[str, Any]], **more: Any) -> Mapping[str, Any]:
    """Return a container of the service's image."""
    return {
        "name": "service",
        "image": workload.image,
        "imagePullPolicy": "IfNotPresent",
        **more,
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"},
            "limits": {"cpu": "1", "memory": "512Mi", "ephemeral-storage": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, *mounts],
    }


def from_secret(secret: str, variable: Variable) -> Mapping[str, Any]:
    """Return a variable whose value is in a Secret; a pod waits for one that the service cannot do without."""
    reference = {"name": secret, "key": variable.name}
    is_required = isinstance(variable, Required)
    return {
        "name": variable.name,
        "valueFrom": {"secretKeyRef": reference if is_required else {**reference, "optional": True}},
    }
