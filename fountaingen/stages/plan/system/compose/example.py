"""What ``.env.example`` shows: every variable that containers read, with what it is."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fountaingen.model.system import System
from fountaingen.primitives import environment
from fountaingen.primitives.code import Code, comment
from fountaingen.stages.plan.system.compose import postgres, variables
from fountaingen.stages.plan.system.compose.variables import Optional, Required, Variable

_Line = tuple[str, Code, str]
"""A variable's name, its value as the file holds it, and its meaning."""

_EMPTY = environment.text("")


def sections(system: System) -> Sequence[Mapping[str, Any]]:
    """Return the view of ``.env.example``: headed lists of variables, each set to be filled in or left as a comment."""
    told = list(_told(system))
    needed = [(each.name, _EMPTY, each.meaning) for each in told if isinstance(each, Required)]
    known = {name for name, _, _ in needed}
    free = [(each.name, _EMPTY, each.meaning) for each in told if isinstance(each, Optional) and each.name not in known]
    return [
        *([_section(["Nothing starts without these."], needed, is_set=True)] if needed else []),
        _section(["These may be set."], [*free, *_PLACES, *_copies(system)], is_set=False),
        *([_section(_POSTGRES, list(_databases(system)), is_set=False)] if postgres.stored(system) else []),
        _section(_OBSERVABILITY, _DASHBOARDS, is_set=False),
    ]


_PLACES: Sequence[_Line] = (
    (
        "CERTIFICATES",
        environment.text("../.fountaingen/certs"),
        "the folder of the gateway's certificates, as fountaingen certs makes it",
    ),
    ("HTTP_PORT", environment.text("80"), "the port of this machine that the gateway answers http on"),
    ("HTTPS_PORT", environment.text("443"), "the port of this machine that the gateway answers https on"),
)
_POSTGRES = (
    "PostgreSQL instead of SQLite: set all of these. Make passwords of letters and digits, as by openssl rand -hex 24;",
    "a profile can stand beside another: COMPOSE_PROFILES=postgres,observability.",
)
_OBSERVABILITY = ("Prometheus and Grafana: COMPOSE_PROFILES=observability, or the option --profile observability.",)
_DASHBOARDS: Sequence[_Line] = (
    ("GRAFANA_PASSWORD", _EMPTY, "the password of Grafana's user admin"),
    (
        "GRAFANA_PORT",
        environment.text("3000"),
        "the port of this machine, and of this machine alone, that Grafana answers on",
    ),
)


def _told(system: System) -> Iterable[Variable]:
    """Return each variable of a service once; one that any service demands is demanded."""
    found: dict[str, Variable] = {}
    for service in system.services:
        given = variables.credentials(system, service), variables.peers(system, service), variables.settings(service)
        for each in (variable for group in given for variable in group):
            if each.name not in found or isinstance(each, Required):
                found[each.name] = each
    return (*found.values(), *variables.gateway(system), *variables.PROXIES)


def _copies(system: System) -> Iterator[_Line]:
    """Yield the numbers of those that keep nothing, of which there can be several without PostgreSQL too."""
    for service in system.services:
        if not service.entities:
            number = environment.text(str(system.deployment.gateway.replicas))
            yield f"{service.name.upper()}_REPLICAS", number, f"how many containers of {service.name} share its work"


def _databases(system: System) -> Iterator[_Line]:
    yield "COMPOSE_PROFILES", environment.text("postgres"), ""
    yield "POSTGRES_PASSWORD", _EMPTY, "the password of the user postgres, who makes the databases"
    replicas = environment.text(str(system.deployment.gateway.replicas))
    for service in postgres.stored(system):
        upper = service.name.upper()
        yield postgres.password(service), _EMPTY, f"the password of the role {postgres.database(system, service)}"
        yield f"{upper}_DATABASE_URL", postgres.url(system, service), ""
        yield f"{upper}_REPLICAS", replicas, ""


def _section(heading: Sequence[str], lines: Sequence[_Line], is_set: bool) -> Mapping[str, Any]:
    return {
        "heading": [comment(each) for each in heading],
        "variables": [
            {
                "meaning": [comment(part) for part in textwrap.wrap(meaning, 115)],
                "line": environment.assignment(name, value) if is_set else environment.suggestion(name, value),
            }
            for name, value, meaning in lines
        ],
    }
