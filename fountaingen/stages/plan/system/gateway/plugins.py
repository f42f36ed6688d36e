"""Plugins: what every service has by itself, what contracts say of them, and on which level each works."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fountaingen.model.deployment import Gateway
from fountaingen.model.security import SchemeKind, kind_of
from fountaingen.model.service import Body, Operation, Service
from fountaingen.stages.plan.security import schemes_in_use
from fountaingen.stages.plan.system.gateway.access import PLUGINS
from fountaingen.stages.plan.system.gateway.parts import Part, entity_id

Plugins = Mapping[str, Part]
"""The plugins of one level by name."""

TRANSFORMER = "request-transformer"
SIZE = "request-size-limiting"
LIMIT = "rate-limiting"
_GROUP_HEADERS = ("X-Consumer-Groups", "X-Authenticated-Groups")
_CONSUMER_HEADERS = (
    "X-Consumer-ID",
    "X-Consumer-Custom-ID",
    "X-Consumer-Username",
    *_GROUP_HEADERS,
    "X-Credential-Identifier",
    "X-Anonymous-Consumer",
    "X-Authenticated-Scope",
    "X-Authenticated-Userid",
)
_CERTIFICATE_HEADERS = ("ssl-client-verify", "ssl-client-subject-dn")
_CORS_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_SENT = ("Accept", "Content-Type", "X-Request-Id")
_SHOWN = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id")
_IN_MEMORY = ("json", "xml", "x-www-form-urlencoded")


def everywhere() -> Plugins:
    """Return the plugins that look at every request, whatever its service."""
    config = {
        "per_consumer": False,
        "status_code_metrics": True,
        "latency_metrics": True,
        "bandwidth_metrics": True,
        "upstream_health_metrics": True,
    }
    return {"prometheus": Part({"config": config})}


def of_service(service: Service, gateway: Gateway) -> Plugins:
    """Return the plugins that a service has where its contract says nothing of them."""
    configs: dict[str, Mapping[str, Any]] = {
        "correlation-id": {"header_name": "X-Request-Id", "generator": "uuid", "echo_downstream": True},
        SIZE: _size(gateway.max_body_bytes),
        TRANSFORMER: _stripping((*_CONSUMER_HEADERS, *_CERTIFICATE_HEADERS, *gateway.strip_headers), forced(service)),
    }
    if gateway.origins:
        configs["cors"] = _cors(service, gateway)
    limits = {"minute": gateway.requests_per_minute, "hour": gateway.requests_per_hour}
    if any(limits.values()):
        configs[LIMIT] = limiting({period: most for period, most in limits.items() if most})
    return {name: Part({"config": config}) for name, config in configs.items()}


def limiting(limits: Mapping[str, int], by: str = "consumer") -> Mapping[str, Any]:
    """Return the configuration of a limit for each caller: a consumer, or an address where there is none."""
    return {**limits, "policy": "local", "limit_by": by, "fault_tolerant": True, "hide_client_headers": False}


def trusting(service: Service, gateway: Gateway, groups: Part | None) -> Part:
    """Return what a route has whose service takes the gateway's word for who calls: that word is not taken away.

    ``groups`` is the plugin that may say in a header which groups the caller is in.
    """
    config = {} if groups is None else groups.data.get("config")
    are_shown = groups is not None and not (isinstance(config, dict) and config.get("hide_groups_header"))
    headers = (*(() if are_shown else _GROUP_HEADERS), *_CERTIFICATE_HEADERS, *gateway.strip_headers)
    return Part({"config": _stripping(headers, [each for each in forced(service) if each != _NOBODY])})


def sized(operation: Operation, gateway: Gateway) -> Part | None:
    """Return the limit of an operation's body where it is another than that of the service."""
    if operation.body is None:
        return None
    most = operation.body.limit or (gateway.max_upload_bytes if is_uploaded(operation.body) else None)
    return None if most is None or most == gateway.max_body_bytes else Part({"config": _size(most)})


def most(part: Part) -> int:
    """Return the bytes that a limit of our own lets through."""
    size: int = part.data["config"]["allowed_payload_size"]
    return size


def merged(own: Plugins, said: Iterable[tuple[str, Part]]) -> Plugins:
    """Return plugins with those that a contract configures, which replace our own.

    Those that check credentials and strip headers keep what the contract does not say otherwise.
    """
    found = dict(own)
    for name, part in said:
        ours = own.get(name)
        if ours is not None and name in (*PLUGINS, "acl"):
            found[name] = _over(part, ours)
        elif ours is not None and name == TRANSFORMER:
            found[name] = _also_stripping(part, ours)
        else:
            found[name] = part
    return found


def spread(outer: Plugins, inner: Iterable[Plugins]) -> tuple[Plugins, list[Plugins]]:
    """Move plugins of a level to what is in it where some of that switches them off.

    A plugin that is not enabled stands back for the same plugin of the level around it, instead of ending it.
    """
    listed: list[dict[str, Part]] = [dict(each) for each in inner]
    moved = {name for each in listed for name, part in each.items() if name in outer and is_off(part)}
    for each in listed:
        each.update({name: outer[name] for name in sorted(moved) if name not in each})
    return {name: part for name, part in outer.items() if name not in moved}, [*listed]


def entities(plugins: Plugins, owner: str, tags: list[str]) -> list[Part]:
    """Return plugins as the entities of their owner, sorted by name; those that are not enabled would do nothing."""
    found = []
    for name, part in sorted(plugins.items()):
        if is_off(part):
            continue
        own = {"id": entity_id(owner, f"plugin.{name}"), "name": name}
        said = part.data.get("tags")
        ours = {**own, "tags": [*tags, *said]} if isinstance(said, list) else {**own, "tags": tags}
        rest = {key: value for key, value in part.data.items() if key not in ours}
        found.append(Part({**ours, **rest}, part.pointers))
    return found


def is_off(part: Part) -> bool:
    """Tell whether a contract switches a plugin off."""
    return part.data.get("enabled") is False


def passed_by(part: Part, anonymous: str | None = None) -> str:
    """Return by which of its settings a plugin lets requests through that it should look at, empty where none does.

    ``anonymous`` is the consumer of our own that nobody's requests go on as, None where there is none.
    """
    config = part.data.get("config")
    held = config if isinstance(config, dict) else {}
    protocols = part.data.get("protocols")
    rules = (
        (is_off(part), "is not enabled"),
        (isinstance(protocols, list) and not {"http", "https"} <= set(map(str, protocols)), "has 'protocols'"),
        (any(part.data.get(name) for name in ("consumer", "consumer_group")), "is for one consumer"),
        (held.get("anonymous") not in (None, "", anonymous), "has an 'anonymous' consumer"),
        (held.get("run_on_preflight") is False, "lets OPTIONS through ('run_on_preflight')"),
        (held.get("trigger") is not None, "waits for a 'trigger'"),
    )
    return next((why for applies, why in rules if applies), "")


def _over(part: Part, ours: Part) -> Part:
    config = part.data.get("config")
    return (
        part
        if not isinstance(config, dict | None)
        else Part({**part.data, "config": {**ours.data["config"], **(config or {})}}, part.pointers)
    )


def _also_stripping(part: Part, ours: Part) -> Part:
    """Return the contract's own transformation, after which nothing that we strip is left."""
    config = part.data.get("config")
    if not isinstance(config, dict | None):
        return part
    changed = dict(config or {})
    for what, held in ours.data["config"].items():
        said = changed.get(what)
        if isinstance(said, dict | None):
            listed = (said or {}).get("headers")
            kept = listed if isinstance(listed, list) else []
            changed[what] = {
                **(said or {}),
                "headers": [*kept, *(each for each in held["headers"] if each not in kept)],
            }
    return Part({**part.data, "enabled": True, "config": changed}, part.pointers)


def _stripping(headers: Iterable[str], forced: Sequence[str]) -> Mapping[str, Any]:
    return {
        "remove": {"headers": list(dict.fromkeys(headers))},
        **({"add": {"headers": list(forced)}} if forced else {}),
    }


_NOBODY = "X-Consumer-Username:-"


def forced(service: Service) -> list[str]:
    """Return what headers say of nobody to a service that would believe them.

    Kong looks at so many headers of a request, so that one behind them is not removed; all of a name are overwritten.
    """
    kinds = {kind_of(scheme) for scheme in schemes_in_use(service).values()}
    words = {SchemeKind.CERTIFICATE: "ssl-client-verify:NONE", SchemeKind.GATEWAY: _NOBODY}
    return [word for kind, word in words.items() if kind in kinds]


def _size(most: int) -> Mapping[str, Any]:
    return {"allowed_payload_size": most, "size_unit": "bytes", "require_content_length": False}


def is_uploaded(body: Body) -> bool:
    """Tell whether a body may be one that the service does not hold in memory."""
    types = (media_type.partition(";")[0].strip().lower() for media_type in body.content)
    return any(not kind.startswith("text/") and not kind.endswith(_IN_MEMORY) for kind in types)


def _cors(service: Service, gateway: Gateway) -> Mapping[str, Any]:
    used = {operation.method for operation in service.operations}
    used |= {"HEAD"} if "GET" in used else set()
    return {
        "origins": list(gateway.origins),
        "methods": [method for method in _CORS_METHODS if method in used],
        "headers": _sorted((*_SENT, *_sent(service))),
        "exposed_headers": _sorted((*_SHOWN, *_shown(service))),
        "credentials": gateway.credentials,
        "max_age": 3600,
        "preflight_continue": False,
    }


def _sent(service: Service) -> Iterable[str]:
    for scheme in service.security_schemes.values():
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            yield str(scheme.get("name"))
        elif kind_of(scheme) in (SchemeKind.BASIC, SchemeKind.TOKEN, SchemeKind.GATEWAY):
            yield "Authorization"
    for operation in service.operations:
        yield from (each.name for each in operation.parameters if each.location == "header")


def _shown(service: Service) -> Iterable[str]:
    return (
        header.name
        for operation in service.operations
        for response in operation.responses
        for header in response.headers
        if header.name.lower() != "content-type"
    )


def _sorted(names: Iterable[str]) -> list[str]:
    """Return names of headers, each once whatever its case."""
    return list({name.lower(): name for name in sorted(names, key=lambda name: (name.lower(), name))}.values())
