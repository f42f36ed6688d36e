"""The manifests of a cluster, where the settings ask for them: a base for kustomize, one object a file."""

from collections.abc import Iterator, Mapping, Sequence

from fountaingen.model.kubernetes import Kubernetes
from fountaingen.model.plan import FromData, FromTemplate, PlannedFile
from fountaingen.model.problems import Place, Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system.kubernetes.base import kustomization, namespace
from fountaingen.stages.plan.system.kubernetes.cluster import Workload, workloads
from fountaingen.stages.plan.system.kubernetes.deployments import config_map, deployment, volume_claim
from fountaingen.stages.plan.system.kubernetes.guide import guide
from fountaingen.stages.plan.system.kubernetes.jobs import schema_job
from fountaingen.stages.plan.system.kubernetes.networks import default_deny, schema_policy, service_policy
from fountaingen.stages.plan.system.kubernetes.objects import FOLDER, Object, file
from fountaingen.stages.plan.system.kubernetes.routes import http_routes
from fountaingen.stages.plan.system.kubernetes.scaling import autoscaler, disruption_budget
from fountaingen.stages.plan.system.kubernetes.services import service, service_monitor

_SETTINGS = Place("settings")
"""Where a problem is that no contract has a part in; its message names the setting."""


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``kubernetes/``; what stands in the way is FG841 to FG843."""
    settings = system.deployment.kubernetes
    if settings is None or not system.services:
        return
    found = workloads(system, settings)
    yield from _crowded(found, settings)
    files: list[FromData] = [file("namespace", namespace(settings)), file("default-deny", default_deny(settings))]
    for workload in found:
        files += [file(f"{workload.label}/{name}", made) for name, made in _objects(workload).items()]
    if settings.gateway:
        for made in http_routes(found):
            if isinstance(made, Problem):
                yield made
            else:
                files.append(file(f"routes/{made['metadata']['name']}", made))
    yield from files
    paths = [each.path.removeprefix(f"{FOLDER}/") for each in files]
    yield file("kustomization", kustomization(paths, found))
    yield FromTemplate(f"{FOLDER}/README.md", "kubernetes/README.md.jinja", guide(found))


def _objects(workload: Workload) -> Mapping[str, Object]:
    """Return the objects of one service by the names of their files."""
    return {
        "config": config_map(workload),
        **({"volume": volume_claim(workload)} if workload.uses_volume else {}),
        **({"schema": schema_job(workload)} if workload.uses_server else {}),
        **({"schema-network": schema_policy(workload)} if workload.uses_server else {}),
        "deployment": deployment(workload),
        "service": service(workload),
        **({"autoscaler": autoscaler(workload)} if workload.scales else {}),
        "disruption-budget": disruption_budget(workload),
        "network": service_policy(workload),
        **({"monitor": service_monitor(workload)} if workload.settings.monitoring_namespace else {}),
    }


def _crowded(found: Sequence[Workload], settings: Kubernetes) -> Iterator[Problem]:
    """Yield a problem where several pods would have to share a database file, in which one alone can write."""
    stored = [each.service.name for each in found if each.uses_volume]
    key, number = "replicas", settings.replicas
    if number == 1 and settings.max_replicas is not None:
        key, number = "max-replicas", settings.max_replicas
    if stored and number > 1:
        message = f"kubernetes.{key} is {number}, and {_listed(stored)} in SQLite, which one pod alone can use"
        yield Problem("FG841", message, _SETTINGS, 'set kubernetes.database to "postgresql", or leave one replica')


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"the service '{names[0]}' keeps its rows"
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"the services {quoted} keep their rows"
