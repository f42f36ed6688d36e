"""The plugins of Kong that the gateway enforces, with what callers see of them."""

from collections.abc import Mapping

from fountaingen.supervisor.gateway.plugins.authentication import BasicAuth, KeyAuth
from fountaingen.supervisor.gateway.plugins.base import Config, Plugin
from fountaingen.supervisor.gateway.plugins.limits import Acl, RateLimiting, RequestSizeLimiting
from fountaingen.supervisor.gateway.plugins.tokens import Jwt
from fountaingen.supervisor.gateway.plugins.traffic import (
    CorrelationId,
    Cors,
    RequestTermination,
    RequestTransformer,
)

ENFORCED: Mapping[str, type[Plugin]] = {
    "correlation-id": CorrelationId,
    "cors": Cors,
    "jwt": Jwt,
    "key-auth": KeyAuth,
    "basic-auth": BasicAuth,
    "request-size-limiting": RequestSizeLimiting,
    "acl": Acl,
    "rate-limiting": RateLimiting,
    "request-transformer": RequestTransformer,
    "request-termination": RequestTermination,
}
"""Each plugin by its name."""

IDLE = frozenset({"acme", "prometheus"})
"""Plugins that change nothing about what callers see of their requests."""


def shortfall(name: str, config: Config) -> str:
    """Return what of a plugin is not modelled, in words that fit after ``not modelled:``, empty where all is."""
    if name not in ENFORCED:
        return "" if name in IDLE else f"the plugin {name}"
    if name == "key-auth" and config.get("key_in_body"):
        return "keys in bodies (key-auth, key_in_body)"
    if name == "rate-limiting" and (config.get("policy") or "local") != "local":
        return "counters outside this process (rate-limiting, policy); it counts by itself"
    if name == "request-termination" and config.get("echo"):
        return "echoes (request-termination, echo)"
    if name == "request-transformer" and _transforms_more(config):
        return "what request-transformer changes but headers, and its templates"
    return ""


def _transforms_more(config: Config) -> bool:
    wanted = [
        (part, entry)
        for action in ("remove", "rename", "replace", "add", "append")
        for part, entries in (config.get(action) or {}).items()
        for entry in ([entries] if isinstance(entries, str) else entries or ())
    ]
    return bool(config.get("http_method")) or any(
        part != "headers" or "$(" in entry or entry.lower().startswith("host:") for part, entry in wanted
    )
