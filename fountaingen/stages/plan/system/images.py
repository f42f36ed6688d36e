"""The image of each service: ``Dockerfile`` and ``.dockerignore``, and what images are called."""

import re
from collections.abc import Iterator

from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import PORT, System
from fountaingen.primitives.code import identifier, literal, plain
from fountaingen.primitives.dockerfile import quoted

_LONGEST_TAG = 128


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan what images are made of, in the folder of each service."""
    base = system.deployment.image.base
    for service in system.services:
        view = {
            "base": plain(base),
            "name": identifier(service.name),
            "port": literal(PORT),
            "label_title": quoted(service.title),
            "label_version": quoted(service.version),
            "label_description": quoted(service.description or service.title),
            "label_base": quoted(base),
        }
        for name in ("Dockerfile", ".dockerignore"):
            yield FromTemplate(f"{service.name}/{name}", f"service/{name}.jinja", view)


def image_name(system: System, service: Service) -> str:
    """Return what the image of ``service`` is called: ``repository/label:version``, each part as registries take it.

    A version becomes a tag by the rules of https://github.com/opencontainers/distribution-spec.
    """
    tag = re.sub(r"[^A-Za-z0-9_.-]+", "-", service.version).lstrip(".-")[:_LONGEST_TAG]
    return f"{system.deployment.image.repository}/{system.labels[service.name]}:{tag or 'latest'}"
