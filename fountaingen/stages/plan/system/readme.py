"""The README of the system."""

from collections.abc import Iterator

from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.primitives.code import Code, identifier
from fountaingen.stages.plan.markdown import code_span, markdown

_TRUST = "--cacert ../.fountaingen/certs/ca.crt "


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``README.md``."""
    labels, deployment = system.labels, system.deployment
    is_mounted = deployment.tls.certificates == "mounted"
    rows = [
        {
            "name": identifier(service.name),
            "label": Code(labels[service.name]),
            "host": code_span(next(iter(service.hosts), f"{labels[service.name]}.{deployment.gateway.domain}")),
            "title": markdown(service.title),
            "version": markdown(service.version),
            "operations": Code(str(len(service.operations))),
            "tables": Code(str(len(service.entities))),
        }
        for service in system.services
    ]
    view = {"services": rows, "has_certificates": is_mounted, "trust": Code(_TRUST if is_mounted else "")}
    yield FromTemplate("README.md", "README.md.jinja", view)
