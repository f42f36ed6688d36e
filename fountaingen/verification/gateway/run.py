"""Trying a gateway's configuration: every request goes through the model of Kong's router."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fountaingen.kong.configuration import Route
from fountaingen.kong.router import Router
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.verification.gateway.addresses import Entry, Host, Reached, hosts
from fountaingen.verification.gateway.requests import UPPER_CASE_HOST, WRONG_HOST, Trial, Values, trials, values
from fountaingen.verification.gateway.servers import Reading


@dataclass(frozen=True)
class Outcome:
    """What one operation got: the routes that reach it, how many requests were sent, and what went wrong."""

    operation_id: str
    routes: tuple[str, ...]
    requests: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Tried:
    """The operations of one service."""

    service: str
    outcomes: tuple[Outcome, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for outcome in self.outcomes for problem in outcome.problems)


@dataclass(frozen=True)
class Gateway:
    """A configuration on trial: its router, what its routes are for, and what it is called in findings."""

    router: Router
    operations: Mapping[str, Reached]
    shown: str
    remedy: str = ""

    def reached(self, route: Route) -> Reached:
        """Return what a route is for; one that nobody knows stands for itself."""
        return self.operations.get(route.name or "") or Reached(route.name or route.id, None)

    def expected(self, trial: Trial) -> frozenset[Reached | None]:
        """Return what a request may reach."""
        return trial.expected

    def is_of(self, reached: Reached, entry: Entry) -> bool:
        """Tell whether a route is the one of an operation."""
        return reached == entry.reached


@dataclass(frozen=True)
class HostGateway(Gateway):
    """A configuration with one route a host: whatever is sent there, in whatever way, is for the service."""

    def reached(self, route: Route) -> Reached:
        """Return the service that a route is for."""
        return next((self.operations[tag] for tag in route.tags if tag in self.operations), super().reached(route))

    def expected(self, trial: Trial) -> frozenset[Reached | None]:
        """Return what a request may reach: paths are the service's to look at, but for their base."""
        service = Reached(trial.entry.service.name, None)
        if trial.kind in {WRONG_HOST, UPPER_CASE_HOST}:
            return frozenset({None})
        is_below = trial.request.path.startswith(f"{trial.entry.base}/")
        return frozenset({service}) if is_below else frozenset({service, None})

    def is_of(self, reached: Reached, entry: Entry) -> bool:
        """Tell whether a route is the one of an operation's service."""
        return reached.service == entry.service.name


def addresses(system: System) -> Mapping[str, Host]:
    """Return the hosts of all services with their operations."""
    return hosts(_entries(system))


def tried(system: System, gateways: Sequence[Gateway], chosen: Iterable[Service]) -> Iterator[Tried]:
    """Send requests for every operation of the chosen services through every gateway."""
    standing: dict[tuple[str, str], list[tuple[Entry, Host]]] = {}
    for host in addresses(system).values():
        for entry in host.entries:
            standing.setdefault((entry.service.name, entry.operation.operation_id), []).append((entry, host))
    for service in chosen:
        give = values(service)
        outcomes = [
            _outcome(operation.operation_id, standing.get((service.name, operation.operation_id), ()), give, gateways)
            for operation in service.operations
        ]
        yield Tried(service.name, tuple(outcomes))


def _entries(system: System) -> Iterator[tuple[str, Entry]]:
    for service in system.services:
        reading = Reading(service, f"{system.labels[service.name]}.{system.deployment.gateway.domain}")
        for operation in service.operations:
            for location in reading.of(operation):
                yield location.host, Entry(service, operation, location.base)


def _outcome(
    operation_id: str,
    standing: Iterable[tuple[Entry, Host]],
    give: Callable[[Entry], Values],
    gateways: Sequence[Gateway],
) -> Outcome:
    problems: list[Problem] = []
    routes: dict[str, None] = {}
    number = 0
    for entry, host in standing:
        for trial in trials(entry, host, give(entry)):
            number += 1
            for gateway in gateways:
                problems += _judged(trial, gateway, routes)
    return Outcome(operation_id, tuple(routes), number, tuple(dict.fromkeys(problems)))


def _judged(trial: Trial, gateway: Gateway, routes: dict[str, None]) -> Iterator[Problem]:
    match = gateway.router.match(trial.request)
    reached = gateway.reached(match.route) if match else None
    if match and reached and gateway.is_of(reached, trial.entry):
        routes[match.route.name or match.route.id] = None
    expected = gateway.expected(trial)
    if reached not in expected:
        request = f"{trial.request.method} https://{trial.request.host}{trial.request.path}"
        wanted = " or ".join(sorted(map(_told, expected)))
        message = f"{gateway.shown} sends {request} ({trial.kind}) to {_told(reached)}, not to {wanted}"
        place = trial.entry.service.spec.place(trial.entry.operation.pointer)
        yield Problem("FG829", message, place, gateway.remedy)


def _told(reached: Reached | None) -> str:
    if reached is None:
        return "no route"
    return repr(f"{reached.service}.{reached.operation}" if reached.operation else reached.service)
