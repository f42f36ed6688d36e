"""Routes: one an operation, or one a host, each with the plugins that are its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.deployment import Gateway
from fountaingen.model.service import Operation
from fountaingen.stages.plan.system.gateway import plugins
from fountaingen.stages.plan.system.gateway.access import ANYONE, Access, Left, Rules, access
from fountaingen.stages.plan.system.gateway.addresses import Address, Places
from fountaingen.stages.plan.system.gateway.extensions import Extensions, Level
from fountaingen.stages.plan.system.gateway.pages import hidden
from fountaingen.stages.plan.system.gateway.parts import Part, Path, entity_id
from fountaingen.stages.plan.system.gateway.paths import Target, regex
from fountaingen.stages.plan.system.gateway.plugins import Plugins

_OURS = ("id", "name", "paths", "methods", "service", "plugins")
"""Members of a route that ``x-kong-route-defaults`` does not decide."""
CLOSING = ("hmac-auth", "ldap-auth", "oauth2", "request-termination")
"""Plugins by which a contract may keep a scheme itself that is left to the gateway."""


@dataclass(frozen=True)
class Route:
    """A route before its priority is known; ``pointer`` leads to its operation, empty for one of a whole host."""

    part: Part
    target: Target
    methods: frozenset[str]
    plugins: Plugins
    tags: tuple[str, ...]
    pointer: str
    access: Access

    @property
    def name(self) -> str:
        return str(self.part.data["name"])


@dataclass(frozen=True)
class Maker:
    """Makes the routes of one contract; ``stem`` begins their names, ``own`` are the plugins of the service."""

    extensions: Extensions
    places: Places
    rules: Rules
    gateway: Gateway
    stem: str
    own: Plugins

    def routes(self, operations: Sequence[Operation]) -> Iterator[Route]:
        """Yield the routes of operations."""
        if self.gateway.routes == "host":
            yield from self._hosts(operations)
            return
        asking = self._preflights()
        for operation in operations:
            yield from self._operation(operation, asking)

    def _operation(self, operation: Operation, asking: Mapping[tuple[str, str], str]) -> Iterator[Route]:
        path, level = self.extensions.levels(operation)
        asked = access(operation, self.rules)
        stem = f"{self.stem}.{self._name(operation, path, level)}"
        tags = (f"operation:{operation.name}", *self.extensions.tags(path, level))
        own = self._plugins(operation, asked, (path, level))
        defaults = self.extensions.defaults("route", self.extensions.document, path, level)
        for number, address in enumerate(self.places.of(operation), 1):
            name = stem if number == 1 else f"{stem}.{number}"
            templates = _templates(operation, address)
            asked_first = any(
                asking[host, each] == operation.operation_id for host in address.hosts for each in templates
            )
            methods = _methods(operation, self.places.service.operations, asked_first)
            given = {"name": name, "methods": list(methods), "paths": list(dict.fromkeys(map(regex, templates)))}
            part = _route(address, {**given, **_flow(operation)}, defaults, operation.pointer)
            target = Target.of(part.data["hosts"], templates)
            yield Route(part, target, frozenset(methods), own, tags, operation.pointer, asked)

    def _preflights(self) -> Mapping[tuple[str, str], str]:
        """Return whose route takes OPTIONS too, by host and path: that of the first operation there."""
        first: dict[tuple[str, str], str] = {}
        for operation in sorted(self.places.service.operations, key=lambda each: each.method != "OPTIONS"):
            for address in self.places.of(operation):
                for template in _templates(operation, address):
                    for host in address.hosts:
                        first.setdefault((host, template), operation.operation_id)
        return first

    def _name(self, operation: Operation, path: Level, level: Level) -> str:
        if given := self.extensions.name(level):
            return given
        above = self.extensions.name(path)
        return f"{above}-{operation.method.lower()}" if above else operation.name

    def _plugins(self, operation: Operation, asked: Access, levels: Sequence[Level]) -> Plugins:
        own: dict[str, Part] = {name: Part({"config": config}) for name, config in asked.configs.items()}
        for name, config in asked.configs.items():
            if asked.anonymous and name != "acl":
                own[name] = Part({"config": {**config, "anonymous": entity_id(asked.anonymous, "consumer")}})
        if asked.is_trusted:
            own[plugins.TRANSFORMER] = self._trusting(own, levels)
        document = dict(self.extensions.plugins(self.extensions.document))
        sized = plugins.sized(operation, self.gateway)
        if sized is not None and (plugins.SIZE not in document or (operation.body and operation.body.limit)):
            own[plugins.SIZE] = sized
        limit = self.own.get(plugins.LIMIT)
        if asked.anonymous == ANYONE and limit is not None and plugins.LIMIT not in document:
            # As one consumer, all who show nothing would share one limit.
            own[plugins.LIMIT] = Part({"config": {**limit.data["config"], "limit_by": "ip"}})
        inherited = [(name, part) for name, part in document.items() if name in own]
        said = [*inherited, *(each for level in levels for each in self.extensions.plugins(level))]
        return plugins.merged({**own, **self._transformer(own, said)}, said)

    def _trusting(self, own: Plugins, levels: Sequence[Level]) -> Part:
        places = (self.extensions.document, *levels)
        said = [each for level in places for each in self.extensions.plugins(level) if each[0] == "acl"]
        return plugins.trusting(self.places.service, self.gateway, plugins.merged(own, said).get("acl"))

    def _transformer(self, own: Plugins, said: Sequence[tuple[str, Part]]) -> Plugins:
        """Return our transformation where a route has one of its own, beside which that of the service does not run."""
        name = plugins.TRANSFORMER
        return {name: self.own[name]} if name not in own and any(each == name for each, _ in said) else {}

    def _hosts(self, operations: Sequence[Operation]) -> Iterator[Route]:
        same = len({_frozen(each.security) for each in operations}) == 1
        asked = access(operations[0], self.rules) if same else _none(operations, self.rules)
        document = self.extensions.document
        defaults = self.extensions.defaults("route", document)
        for address in _by_host(each for operation in operations for each in self.places.of(operation)):
            (host,) = address.hosts
            name = f"{self.stem}.{host.replace('*', 'any')}"
            whole = "" in address.bases
            given = {"name": name, "paths": ["/"] if whole else [f"{base}/" for base in address.bases]}
            part = _route(address, given, defaults, "")
            own = {**(self._plugins(operations[0], asked, ()) if same else {}), **self._widest(operations)}
            yield Route(part, Target.of((host,), given["paths"]), frozenset(), own, (), "", asked)
            if whole and (pages := hidden(self.places.service)):
                yield self._closed(address, f"{name}.pages", pages)

    def _closed(self, address: Address, name: str, pages: Sequence[str]) -> Route:
        part = _route(address, {"name": name, "paths": list(map(regex, pages))}, Part({}), "")
        refusal = {"status_code": 404, "message": "no Route matched with those values"}
        own = {"request-termination": Part({"config": refusal})}
        return Route(part, Target.of(address.hosts, ()), frozenset(), own, (), "", Access({}))

    def _widest(self, operations: Sequence[Operation]) -> Plugins:
        """Return the limit of bodies for a whole host: that of the operation which takes the most."""
        document = dict(self.extensions.plugins(self.extensions.document))
        found = [part for each in operations if (part := plugins.sized(each, self.gateway)) is not None]
        widest = max(found, key=plugins.most, default=None)
        if plugins.SIZE in document or widest is None or plugins.most(widest) < self.gateway.max_body_bytes:
            widest = self.own.get(plugins.SIZE)
        return {} if widest is None else {plugins.SIZE: widest}


def _by_host(addresses: Iterable[Address]) -> list[Address]:
    """Return one address for each host, with all of its base paths and protocols."""
    found: dict[str, Address] = {}
    for address in addresses:
        for host in address.hosts:
            known = found.get(host, Address((host,), (), ()))
            bases = tuple(dict.fromkeys((*known.bases, *address.bases)))
            found[host] = Address((host,), bases, tuple(sorted({*known.protocols, *address.protocols})))
    return list(found.values())


def _frozen(security: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple(tuple((name, tuple(scopes)) for name, scopes in sorted(each.items())) for each in security)


def _none(operations: Sequence[Operation], rules: Rules) -> Access:
    """Return the access of a host whose operations ask for different credentials: all of that is the service's."""
    each = [access(operation, rules) for operation in operations]
    trusted = any(one.is_trusted for one in each)
    fault = "schemes that are left to the gateway need a route an operation: set 'gateway.routes'" if trusted else ""
    names = dict.fromkeys(name for operation in operations for asked in operation.security for name in asked)
    return Access({}, left=tuple(Left(name, _APART) for name in names), fault=fault)


_APART = "a route a host ('gateway.routes') asks for what all of its operations ask for"


def _route(address: Address, given: Mapping[str, Any], defaults: Part, pointer: str) -> Part:
    usual = {
        "hosts": list(address.hosts),
        "protocols": list(address.protocols),
        "strip_path": False,
        "preserve_host": True,
        "https_redirect_status_code": 308,
    }
    said = {name: value for name, value in defaults.data.items() if name not in (*_OURS, "tags")}
    placed: dict[Path, str] = {(name,): f"{defaults.pointers[()]}/{name}" for name in said}
    ordered = {"name": given["name"], **{name: value for name, value in {**usual, **said}.items() if name == "hosts"}}
    return Part({**ordered, **given, **usual, **said}, {(): pointer, **placed})


def _flow(operation: Operation) -> Mapping[str, bool]:
    """Return what passes through as it comes, instead of being held back until it is whole or much."""
    streams = {"response_buffering": False} if operation.stream is not None else {}
    uploads = {"request_buffering": False} if operation.body and plugins.is_uploaded(operation.body) else {}
    return {**streams, **uploads}


def _templates(operation: Operation, address: Address) -> list[str]:
    return [f"{base}{operation.path}" for base in address.bases]


def _methods(operation: Operation, every: Sequence[Operation], takes_preflights: bool) -> tuple[str, ...]:
    """Return the methods that an operation answers: HEAD is answered as GET is, where the contract has none."""
    beside = {other.method for other in every if other.path == operation.path}
    head = ("HEAD",) if operation.method == "GET" and "HEAD" not in beside else ()
    options = ("OPTIONS",) if takes_preflights and operation.method != "OPTIONS" else ()
    return (operation.method, *head, *options)
