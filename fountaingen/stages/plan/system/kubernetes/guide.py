"""The README of the manifests: what a cluster must have, and the Secrets that nobody commits."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.primitives.code import Code, join, plain
from fountaingen.stages.plan.system.compose.variables import Required
from fountaingen.stages.plan.system.kubernetes.cluster import Workload


def guide(found: Sequence[Workload]) -> Mapping[str, Any]:
    """Return the view of the README; every text in it is ours, or a name that was computed."""
    settings = found[0].settings
    return {
        "namespace": plain(settings.namespace),
        "gateway": _known(settings.gateway),
        "gateway_namespace": _known(settings.gateway_namespace),
        "monitoring": _known(settings.monitoring_namespace),
        "uses_volumes": any(each.uses_volume for each in found),
        "uses_server": any(each.uses_server for each in found),
        "services": [_service(each) for each in found],
    }


def _service(workload: Workload) -> Mapping[str, Any]:
    needed = [each.name for each in workload.secrets if isinstance(each, Required)]
    free = [each.name for each in workload.secrets if not isinstance(each, Required)]
    return {
        "label": plain(workload.label),
        "folder": plain(workload.service.name),
        "image": plain(workload.image),
        "needed": _spans(needed),
        "free": _spans(free),
        "settable": _spans([each.name for each in workload.settable]),
    }


def _spans(names: Sequence[str]) -> Code:
    return join(", ", (Code.of("`{}`", plain(name)) for name in names))


def _known(name: str) -> Code:
    """Write a name, empty where a cluster has no such thing."""
    return plain(name) if name else Code.of("")
