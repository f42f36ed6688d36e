"""``fountaingen up``: run the services of a project for development."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fountaingen.commands.printers import diagnose
from fountaingen.model.problems import Rejected
from fountaingen.project import Project, find_project
from fountaingen.supervisor import ports
from fountaingen.supervisor.callers import HOURS, USERNAME
from fountaingen.supervisor.development import FOLDER, Development, Keys, sets
from fountaingen.supervisor.planner import GatewayWish, Planner, Surroundings, UnknownService, Wish
from fountaingen.supervisor.run import Watching, supervise
from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import GatewayUnit, Rebuilt, ServiceUnit, SystemView, Unit
from fountaingen.supervisor.watch import Snapshot

if TYPE_CHECKING:
    from fountaingen.supervisor.gateway.planning import Front

Build = Callable[[Project], SystemView]


Services = Annotated[
    list[str] | None,
    typer.Argument(metavar="SERVICE", help="Services to run, and with them those they call; all if none."),
]
Watch = Annotated[bool, typer.Option("--watch", help="Build anew and restart what changed when specs or hooks change.")]
PortBase = Annotated[
    int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Give the services the ports from this one up.")
]
FreePorts = Annotated[bool, typer.Option("--free-ports", help="Give every service a port that is free now.")]
Gateway = Annotated[
    bool, typer.Option("--gateway", help="Serve all of them by host name on one port, as kong.yml says it.")
]
GatewayPort = Annotated[
    int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Where the gateway listens, 8080 if not said.")
]


def up_command(build: Build) -> Callable[..., None]:
    """Return the command ``up``; ``build`` brings the project's output up to date and says what it holds."""

    def up(
        services: Services = None,
        watch: Watch = False,
        port_base: PortBase = None,
        *,
        free_ports: FreePorts = False,
        gateway: Gateway = False,
        gateway_port: GatewayPort = None,
    ) -> None:
        """Build what is out of date and run the services here, until Ctrl-C.

        Each service is a process of its own on 127.0.0.1, with a SQLite database
        in .fountaingen/ or the one that NAME_DATABASE_URL names. Its port is the
        one its contract names in a http://localhost server, else the first free
        one from 8100 up. When all are ready, a table shows where they and their
        documentation are, and .fountaingen/up.json says the same to programs.
        What they log follows. One that dies is started again, three times a minute.

        Services accept the keys in API_KEYS; without them a development key is
        made once, kept in .fountaingen/dev-key and shown. Where they take bearer
        tokens, .fountaingen/dev-token holds one. A service finds its
        peers by their URLs, such as ORDERS_URL for orders; a peer whose URL is
        set already is taken to run elsewhere and is not started for another.

        With --gateway, the hosts of the contracts are served on one port too, as
        kong.yml has Kong do it: its routes, keys and limits. It is for development
        and no gateway for production: it speaks plain http, as if it were https.

        Examples:

        \b
          fountaingen up                 every service
          fountaingen up orders          one service, and those it calls
          fountaingen up --watch         restart what changes
          fountaingen up --free-ports    beside another one, as tests do
          fountaingen up --gateway       and then, for a host of a contract:
          curl -H 'Host: api.example.com' localhost:8080/orders -H "X-API-KEY: $key"

        Exit codes: 0 stopped by Ctrl-C or SIGTERM; 1 a contract has problems, a
        port is in use, or a service does not start; 2 wrong usage, such as a
        service that is not there.
        """
        front = GatewayWish(gateway_port) if gateway or gateway_port else None
        raise typer.Exit(_up(build, Wish(tuple(services or ()), _choice(port_base, free_ports), front), watch))

    return up


def _choice(port_base: int | None, free_ports: bool) -> ports.PortChoice:
    if port_base is not None and free_ports:
        raise typer.BadParameter("--port-base and --free-ports exclude each other")
    if free_ports:
        return ports.ChosenBySystem()
    return ports.FromContracts() if port_base is None else ports.CountingFrom(port_base)


def _up(build: Build, wish: Wish, watch: bool) -> int:
    claims = ports.PortKeeper()
    try:
        project = find_project(Path.cwd())
        development = Development.of(project.root)
        keys = development.keys(os.environ)
        machine = ports.Machine(ports.is_free, claims.any_free, ports.owner)
        surroundings = Surroundings(development, keys, machine, os.environ)
        planner = Planner(lambda: build(project), wish, surroundings, _front(project, wish, surroundings))
        folders = (project.specs, project.hooks, project.templates)
        known = Snapshot.of(folders)
        units = planner.plan().all
        watching = Watching(project.root, folders, known, lambda: _rebuilt(planner)) if watch else None
        return _run(units, development, keys, watching)
    except UnknownService as unknown:
        diagnose(unknown.problems)
        return 2
    except Rejected as rejected:
        diagnose(rejected.problems)
        return 1
    finally:
        claims.close()


def _front(project: Project, wish: Wish, around: Surroundings) -> "Front | None":
    if wish.gateway is None:
        return None
    # It takes a model of Kong to import, which only those wait for who want it.
    from fountaingen.supervisor.gateway.planning import Front

    return Front(project.out, wish, around)


def _run(units: Sequence[Unit], development: Development, keys: Keys, watching: Watching | None) -> int:
    screen = Screen(sys.stdout, sys.stderr)
    shown: list[tuple[str, str]] = []

    def announce(running: Sequence[Unit]) -> None:
        services = [unit for unit in running if isinstance(unit, ServiceUnit)]
        gateway = next((unit for unit in running if isinstance(unit, GatewayUnit)), None)
        token = _token(services, development)
        hosts = gateway.hosts if gateway else ()
        if shown != (addresses := [*((unit.name, unit.url) for unit in running), *hosts]):
            shown[:] = addresses
            screen.table(services, *_about(services, keys, token))
            if gateway:
                screen.hosts(hosts, *_about_gateway(gateway))
        front = {"url": gateway.url, "hosts": dict(hosts)} if gateway else None
        development.announce(services, keys.first, token, front)

    screen.event(f"starting {', '.join(unit.name for unit in units)}")
    try:
        return asyncio.run(supervise(units, screen, announce, watching))
    finally:
        development.withdraw()


def _rebuilt(planner: Planner) -> Rebuilt | None:
    try:
        return planner.plan()
    except Rejected as rejected:
        diagnose(rejected.problems)
        return None


def _token(running: Sequence[ServiceUnit], development: Development) -> str:
    """Return a token for the services that take any, empty where none does or the environment names an issuer."""
    callers = [unit.callers for unit in running if unit.callers.tokens]
    if not callers or sets(os.environ, "JWT_"):
        return ""
    return development.hand_out(frozenset().union(*(each.scopes for each in callers)))


def _about(running: Sequence[ServiceUnit], keys: Keys, token: str) -> Iterator[str]:
    if keys.is_development_key:
        yield f"API key: {keys.first} (made for development, kept in {FOLDER}/dev-key)"
    else:
        yield f"API keys: those in {'API_KEYS' if keys.accepted else 'API_KEYS_FILE'}"
    if keys.first and any(unit.callers.passwords for unit in running) and not sets(os.environ, "BASIC_USERS"):
        yield f"Name and password: {USERNAME}, and the {'API key' if keys.is_development_key else 'first API key'}"
    if token:
        yield f"Bearer token: {FOLDER}/dev-token (every scope, for {HOURS} hours)"


def _about_gateway(gateway: GatewayUnit) -> Iterator[str]:
    yield f"Gateway: {gateway.url}, which goes by the Host header; for development only, no gateway for production"
    for host, _ in gateway.hosts[:1]:
        yield f"For example: curl -H 'Host: {host}' {gateway.url}/…"
