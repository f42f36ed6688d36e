"""From what the pipeline built to what should run: which services, on which ports, in which environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.supervisor.development import Development, Keys, environment_of
from fountaingen.supervisor.ports import Machine, PortChoice, assign
from fountaingen.supervisor.units import GatewayUnit, Rebuilt, ServiceUnit, SystemView, peer_variable, with_peers
from fountaingen.supervisor.watch import fingerprint

if TYPE_CHECKING:
    from fountaingen.supervisor.gateway.planning import Front


class UnknownService(Rejected):
    """A service was asked for that the project does not have."""


@dataclass(frozen=True)
class GatewayWish:
    """A gateway, on ``port`` where a person named one."""

    port: int | None


@dataclass(frozen=True)
class Wish:
    """What a person asked to run: services by name (none means all), how they get their ports, a gateway or none."""

    services: tuple[str, ...]
    ports: PortChoice
    gateway: GatewayWish | None = None


@dataclass(frozen=True)
class Surroundings:
    """What running services takes beside themselves: a folder, keys, the machine's ports, the caller's environment."""

    development: Development
    keys: Keys
    machine: Machine
    environment: Mapping[str, str] = field(repr=False)


class Planner:
    """Builds, says what should run, and remembers it, to know the next time what changed."""

    def __init__(
        self, build: Callable[[], SystemView], wish: Wish, surroundings: Surroundings, front: "Front | None" = None
    ) -> None:
        self._build = build
        self._wish = wish
        self._surroundings = surroundings
        self._front = front
        self._gateway: GatewayUnit | None = None
        self._ports: Mapping[str, int] = {}
        self._fingerprints: Mapping[str, str] = {}

    def plan(self) -> Rebuilt:
        """Build and return what should run now, callers after those they call.

        Raises:
            UnknownService: a service that was asked for is not there.
            Rejected: the build found problems, or a port cannot be had; what was planned before still stands.
        """
        views = {view.name: view for view in self._build().services}
        environment = self._surroundings.environment
        elsewhere = [name for name in views if environment.get(peer_variable(name))]
        wanted = self._wish.services or tuple(views)
        self._refuse_unknown(wanted, views)
        running = [views[name] for name in with_peers(wanted, views, elsewhere)]
        ports = assign(running, self._wish.ports, self._ports, self._surroundings.machine)
        units = tuple(
            ServiceUnit(
                name=view.name,
                directory=view.directory,
                port=ports[view.name],
                environment=environment_of(
                    view, ports, self._surroundings.development, self._surroundings.keys, environment
                ),
                title=view.title,
                callers=view.callers,
            )
            for view in running
        )
        fingerprints = {unit.name: fingerprint(unit.directory) for unit in units}
        changed = frozenset(name for name, found in fingerprints.items() if self._fingerprints.get(name) != found)
        gateway = self._front.plan(views, units, self._gateway) if self._front else None
        if gateway and gateway != self._gateway:
            changed |= {gateway.name}
        self._ports, self._fingerprints, self._gateway = ports, fingerprints, gateway
        return Rebuilt(units, changed, gateway)

    @staticmethod
    def _refuse_unknown(wanted: tuple[str, ...], known: Mapping[str, object]) -> None:
        unknown = [name for name in wanted if name not in known]
        if unknown:
            remedy = f"the services are {', '.join(sorted(known))}" if known else ""
            raise UnknownService(
                Problem("FG624", f"there is no service '{name}'{did_you_mean(name, known)}", Place("up"), remedy)
                for name in unknown
            )
