"""The job that makes the tables of a service on a server of databases."""

import json

from fountaingen.stages.plan.system.kubernetes.cluster import DATABASE, Workload
from fountaingen.stages.plan.system.kubernetes.objects import SCHEMA, Object, digest, selected
from fountaingen.stages.plan.system.kubernetes.pods import container, from_secret, pod

_TRIES = 6
_KEPT = 600
"""Seconds that a job is kept when it is done."""
_PATIENCE = 600


def schema_job(workload: Workload) -> Object:
    """Return the job; a Job cannot be changed, so that one with another image or variable has another name."""
    labels = selected(workload.label, SCHEMA)
    made = container(
        workload,
        (),
        command=["python", "-m", "app.database", "create"],
        env=[from_secret(workload.label, DATABASE)],
    )
    spec = {
        "backoffLimit": _TRIES,
        "activeDeadlineSeconds": _PATIENCE,
        "ttlSecondsAfterFinished": _KEPT,
        "template": {"metadata": {"labels": labels}, "spec": pod(made, (), restartPolicy="OnFailure")},
    }
    name = f"{workload.label}-{SCHEMA}-{digest(json.dumps(spec))}"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": workload.naming.metadata(name[-63:].lstrip("-"), SCHEMA),
        "spec": spec,
    }
