"""Certificates by ACME: what Kong needs to be given some for the hosts of the contracts (RFC 8555)."""

from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.stages.plan.system.gateway.parts import Part, entity_id
from fountaingen.stages.plan.system.gateway.plugins import Plugins, entities
from fountaingen.stages.plan.system.hosts import hosts

_CHALLENGE = "acme-challenge"
_TAGS = ["gateway"]


def plugins(system: System) -> Plugins:
    """Return the plugin that asks the authority, none where certificates are mounted."""
    tls, names = system.deployment.tls, _domains(system)
    if tls.certificates != "acme" or not names:
        return {}
    config = {
        "account_email": tls.acme_email,
        "tos_accepted": tls.acme_accept_terms,
        "api_uri": tls.acme_directory,
        "domains": names,
        "storage": "shm",
        "renew_threshold_days": 14,
    }
    return {"acme": Part({"config": config})}


def service(system: System) -> tuple[Part, ...]:
    """Return what gives the authority's questions a route, on which the plugin answers; nothing stands behind it."""
    if not plugins(system):
        return ()
    silent = Part({"config": {"status_code": 404, "message": "Not found"}})
    route = Part(
        {
            "id": entity_id(_CHALLENGE, "route"),
            "name": _CHALLENGE,
            "hosts": _domains(system),
            "paths": ["/.well-known/acme-challenge/"],
            "protocols": ["http"],
            "strip_path": False,
            "tags": _TAGS,
        }
    ).holding("plugins", entities({"request-termination": silent}, _CHALLENGE, _TAGS))
    owner = {"id": entity_id(_CHALLENGE, "service"), "name": _CHALLENGE, "host": "127.0.0.1", "port": 65535}
    return (Part({**owner, "protocol": "http", "tags": _TAGS}).holding("routes", [route]),)


def _domains(system: System) -> list[str]:
    """Return the hosts that an authority can reach over http: neither wildcards nor names of this machine."""
    found = [each for each in hosts(system) if not isinstance(each, Problem)]
    return [each.name for each in found if each.is_qualified and not each.name.startswith("*") and not each.is_local]
