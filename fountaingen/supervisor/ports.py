"""Ports: which service gets which, whether it is free, and who has it if it is not."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.supervisor.units import ServiceView

FIRST_ASSIGNED = 8100
LAST_PORT = 65535


@dataclass(frozen=True)
class FromContracts:
    """A service listens where its contract's local server is; the others get the first free ports from 8100 up."""


@dataclass(frozen=True)
class CountingFrom:
    """The services get the ports from ``base`` up, in the order of their names."""

    base: int


@dataclass(frozen=True)
class ChosenBySystem:
    """Every service gets a port that the operating system has free."""


PortChoice = FromContracts | CountingFrom | ChosenBySystem


@dataclass(frozen=True)
class Machine:
    """What ``assign`` asks of the machine: whether a port is free, and for any free port."""

    is_free: Callable[[int], bool]
    any_free: Callable[[], int]
    owner: Callable[[int], str] = field(default=lambda port: "")


def assign(
    views: Sequence[ServiceView], choice: PortChoice, held: Mapping[str, int], machine: Machine
) -> dict[str, int]:
    """Return a port for each of ``views``, by name; ``held`` are the ports that they are running on already.

    Raises:
        Rejected: a port that must be had is in use or wanted twice; every such port is named with its service.
    """
    ordered = sorted(views, key=lambda view: view.name)
    match choice:
        case FromContracts():
            wanted = {view.name: view.port for view in ordered if view.port is not None}
        case CountingFrom(base):
            wanted = {view.name: base + index for index, view in enumerate(ordered)}
        case ChosenBySystem():
            wanted = {}
    _refuse_conflicts(wanted, held, machine)
    ports = {**{view.name: held[view.name] for view in ordered if view.name in held}, **wanted}
    spare = _spare(choice, {*ports.values(), *held.values()}, machine)
    return {view.name: ports.get(view.name) or next(spare) for view in ordered}


def _spare(choice: PortChoice, taken: set[int], machine: Machine) -> Iterator[int]:
    if isinstance(choice, ChosenBySystem):
        while True:
            yield machine.any_free()
    yield from (port for port in range(FIRST_ASSIGNED, LAST_PORT + 1) if port not in taken and machine.is_free(port))


def _refuse_conflicts(wanted: Mapping[str, int], held: Mapping[str, int], machine: Machine) -> None:
    problems: list[Problem] = []
    first: dict[int, str] = {}
    ours = set(held.values())
    for name, port in wanted.items():
        if not 0 < port <= LAST_PORT:
            problems.append(Problem("FG623", f"{port} is not a port", Place(name), "use a number from 1 to 65535"))
        elif port in first:
            message = f"port {port} is wanted by the service '{first[port]}' too"
            problems.append(Problem("FG622", message, Place(name), _GIVE_ANOTHER))
        elif port not in ours and not machine.is_free(port):
            message = f"port {port} of the service '{name}' is in use{machine.owner(port)}"
            problems.append(Problem("FG621", message, Place(name), f"stop what listens there, or {_GIVE_ANOTHER}"))
        first.setdefault(port, name)
    if problems:
        raise Rejected(problems)


_GIVE_ANOTHER = "give its contract another http://localhost port, or use --free-ports or --port-base"


class PortKeeper:
    """Finds free ports and keeps the operating system from giving them to anybody else while it is open.

    A bound socket that does not listen is such a claim on Linux, and only there can another socket listen on its port
    all the same; elsewhere the claim is dropped at once.
    """

    def __init__(self) -> None:
        self._claims = ExitStack()

    def any_free(self) -> int:
        """Return a free loopback port and keep it."""
        claim = self._claims.enter_context(_loopback_socket())
        claim.bind(("127.0.0.1", 0))
        port = int(claim.getsockname()[1])
        if sys.platform != "linux":
            claim.close()
        return port

    def close(self) -> None:
        """Give up every claim."""
        self._claims.close()


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with _loopback_socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
            attempt.listen(1)
        except OSError:
            return False
    return True


def _loopback_socket() -> socket.socket:
    """Bind as servers do: a port whose last connections still linger in TIME_WAIT is free."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def owner(port: int) -> str:
    """Return `` by 'name' (process 123)`` for the process that listens on ``port``, empty where nobody can say.

    Read from /proc, so on Linux only, and only processes of this user unless run by root.
    """
    try:
        inodes = {
            f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listening(Path("/proc/net", table), port)
        }
        for process in Path("/proc").iterdir():
            if inodes and process.name.isdigit() and _has_one_open(process, inodes):
                return (
                    f" by '{process.joinpath('comm').read_text('utf-8', 'replace').strip()}' (process {process.name})"
                )
    except OSError:
        pass
    return ""


def _listening(table: Path, port: int) -> Iterator[str]:
    rows = table.read_text("ascii").splitlines()[1:] if table.exists() else []
    for row in rows:
        fields = row.split()
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
            yield fields[9]


def _has_one_open(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in inodes for link in process.joinpath("fd").iterdir())
    except OSError:
        return False
