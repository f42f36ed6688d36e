"""The entities of a configuration that Kong would run with, defaults filled in and references resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PRIORITIES: Mapping[str, int] = {
    "pre-function": 1000000,
    "correlation-id": 100001,
    "zipkin": 100000,
    "bot-detection": 2500,
    "cors": 2000,
    "session": 1900,
    "acme": 1705,
    "jwt": 1450,
    "oauth2": 1400,
    "key-auth": 1250,
    "ldap-auth": 1200,
    "basic-auth": 1100,
    "hmac-auth": 1030,
    "grpc-gateway": 998,
    "ip-restriction": 990,
    "request-size-limiting": 951,
    "acl": 950,
    "rate-limiting": 910,
    "response-ratelimiting": 900,
    "request-transformer": 801,
    "response-transformer": 800,
    "redirect": 779,
    "ai-request-transformer": 777,
    "ai-prompt-template": 773,
    "ai-prompt-decorator": 772,
    "ai-prompt-guard": 771,
    "ai-proxy": 770,
    "ai-response-transformer": 768,
    "standard-webhooks": 760,
    "aws-lambda": 750,
    "azure-functions": 749,
    "proxy-cache": 100,
    "opentelemetry": 14,
    "prometheus": 13,
    "http-log": 12,
    "statsd": 11,
    "datadog": 10,
    "file-log": 9,
    "udp-log": 8,
    "tcp-log": 7,
    "loggly": 6,
    "syslog": 4,
    "grpc-web": 3,
    "request-termination": 2,
    "post-function": -1000,
}
"""The order in which plugins run: the highest first."""


@dataclass(frozen=True)
class Service:
    """Where requests are sent; times are in milliseconds."""

    id: str
    name: str | None
    protocol: str
    host: str
    port: int
    path: str | None
    enabled: bool
    tags: tuple[str, ...]
    retries: int = 5
    connect_timeout: int = 60_000
    write_timeout: int = 60_000
    read_timeout: int = 60_000


@dataclass(frozen=True)
class Route:
    """Which requests go to a service; ``where`` is its place in the data."""

    id: str
    name: str | None
    service: Service | None
    protocols: tuple[str, ...]
    methods: tuple[str, ...]
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    snis: tuple[str, ...]
    regex_priority: int
    strip_path: bool
    path_handling: str
    preserve_host: bool
    https_redirect_status_code: int
    tags: tuple[str, ...]
    where: tuple[str | int, ...]


@dataclass(frozen=True)
class Target:
    """One address behind an upstream."""

    target: str
    weight: int


@dataclass(frozen=True)
class Upstream:
    """A name that stands for several targets."""

    id: str
    name: str
    targets: tuple[Target, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Credential:
    """What a consumer is known by; ``table`` is where it is declared (``keyauth_credentials`` …)."""

    id: str
    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Consumer:
    """Someone who sends requests."""

    id: str
    username: str | None
    custom_id: str | None
    groups: tuple[str, ...]
    credentials: tuple[Credential, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Plugin:
    """A plugin and what it is put on: ids of a route, a service and a consumer, None for all of them."""

    id: str
    name: str
    config: Mapping[str, Any]
    route: str | None
    service: str | None
    consumer: str | None
    protocols: tuple[str, ...]
    enabled: bool

    @property
    def rank(self) -> int:
        """How specific it is: the most specific instance of a plugin is the one that runs."""
        scope = (self.consumer is not None, self.route is not None, self.service is not None)
        order = ((0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1))
        return 1 + order.index(tuple(map(int, scope))) if any(scope) else 0


@dataclass(frozen=True)
class Certificate:
    """A certificate and the server names that it is shown for."""

    id: str
    cert: str
    key: str
    snis: tuple[str, ...]


@dataclass(frozen=True)
class Configuration:
    """All that Kong runs with."""

    services: tuple[Service, ...] = ()
    routes: tuple[Route, ...] = ()
    upstreams: tuple[Upstream, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    def plugins_for(self, route: Route, consumer: Consumer | None = None) -> tuple[Plugin, ...]:
        """Return the plugins that run for a request, in their order: of each name the most specific one."""
        service = route.service.id if route.service else None
        chosen: dict[str, Plugin] = {}
        for plugin in self.plugins:
            applies = (
                plugin.enabled
                and plugin.route in {None, route.id}
                and plugin.service in {None, service}
                and plugin.consumer in {None, consumer.id if consumer else None}
            )
            if applies and (plugin.name not in chosen or plugin.rank > chosen[plugin.name].rank):
                chosen[plugin.name] = plugin
        return tuple(sorted(chosen.values(), key=lambda each: -PRIORITIES.get(each.name, 0)))

    def upstream(self, name: str) -> Upstream | None:
        """Return the upstream of a name."""
        return next((each for each in self.upstreams if each.name == name), None)
