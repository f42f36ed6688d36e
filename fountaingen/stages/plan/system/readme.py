"""The README of the system."""

from collections.abc import Iterator

from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.primitives.code import Code, identifier
from fountaingen.stages.plan.markdown import markdown


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``README.md``."""
    rows = [
        {
            "name": identifier(service.name),
            "title": markdown(service.title),
            "version": markdown(service.version),
            "operations": Code(str(len(service.operations))),
            "tables": Code(str(len(service.entities))),
        }
        for service in system.services
    ]
    yield FromTemplate("README.md", "README.md.jinja", {"services": rows})
