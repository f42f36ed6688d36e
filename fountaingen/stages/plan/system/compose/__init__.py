"""The containers of the whole system on one machine: ``docker-compose.yml``, and what is set in ``.env`` beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.plan import FromData, FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.primitives import sql
from fountaingen.primitives.code import identifier
from fountaingen.primitives.compose import escaped
from fountaingen.stages.plan.system.compose import gateway, networks, observability, postgres, services
from fountaingen.stages.plan.system.compose.example import sections
from fountaingen.stages.plan.system.compose.variables import checks

_PARTS = (services, gateway, postgres, observability)


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``docker-compose.yml`` and what it reads: variables in ``.env``, which nobody commits, and databases."""
    yield FromData("docker-compose.yml", project(system))
    yield FromTemplate(".env.example", "env.example.jinja", {"sections": sections(system)})
    yield FromTemplate(".gitignore", "gitignore.jinja", {})
    names = [
        {"role": sql.name(postgres.database(system, each)), "password": identifier(postgres.password(each))}
        for each in postgres.stored(system)
    ]
    yield FromTemplate("deploy/postgres.sql", "deploy/postgres.sql.jinja", {"databases": names})


def project(system: System) -> Mapping[str, Any]:
    """Return what ``docker-compose.yml`` holds; no text of a contract is in it but identifiers and versions as tags.

    Its ``$`` are doubled, but those that Compose is to obey.
    """
    containers = {name: made for part in _PARTS for name, made in part.containers(system).items()}
    volumes = {name: None for part in _PARTS for name in part.volumes(system)}
    required = checks(system)
    made = {
        "name": system.project,
        **({"x-required": list(required)} if required else {}),
        "services": containers,
        "networks": networks.declared(containers.values()),
        "volumes": volumes,
    }
    return {name: escaped(value) for name, value in made.items()}
