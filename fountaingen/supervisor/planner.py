"""From what the pipeline built to what should run: which services, on which ports, in which environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.supervisor.development import Development, Keys, environment_of
from fountaingen.supervisor.ports import Machine, PortChoice, assign
from fountaingen.supervisor.units import Rebuilt, ServiceUnit, SystemView, peer_variable, with_peers
from fountaingen.supervisor.watch import fingerprint


class UnknownService(Rejected):
    """A service was asked for that the project does not have."""


@dataclass(frozen=True)
class Wish:
    """What a person asked to run: services by name (none means all) and how they get their ports."""

    services: tuple[str, ...]
    ports: PortChoice


@dataclass(frozen=True)
class Surroundings:
    """What running services takes beside themselves: a folder, keys, the machine's ports, the caller's environment."""

    development: Development
    keys: Keys
    machine: Machine
    environment: Mapping[str, str] = field(repr=False)


class Planner:
    """Builds, says what should run, and remembers it, to know the next time what changed."""

    def __init__(self, build: Callable[[], SystemView], wish: Wish, surroundings: Surroundings) -> None:
        self._build = build
        self._wish = wish
        self._surroundings = surroundings
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
        self._ports, self._fingerprints = ports, fingerprints
        return Rebuilt(units, changed)

    @staticmethod
    def _refuse_unknown(wanted: tuple[str, ...], known: Mapping[str, object]) -> None:
        unknown = [name for name in wanted if name not in known]
        if unknown:
            remedy = f"the services are {', '.join(sorted(known))}" if known else ""
            raise UnknownService(
                Problem("FG624", f"there is no service '{name}'{did_you_mean(name, known)}", Place("up"), remedy)
                for name in unknown
            )
