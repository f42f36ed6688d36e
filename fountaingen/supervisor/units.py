"""What is to run: the system as the pipeline describes it, and each service as a process is made from it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from fountaingen.supervisor.callers import Callers


@dataclass(frozen=True)
class ServiceView:
    """What running a service takes: its folder (absolute), the port its contract names, its peers and its callers."""

    name: str
    title: str
    directory: Path
    port: int | None
    uses: tuple[str, ...]
    callers: Callers = field(default_factory=Callers)
    label: str = ""
    """What it is called in a network, as the system's files have it."""


@dataclass(frozen=True)
class SystemView:
    """Every service of a project, sorted by name."""

    services: tuple[ServiceView, ...]


@dataclass(frozen=True)
class Unit(ABC):
    """A process: its working directory, the loopback port it serves on, and what its environment adds."""

    name: str
    directory: Path
    port: int
    environment: Mapping[str, str] = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", MappingProxyType(dict(self.environment)))

    @property
    def url(self) -> str:
        """Its base URL."""
        return base_url(self.port)

    @property
    @abstractmethod
    def arguments(self) -> tuple[str, ...]:
        """What Python is started with."""


@dataclass(frozen=True)
class ServiceUnit(Unit):
    """One service, in the folder where it was generated."""

    title: str
    docs_path: str = "/docs"
    callers: Callers = field(default_factory=Callers)

    @property
    def arguments(self) -> tuple[str, ...]:
        """What Python is started with."""
        return (
            *("-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", "1", "--log-level", "warning", "--no-access-log", "--no-server-header", "--no-date-header"),
            *("--no-proxy-headers", "--timeout-graceful-shutdown", "5"),
        )

    @property
    def docs_url(self) -> str:
        """Where people read its documentation."""
        return self.url + self.docs_path


@dataclass(frozen=True)
class GatewayUnit(Unit):
    """The gateway in front of services: ``config`` is complete, ``digest`` that of its text.

    ``resolved`` says where targets are, as host:port; ``hosts`` are pairs of a host and the service it leads to.
    """

    config: Path
    digest: str
    resolved: Mapping[str, str] = field(hash=False)
    hosts: tuple[tuple[str, str], ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What Python is started with."""
        resolved = (f"--resolve={target}={address}" for target, address in self.resolved.items())
        listen = ("--config", str(self.config), "--listen", f"127.0.0.1:{self.port}")
        return ("-P", "-m", "fountaingen.supervisor.gateway", *listen, *resolved)


@dataclass(frozen=True)
class Rebuilt:
    """What should run after a change, and the names of those that are no longer what is running."""

    units: tuple[ServiceUnit, ...]
    changed: frozenset[str]
    gateway: GatewayUnit | None = None

    @property
    def all(self) -> tuple[Unit, ...]:
        """Every unit, the called before their callers."""
        return (*self.units, *([self.gateway] if self.gateway else []))


def base_url(port: int) -> str:
    """Return the URL of a service on this machine."""
    return f"http://127.0.0.1:{port}"


def peer_variable(name: str) -> str:
    """Return the environment variable that holds the base URL of the peer ``name``."""
    return f"{name.upper()}_URL"


def with_peers(wanted: Iterable[str], views: Mapping[str, ServiceView], elsewhere: Iterable[str]) -> tuple[str, ...]:
    """Return the services that run when ``wanted`` should: they and, in turn, the peers they call.

    Called services come before their callers, so that stopping in reverse lets every caller finish its calls. A peer
    that runs ``elsewhere``, or that is no service of the project, is left out.
    """
    order: dict[str, None] = {}
    outside = set(elsewhere)
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in order or name in visiting:
            return
        visiting.add(name)
        for peer in views[name].uses:
            if peer in views and peer not in outside:
                visit(peer)
        order[name] = None

    for name in wanted:
        visit(name)
    return tuple(order)
