"""What holds the manifests together: the namespace, and the list that kustomize reads."""

from collections.abc import Sequence

from fountaingen.model.kubernetes import Kubernetes
from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import Object


def namespace(settings: Kubernetes) -> Object:
    """Return the namespace, in which no pod has more rights than the Pod Security Standard "restricted" gives."""
    standard = "pod-security.kubernetes.io"
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": settings.namespace,
            "labels": {f"{standard}/{mode}": "restricted" for mode in ("enforce", "audit", "warn")},
        },
    }


def kustomization(paths: Sequence[str], found: Sequence[Workload]) -> Object:
    """Return ``kustomization.yaml``; its images are what ``kustomize edit set image`` changes in an overlay."""
    images = (each.image.rpartition(":") for each in found)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": found[0].settings.namespace,
        "labels": [{"pairs": {"app.kubernetes.io/managed-by": "fountaingen"}, "includeTemplates": True}],
        "resources": list(paths),
        "images": [{"name": name, "newTag": tag} for name, _, tag in images],
    }
