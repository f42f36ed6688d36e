"""What a project decides about its deployment: the tables ``gateway``, ``dns``, ``kubernetes`` … of its settings.

Each class is one table. Its fields are the keys with their defaults; an underscore is written as a hyphen or as it is.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Image:
    """How images are made: ``base`` is the Python image, tag and digest included."""

    base: str = "python:3.12-slim"


@dataclass(frozen=True)
class Gateway:
    """What Kong is told: ``routes`` is one route an ``operation`` or a ``host``; limits are each caller's."""

    routes: str = "operation"
    requests_per_minute: int = 1000
    requests_per_hour: int = 5000


@dataclass(frozen=True)
class Tls:
    """Where Kong's certificates come from: ``mounted`` files, or ``acme``."""

    certificates: str = "mounted"


@dataclass(frozen=True)
class Dns:
    """Where the contracts' hosts lead; ``ttl`` in seconds."""

    ttl: int = 300


@dataclass(frozen=True)
class Kubernetes:
    """What manifests say; they are written only where the settings have this table."""

    replicas: int = 1


@dataclass(frozen=True)
class Deployment:
    """The tables of a project's settings that are about its deployment; ``kubernetes`` is None where there is none."""

    image: Image = field(default_factory=Image)
    gateway: Gateway = field(default_factory=Gateway)
    tls: Tls = field(default_factory=Tls)
    dns: Dns = field(default_factory=Dns)
    kubernetes: Kubernetes | None = None
