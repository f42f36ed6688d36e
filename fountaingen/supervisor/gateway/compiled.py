"""From a configuration to what serves it: routes, the plugins on each, callers and where services are."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fountaingen.supervisor.gateway.declared import Declared, Entity
from fountaingen.supervisor.gateway.exchange import Consumer, Identity, Received
from fountaingen.supervisor.gateway.plugins import ENFORCED, shortfall
from fountaingen.supervisor.gateway.plugins.base import (
    Credentials,
    PasswordCredential,
    Plugin,
    Surroundings,
    TokenCredential,
)
from fountaingen.supervisor.gateway.routing import Chooser, Passage
from fountaingen.supervisor.gateway.standin import Match, Request, Router
from fountaingen.supervisor.gateway.upstream import Address, Backend, Patience

_PORTS = {"http": 80, "https": 443}


class Compiled:
    """A configuration, ready to serve; ``shortfalls`` are what it says and nothing here does, one line each."""

    def __init__(self, data: Mapping[str, Any], now: Callable[[], float]) -> None:
        declared = Declared(data)
        self._router = Router(data)
        self._chains = _chains(declared, now)
        self._backends = {each.id: _backend(each, declared) for each in declared.all("services")}
        self.shortfalls = tuple(sorted(_shortfalls(declared)))

    def find(self, received: Received) -> Passage | None:
        """Return the way of a request, None where no route matches; https is taken as given where a route wants it."""
        match = self._match(received)
        if match is None:
            return None
        backend = self._backends[match.service]
        host, port = backend.targets[0] if backend.targets else ("", 0)
        return Passage(
            service=match.service,
            backend=backend,
            path=match.path,
            host=match.host or f"{host}:{port}",
            scheme=match.scheme,
            prefix=match.prefix,
            chain=self._chains[match.route],
        )

    def _match(self, received: Received) -> Match | None:
        return self._router.match(Request(received.method, received.host, received.path))


def _chains(declared: Declared, now: Callable[[], float]) -> dict[str, tuple[Chooser, ...]]:
    surroundings = Surroundings(_credentials(declared), now)
    plugins = [
        (each, ENFORCED[each.data["name"]](each.data.get("config") or {}, surroundings))
        for each in declared.all("plugins")
        if each.data["name"] in ENFORCED and each.data.get("enabled") is not False
    ]
    services, consumers = declared.parents("services"), declared.parents("consumers")
    routes = declared.parents("routes")
    chains: dict[str, tuple[Chooser, ...]] = {}
    for route in declared.all("routes"):
        service = services[route.refers_to("service") or ""].id
        placed = [
            (each.data["name"], consumer, _precision(each), plugin)
            for each, plugin in plugins
            if _is(each.refers_to("route"), routes, route.id) and _is(each.refers_to("service"), services, service)
            for consumer in [_id(each.refers_to("consumer"), consumers)]
        ]
        chains[route.id] = tuple(
            _chooser([(consumer, precision, plugin) for other, consumer, precision, plugin in placed if other == name])
            for name in ENFORCED
            if any(other == name for other, *_ in placed)
        )
    return chains


def _id(name: str | None, entities: Mapping[str, Entity]) -> str | None:
    return None if name is None else entities[name].id


def _is(name: str | None, entities: Mapping[str, Entity], wanted: str) -> bool:
    return name is None or _id(name, entities) == wanted


def _precision(plugin: Entity) -> tuple[bool, bool]:
    """Return what decides between plugins of one name, that for a consumer first being equal; the greater wins."""
    return plugin.refers_to("route") is not None, plugin.refers_to("service") is not None


def _chooser(plugins: list[tuple[str | None, tuple[bool, bool], Plugin]]) -> Chooser:
    best = sorted(plugins, key=lambda each: (each[0] is not None, *each[1]), reverse=True)
    if len(best) == 1 and best[0][0] is None:
        only = best[0][2]
        return lambda consumer: only

    def choose(consumer: Consumer | None) -> Plugin | None:
        known = None if consumer is None else consumer.id
        return next((plugin for wanted, _, plugin in best if wanted in (None, known)), None)

    return choose


def _credentials(declared: Declared) -> Credentials:
    parents = declared.parents("consumers")
    groups: dict[str, list[str]] = {}
    for acl in declared.all("acls"):
        groups.setdefault(parents[acl.refers_to("consumer") or ""].id, []).append(str(acl.data["group"]))
    consumers = {
        each.id: Consumer(
            each.id, each.data.get("username"), each.data.get("custom_id"), tuple(groups.get(each.id, ()))
        )
        for each in declared.all("consumers")
    }

    def owner(credential: Entity) -> Consumer:
        return consumers[parents[credential.refers_to("consumer") or ""].id]

    return Credentials(
        keys={
            str(each.data["key"]): Identity(owner(each), each.id, each.id)
            for each in declared.all("keyauth_credentials")
        },
        passwords={
            str(each.data["username"]): PasswordCredential(
                Identity(owner(each), each.id, str(each.data["username"])), str(each.data["password"])
            )
            for each in declared.all("basicauth_credentials")
        },
        tokens={str(each.data["key"]): _token(each, owner(each)) for each in declared.all("jwt_secrets")},
        consumers={name: consumers[entity.id] for name, entity in parents.items()},
    )


def _token(credential: Entity, consumer: Consumer) -> TokenCredential:
    data = credential.data
    algorithm = str(data.get("algorithm") or "HS256")
    secret = data.get("secret") if algorithm.startswith("HS") else data.get("rsa_public_key")
    return TokenCredential(Identity(consumer, credential.id, str(data["key"])), algorithm, str(secret or ""))


def _backend(service: Entity, declared: Declared) -> Backend:
    data = service.data
    host, port = str(data.get("host") or ""), int(data.get("port") or _PORTS.get(str(data.get("protocol")), 80))
    upstreams = declared.parents("upstreams")
    targets: tuple[Address, ...] = ((host, port),)
    if host in upstreams:
        upstream = upstreams[host].id
        targets = tuple(
            address
            for each in declared.all("targets")
            if _is(each.refers_to("upstream"), upstreams, upstream)
            for address in [_address(str(each.data["target"]))] * min(int(each.data.get("weight", 100)), 1)
        )
    seconds = (float(data.get(f"{kind}_timeout") or 60_000) / 1000 for kind in ("connect", "read", "write"))
    return Backend(targets, Patience(*seconds), int(data.get("retries", 5)))


def _address(target: str) -> Address:
    """Read ``host:port``; the port is 8000 where there is none, as Kong has it."""
    host, colon, port = target.rpartition(":")
    if not colon or not port.isdigit() or _is_address(target):
        return target, 8000
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _shortfalls(declared: Declared) -> Iterator[str]:
    found = {
        shortfall(str(each.data["name"]), each.data.get("config") or {})
        for each in declared.all("plugins")
        if each.data.get("enabled") is not False
    }
    yield from (f"not modelled: {each}" for each in found if each)
    wants_https = any("http" not in (each.data.get("protocols") or ("http",)) for each in declared.all("routes"))
    if wants_https:
        yield "routes that want https are served over plain http, as if it were https"
