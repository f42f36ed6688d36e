"""PostgreSQL's containers, of the profile ``postgres``: the server, and what makes databases and tables in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.service import Service
from fountaingen.model.system import SCHEMA, System
from fountaingen.primitives import sql
from fountaingen.primitives.code import Code, identifier, plain
from fountaingen.primitives.compose import reference
from fountaingen.stages.plan.system.compose.containers import (
    DONE,
    HEALTHY,
    WRITABLE_TMP,
    Bounds,
    hardened,
    lasting,
    mounted,
    once,
    probe,
)
from fountaingen.stages.plan.system.compose.networks import INSIDE
from fountaingen.stages.plan.system.images import image_name

NAME = "postgres"
_DATABASES = "postgres-databases"
_PROFILE = {"profiles": ["postgres"]}
_RIGHTS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")
"""What the image's own start needs to give its data to the user that the server runs as."""

_TAKEN = frozenset({"none", "public", "template0", "template1"})
"""What PostgreSQL keeps for itself, beside what begins with ``pg_``."""


def containers(system: System) -> Mapping[str, Any]:
    """Return the server, and the jobs that run before services start."""
    served = stored(system)
    if not served:
        return {}
    schemas = {f"{system.labels[each.name]}{SCHEMA}": _schema(system, each) for each in served}
    return {NAME: _server(system), _DATABASES: _databases(system, served), **schemas}


def volumes(system: System) -> Iterator[str]:
    """Yield the server's volume."""
    if stored(system):
        yield f"{NAME}-data"


def stored(system: System) -> tuple[Service, ...]:
    """Return the services that have tables."""
    return tuple(each for each in system.services if each.entities)


def database(system: System, service: Service) -> str:
    """Return what the database of ``service`` and the role that owns it are called."""
    name = system.labels[service.name].replace("-", "_")
    # With two underscores, of which labels make none, it is nobody else's.
    return f"service__{name}" if name in _TAKEN or name.startswith("pg_") else name


def password(service: Service) -> str:
    """Return the variable that holds the password of that role."""
    return f"{service.name.upper()}_DATABASE_PASSWORD"


def url(system: System, service: Service) -> Code:
    """Return the database's URL, as ``.env`` holds it."""
    name = sql.name(database(system, service))
    return Code.of("postgresql://{}:${{{}}}@{}:5432/{}", name, identifier(password(service)), plain(NAME), name)


def _server(system: System) -> Mapping[str, Any]:
    made = lasting(hardened(system.deployment.image.postgres, Bounds(memory=1024, reserved=256), _RIGHTS))
    return {
        **made,
        **_PROFILE,
        "stop_grace_period": "60s",
        # Enough for the pools of seven services with four containers each.
        "command": ["postgres", "-c", "max_connections=300"],
        "environment": {
            "POSTGRES_PASSWORD": reference("POSTGRES_PASSWORD"),
            "POSTGRES_INITDB_ARGS": "--auth-host=scram-sha-256 --data-checksums --encoding=UTF8 --locale=C.UTF-8",
        },
        "shm_size": "128m",
        "volumes": [f"{NAME}-data:/var/lib/postgresql/data"],
        "tmpfs": [WRITABLE_TMP, "/var/run/postgresql:size=16m,mode=1777"],
        # Over TCP, which the server that the first start sets up by itself does not listen on.
        "healthcheck": probe("pg_isready", "--host=127.0.0.1", "--username=postgres", interval="5s"),
        "networks": [INSIDE],
    }


def _databases(system: System, served: tuple[Service, ...]) -> Mapping[str, Any]:
    made = once(hardened(system.deployment.image.postgres, Bounds(memory=128, reserved=32)))
    return {
        **made,
        **_PROFILE,
        "user": "10001:10001",
        "command": ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=/postgres.sql"],
        "environment": {
            "HOME": "/tmp",
            "PGHOST": NAME,
            "PGUSER": "postgres",
            "PGPASSWORD": reference("POSTGRES_PASSWORD"),
            **{password(each): reference(password(each)) for each in served},
        },
        "volumes": [mounted("./deploy/postgres.sql", "/postgres.sql")],
        "tmpfs": [WRITABLE_TMP],
        "depends_on": {NAME: HEALTHY},
        "networks": [INSIDE],
    }


def _schema(system: System, service: Service) -> Mapping[str, Any]:
    """Nothing but a URL of the database will do: with the service's own default it would make tables for nobody."""
    made = once(hardened(image_name(system, service), Bounds(memory=256, reserved=64)))
    missing = f"{service.name.upper()}_DATABASE_URL is not set in .env"
    return {
        "build": f"./{service.name}",
        **made,
        **_PROFILE,
        "command": ["python", "-m", "app.database", "create"],
        "environment": {"DATABASE_URL": reference(f"{service.name.upper()}_DATABASE_URL", missing)},
        "tmpfs": [WRITABLE_TMP],
        "depends_on": {_DATABASES: DONE},
        "networks": [INSIDE],
    }
