"""Manifests of a cluster, as they are written for a system."""

from collections.abc import Mapping
from typing import Any

import yaml

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment, Kubernetes
from fountaingen.model.plan import Plan
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system import kubernetes
from fountaingen.stages.render import render

Manifests = Mapping[str, Any]
"""Objects by the path of their file below the folder of manifests."""


def on(settings: Kubernetes) -> Deployment:
    """Return a deployment in a cluster."""
    return Deployment(kubernetes=settings)


def planned(system: System) -> tuple[Manifests, tuple[Problem, ...]]:
    """Return the manifests of a system, and what stands in the way."""
    found = tuple(kubernetes.plan(system))
    plan = Plan(tuple(each for each in found if not isinstance(each, Problem)))
    files = {path.removeprefix("kubernetes/"): data for path, data in render(plan, [own_templates()]).items()}
    manifests = {path: yaml.safe_load(data) for path, data in files.items() if path.endswith(".yaml")}
    return manifests, tuple(each for each in found if isinstance(each, Problem))
