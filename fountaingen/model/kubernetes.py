"""What a project decides about its cluster: the table ``kubernetes`` of its settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

_NAME = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LABEL = re.compile(_NAME)
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_NAME}(?:\.{_NAME})*")
_QUANTITY = re.compile("[1-9][0-9]*(?:Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?")
_ENDPOINT = re.compile(rf"https?://{_NAME}(?:\.{_NAME})*(?::[1-9][0-9]{{0,4}})?(?:/[!-~]*)?")
_MORE = 3


@dataclass(frozen=True)
class Kubernetes:
    """What manifests say; they are written only where the settings have this table.

    A service has ``replicas`` pods, and where it can have several an autoscaler gives it up to ``max_replicas``, three
    times as many by default. Tables are in SQLite on a volume of the size ``storage``, of ``storage_class`` or the
    cluster's own, or in PostgreSQL, which is reached in ``database_networks`` (CIDR), anywhere by default, by
    ``database_port``. Requests come through the Gateway ``gateway`` in ``gateway_namespace``, without routes where it
    is empty; ``monitoring_namespace`` holds Prometheus, empty for none; traces go to the URL ``traces``, if any.
    """

    namespace: str = "fountain"
    database: Literal["sqlite", "postgresql"] = "sqlite"
    database_networks: tuple[str, ...] = ()
    database_port: int = 5432
    replicas: int = 1
    max_replicas: int | None = None
    storage: str = "1Gi"
    storage_class: str = ""
    gateway: str = "gateway"
    gateway_namespace: str = "gateway"
    monitoring_namespace: str = "monitoring"
    traces: str = ""

    @property
    def most_replicas(self) -> int:
        """How many pods an autoscaler gives a service at most."""
        return self.replicas * _MORE if self.max_replicas is None else self.max_replicas

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the keys whose values cannot be, and why."""
        for key in ("namespace", "gateway_namespace", "monitoring_namespace"):
            value = getattr(self, key)
            if not _LABEL.fullmatch(value) and (value or key != "monitoring_namespace"):
                yield key, f"must be a name of a namespace, in lower case with hyphens, not {value!r}"
        for key in ("gateway", "storage_class"):
            value = getattr(self, key)
            if value and not _SUBDOMAIN.fullmatch(value):
                yield key, f"must be a name of an object, in lower case with hyphens and dots, not {value!r}"
        if not _QUANTITY.fullmatch(self.storage):
            yield "storage", f"must be a size such as 10Gi, not {self.storage!r}"
        if self.replicas < 1:
            yield "replicas", "must be 1 at least"
        if self.max_replicas is not None and self.max_replicas < self.replicas:
            yield "max_replicas", f"must not be below replicas, which is {self.replicas}"
        if not 1 <= self.database_port <= 65535:
            yield "database_port", f"must be a port, not {self.database_port}"
        if self.traces and not _ENDPOINT.fullmatch(self.traces):
            yield "traces", f"must be a URL such as http://collector.monitoring:4318, not {self.traces!r}"
        yield from (("database_networks", fault) for each in self.database_networks if (fault := _fault(each)))


def _fault(network: str) -> str:
    try:
        ip_network(network)
    except ValueError:
        return f"must hold networks such as 10.20.0.0/16, not {network!r}"
    return ""
