"""Gateways of contracts that a test writes down in a few lines."""

from collections.abc import Iterable, Mapping
from typing import Any

from building import service

from fountaingen.model.deployment import Deployment, Gateway, Tls
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.stages.plan.system.gateway import Configuration, configuration

URL = "https://api.example.org"
SERVERS = [{"url": URL}]
SCHEMES: Mapping[str, Mapping[str, Any]] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
    "queryKey": {"type": "apiKey", "in": "query", "name": "key"},
    "cookieKey": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "basic"},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "opaque": {"type": "http", "scheme": "bearer"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://issuer.example/.well-known/openid-configuration"},
    "mutual": {"type": "mutualTLS"},
    "trustedKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY", "x-fountaingen-security": "gateway"},
    "trustedToken": {"type": "http", "scheme": "bearer", "x-fountaingen-security": "gateway"},
    "digest": {"type": "http", "scheme": "digest", "x-fountaingen-security": "gateway"},
}


def contract(paths: Mapping[str, Any], **more: Any) -> Service:
    """Return the service of a contract that has every scheme."""
    data = {"servers": SERVERS, "components": {"schemas": {}, "securitySchemes": SCHEMES}, **more}
    return service(paths, **data)


def system(*services: Service, hooks: Iterable[str] = (), tls: Tls | None = None, **settings: Any) -> System:
    """Return the system of services, with settings of the gateway; ``hooks`` are those of every service."""
    deployment = Deployment(gateway=Gateway(**settings), tls=tls or Tls())
    held = {each.name: HookSet(each.name, hooks={name: None for name in hooks}) for each in services}
    return System(services, held, deployment)


def gateway(paths: Mapping[str, Any], settings: Mapping[str, Any] | None = None, **more: Any) -> Configuration:
    """Return the gateway of one contract."""
    return configuration(system(contract(paths, **more), **(settings or {})))


def routes(found: Configuration) -> dict[str, Any]:
    """Return all routes by name, without the stem of their service."""
    return {
        route["name"].partition(".")[2] or route["name"]: route
        for each in found.data["services"]
        for route in each.get("routes", [])
    }


def plugins(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configurations of an entity's plugins by name."""
    return {plugin["name"]: plugin.get("config") for plugin in entity.get("plugins", [])}


def codes(found: Configuration) -> list[str]:
    """Return the codes of what is told."""
    return [problem.code for problem in found.problems]
