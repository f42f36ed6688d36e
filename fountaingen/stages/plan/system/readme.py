"""The README of the system."""

from collections.abc import Iterator

from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.primitives.code import Code, identifier, literal, plain
from fountaingen.primitives.markdown import code_span, markdown

_TRUST = Code.of("--cacert ../.fountaingen/certs/ca.crt ")


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``README.md``."""
    labels, deployment = system.labels, system.deployment
    is_mounted = deployment.tls.certificates == "mounted"
    rows = [
        {
            "name": identifier(service.name),
            "label": plain(labels[service.name]),
            "host": code_span(next(iter(service.hosts), f"{labels[service.name]}.{deployment.gateway.domain}")),
            "title": markdown(service.title),
            "version": markdown(service.version),
            "operations": literal(len(service.operations)),
            "tables": literal(len(service.entities)),
        }
        for service in system.services
    ]
    view = {"services": rows, "has_certificates": is_mounted, "trust": _TRUST if is_mounted else Code.of("")}
    yield FromTemplate("README.md", "README.md.jinja", view)
