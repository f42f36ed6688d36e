"""Who may reach whom: nobody, but the gateway, peers and Prometheus a service, and a service what it needs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fountaingen.model.kubernetes import Kubernetes
from fountaingen.model.system import PORT
from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import SCHEMA, Object, in_namespace, selected

_HTTPS = 443
_HTTP = 80
_EVERYWHERE = (
    ("0.0.0.0/0", ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")),
    ("::/0", ("::1/128", "fc00::/7", "fe80::/10")),
)
"""The internet: all networks without those that are private."""
_RESOLVER_OF_NODES = "169.254.20.10/32"
"""Where NodeLocal DNSCache answers (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/)."""

Rule = Mapping[str, Any]


def default_deny(settings: Kubernetes) -> Object:
    """Return the policy by which nothing in the namespace reaches, nor is reached, but by another policy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": settings.namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def service_policy(workload: Workload) -> Object:
    """Return the policy of the service's pods."""
    return _policy(workload, selected(workload.label), workload.label, _ingress(workload), list(_egress(workload)))


def schema_policy(workload: Workload) -> Object:
    """Return the policy of the pods that make its tables."""
    ways = [_names(), _database(workload.settings)]
    return _policy(workload, selected(workload.label, SCHEMA), f"{workload.label}-{SCHEMA}", (), ways)


def _policy(
    workload: Workload, pods: Mapping[str, str], name: str, ingress: Sequence[Rule], egress: Sequence[Rule]
) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {**workload.naming.metadata(name), "labels": pods},
        "spec": {
            "podSelector": {"matchLabels": pods},
            "policyTypes": ["Ingress", "Egress"],
            **({"ingress": list(ingress)} if ingress else {}),
            "egress": list(egress),
        },
    }


def _ingress(workload: Workload) -> Sequence[Rule]:
    settings = workload.settings
    outside = (settings.gateway_namespace if settings.gateway else "", settings.monitoring_namespace)
    sources = [
        *(in_namespace(name) for name in dict.fromkeys(outside) if name),
        *({"podSelector": {"matchLabels": selected(label)}} for label in workload.callers),
    ]
    return [{"from": sources, "ports": [_tcp(PORT)]}] if sources else []


def _egress(workload: Workload) -> Iterator[Rule]:
    yield _names()
    if workload.peers:
        peers = [{"podSelector": {"matchLabels": selected(label)}} for label in workload.peers]
        yield {"to": peers, "ports": [_tcp(PORT)]}
    if workload.uses_server:
        yield _database(workload.settings)
    if workload.settings.traces:
        yield _collector(workload.settings)
    if workload.reaches_out:
        networks = [{"ipBlock": {"cidr": all_, "except": list(private)}} for all_, private in _EVERYWHERE]
        # Subscribers say by which port they are called; keys of issuers come by https.
        yield {"to": networks, **({} if workload.service.outgoing else {"ports": [_tcp(_HTTPS)]})}


def _names() -> Rule:
    resolver = {**in_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return {
        "to": [resolver, {"ipBlock": {"cidr": _RESOLVER_OF_NODES}}],
        "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)],
    }


def _database(settings: Kubernetes) -> Rule:
    networks = [{"ipBlock": {"cidr": each}} for each in settings.database_networks]
    return {**({"to": networks} if networks else {}), "ports": [_tcp(settings.database_port)]}


def _collector(settings: Kubernetes) -> Rule:
    found = urlsplit(settings.traces)
    return {"ports": [_tcp(found.port or (_HTTPS if found.scheme == "https" else _HTTP))]}


def _tcp(port: int) -> Rule:
    return {"protocol": "TCP", "port": port}
