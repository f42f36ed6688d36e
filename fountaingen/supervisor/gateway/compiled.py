"""From a configuration to what serves it: routes, the plugins on each, callers and where services are."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from fountaingen.kong.addresses import parse
from fountaingen.kong.configuration import PRIORITIES, Configuration, Consumer, Route, Service
from fountaingen.kong.configuration import Plugin as Declared
from fountaingen.kong.router import Request, Router
from fountaingen.supervisor.gateway.exchange import Identity, Received
from fountaingen.supervisor.gateway.plugins import ENFORCED, shortfall
from fountaingen.supervisor.gateway.plugins.base import (
    Credentials,
    PasswordCredential,
    Plugin,
    Surroundings,
    TokenCredential,
)
from fountaingen.supervisor.gateway.routing import Chooser, Passage
from fountaingen.supervisor.gateway.upstream import Address, Backend, Patience

_TARGET_PORT = 8000
"""The port of a target that names none, as Kong has it."""


class Compiled:
    """A configuration, ready to serve; ``shortfalls`` are what it says and nothing here does, one line each."""

    def __init__(self, configuration: Configuration, now: Callable[[], float]) -> None:
        self._router = Router(configuration)
        self._routed_by = frozenset(name.lower() for route in configuration.routes for name in route.headers)
        self._chains = _chains(configuration, now)
        self._backends = {each.id: _backend(each, configuration) for each in configuration.services}
        self.shortfalls = tuple(_shortfalls(configuration))

    def find(self, received: Received) -> Passage | None:
        """Return the way of a request, None where no route matches; where a route wants https, it is taken as that."""
        fields = {name: tuple(received.headers.all(name)) for name in self._routed_by}
        request = Request("http", received.host, received.method, received.path, fields, port=received.port)
        match = self._router.match(request)
        if match is None or match.service is None:
            return None
        backend = self._backends[match.service.id]
        return Passage(
            service=match.service.id,
            backend=backend,
            path=match.upstream_uri,
            host=match.upstream_host or next((f"{host}:{port}" for host, port in backend.targets), ""),
            scheme="http" if match.insecure is None else "https",
            chain=self._chains[match.route.id],
        )


def _chains(configuration: Configuration, now: Callable[[], float]) -> dict[str, tuple[Chooser, ...]]:
    surroundings = Surroundings(_credentials(configuration), now)
    plugins = {
        each.id: ENFORCED[each.name](each.config, surroundings)
        for each in configuration.plugins
        if each.enabled and each.name in ENFORCED
    }
    return {route.id: _choosers(route, configuration, plugins) for route in configuration.routes}


def _choosers(route: Route, configuration: Configuration, plugins: Mapping[str, Plugin]) -> tuple[Chooser, ...]:
    """Return who stands at a route, in their order; a plugin may be another one, or none, for some consumers."""
    special = {each.consumer for each in configuration.plugins} - {None}
    usual = _by_name(configuration.plugins_for(route), plugins)
    own = {
        consumer.id: _by_name(configuration.plugins_for(route, consumer), plugins)
        for consumer in configuration.consumers
        if consumer.id in special
    }
    names = sorted({*usual, *(name for each in own.values() for name in each)}, key=lambda name: -PRIORITIES[name])
    return tuple(
        partial(_choose, usual.get(name), {consumer: each.get(name) for consumer, each in own.items()})
        for name in names
    )


def _by_name(declared: tuple[Declared, ...], plugins: Mapping[str, Plugin]) -> dict[str, Plugin]:
    return {each.name: plugins[each.id] for each in declared if each.id in plugins}


def _choose(usual: Plugin | None, own: Mapping[str, Plugin | None], consumer: Consumer | None) -> Plugin | None:
    return own.get(consumer.id, usual) if own and consumer else usual


def _credentials(configuration: Configuration) -> Credentials:
    keys: dict[str, Identity] = {}
    passwords: dict[str, PasswordCredential] = {}
    tokens: dict[str, TokenCredential] = {}
    consumers: dict[str, Consumer] = {}
    for consumer in configuration.consumers:
        consumers |= {name: consumer for name in (consumer.username, consumer.id) if name}
        for each in consumer.credentials:
            values = each.values
            if each.table == "keyauth_credentials":
                keys[values["key"]] = Identity(consumer, each.id, each.id)
            elif each.table == "basicauth_credentials":
                identity = Identity(consumer, each.id, values["username"])
                passwords[values["username"]] = PasswordCredential(identity, values["password"])
            elif each.table == "jwt_secrets":
                algorithm = values.get("algorithm") or "HS256"
                secret = values.get("secret" if algorithm.startswith("HS") else "rsa_public_key")
                tokens[values["key"]] = TokenCredential(
                    Identity(consumer, each.id, values["key"]), algorithm, secret or ""
                )
    return Credentials(keys, passwords, tokens, consumers)


def _backend(service: Service, configuration: Configuration) -> Backend:
    upstream = configuration.upstream(service.host)
    targets: tuple[Address, ...] = ((service.host, service.port),)
    if upstream is not None:
        targets = tuple(_address(each.target) for each in upstream.targets if each.weight > 0)
    patience = Patience(service.connect_timeout / 1000, service.read_timeout / 1000, service.write_timeout / 1000)
    return Backend(targets, patience, service.retries)


def _address(target: str) -> Address:
    found = parse(target)
    return found.host, found.port or _TARGET_PORT


def _shortfalls(configuration: Configuration) -> Iterator[str]:
    enabled = [each for each in configuration.plugins if each.enabled]
    for found in sorted({shortfall(each.name, each.config) for each in enabled} - {""}):
        yield f"not modelled: {found}"
    for protocol in sorted({each.protocol for each in configuration.services} - {"http"}):
        yield f"not modelled: services that speak {protocol}"
    if any("http" not in route.protocols for route in configuration.routes):
        yield "routes that want https are served over plain http, as if it were https"
    if any(route.service is None for route in configuration.routes):
        yield "routes without a service match nothing"
