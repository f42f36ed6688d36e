"""The gateway: ``kong.yml``, a configuration for Kong Gateway 3.9 without a database."""

from collections.abc import Iterator
from functools import lru_cache

from fountaingen.model.plan import FromData, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.hooks import AUTHENTICATE
from fountaingen.stages.plan.system.gateway import acme, plugins
from fountaingen.stages.plan.system.gateway.access import Rules
from fountaingen.stages.plan.system.gateway.bodies import largest_body
from fountaingen.stages.plan.system.gateway.configuration import Assembly, Configuration
from fountaingen.stages.plan.system.gateway.findings import findings, refusals
from fountaingen.stages.plan.system.gateway.services import Maps

__all__ = ["Configuration", "configuration", "largest_body", "plan"]


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``kong.yml``."""
    if system.services:
        found = configuration(system)
        yield from found.problems
        yield from refusals(found)
        yield FromData("kong.yml", found.data)


@lru_cache(maxsize=1)
def configuration(system: System) -> Configuration:
    """Return what Kong is told of all services, without credentials, and what is wrong with that (FG801 to FG829)."""
    gateway = system.deployment.gateway
    left = frozenset(gateway.left_to_services)
    maps = tuple(
        Maps(
            service,
            system.labels[service.name],
            Rules(service, AUTHENTICATE in system.hooks[service.name].hooks, left),
            gateway,
            system.project,
        )
        for service in system.services
    )
    backends = tuple(backend for each in maps for backend in each.backends())
    assembly = Assembly(backends, {**plugins.everywhere(), **acme.plugins(system)}, acme.service(system))
    return assembly.configuration(tuple(findings(maps, backends)))
