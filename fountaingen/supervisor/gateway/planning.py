"""The gateway as one more process of ``up``: its configuration with the credentials of development, and its port."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import fountaingen
from fountaingen.kong.configuration import Configuration
from fountaingen.kong.loader import Refused, Unreadable, entities, read
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages import files
from fountaingen.supervisor.callers import USERNAME
from fountaingen.supervisor.development import environment_of, sets
from fountaingen.supervisor.planner import Surroundings, Wish
from fountaingen.supervisor.ports import ChosenBySystem
from fountaingen.supervisor.units import GatewayUnit, ServiceUnit, ServiceView, peer_variable

NAME = "dev-gateway"
"""What its lines are marked with; no service can be called that."""

PORT = 8080


@dataclass(frozen=True)
class Front:
    """What a gateway is made of: the folder of what is generated, what a person asked for, and the surroundings."""

    out: Path
    wish: Wish
    around: Surroundings

    def plan(
        self, views: Mapping[str, ServiceView], running: tuple[ServiceUnit, ...], held: GatewayUnit | None
    ) -> GatewayUnit:
        """Return the gateway in front of ``running``; ``held`` is the one that runs already.

        Raises:
            Rejected: the configuration cannot be completed or is none for Kong, or the port cannot be had.
        """
        ports = {unit.name: unit.port for unit in running}
        config, text = self._rendered(views, ports)
        return GatewayUnit(
            name=NAME,
            directory=self.around.development.folder,
            port=self._port(ports, held),
            environment={"PYTHONPATH": _importable(self.around.environment.get("PYTHONPATH", ""))},
            config=config,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            resolved=self._resolved(views, ports),
            hosts=_hosts(_configuration(text), {view.label: view.name for view in views.values()}),
        )

    def _rendered(self, views: Mapping[str, ServiceView], ports: Mapping[str, int]) -> tuple[Path, str]:
        """Complete kong.yml as it is completed when it is deployed, with what the services are started with here."""
        script, target = self.out / "deploy" / "render.py", self.around.development.folder / "kong.yml"
        done = subprocess.run(
            [sys.executable, "-B", str(script), "--config", str(self.out / "kong.yml"), "--output", str(target)],
            env={**self.around.environment, **self._credentials(views, ports)},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").splitlines()
            said = [line.removeprefix("render.py: ") for line in lines if line.startswith("render.py: ")]
            raise Rejected(
                Problem("FG626", f"the gateway cannot be given credentials: {each}", Place("up"))
                for each in said or lines[-1:] or ["deploy/render.py failed"]
            )
        return target.absolute(), files.read(target).decode("utf-8")

    def _credentials(self, views: Mapping[str, ServiceView], ports: Mapping[str, int]) -> dict[str, str]:
        found: dict[str, str] = {}
        for view in views.values():
            found |= environment_of(view, ports, self.around.development, self.around.keys, self.around.environment)
        if "BASIC_USERS" in found and not sets(self.around.environment, "GATEWAY_BASIC_USERS"):
            found["GATEWAY_BASIC_USERS"] = f"{USERNAME}:{self.around.keys.first}"
        return found

    def _resolved(self, views: Mapping[str, ServiceView], ports: Mapping[str, int]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, view in views.items():
            elsewhere = urlsplit(self.around.environment.get(peer_variable(name), ""))
            if name in ports:
                found[view.label] = f"127.0.0.1:{ports[name]}"
            elif elsewhere.scheme == "http" and elsewhere.hostname:
                found[view.label] = f"{elsewhere.hostname}:{elsewhere.port or 80}"
            else:
                # Nothing listens on the port that discards: the gateway says that the service is down.
                found[view.label] = "127.0.0.1:9"
        return found

    def _port(self, ports: Mapping[str, int], held: GatewayUnit | None) -> int:
        if held is not None and held.port not in ports.values():
            return held.port
        asked = self.wish.gateway.port if self.wish.gateway else None
        if asked is None and isinstance(self.wish.ports, ChosenBySystem):
            return self.around.machine.any_free()
        port = asked or PORT
        if port in ports.values() or not self.around.machine.is_free(port):
            message = f"port {port} of the gateway is in use{self.around.machine.owner(port)}"
            raise Rejected([Problem("FG627", message, Place("up"), "stop what listens there, or use --gateway-port")])
        return port


def _configuration(text: str) -> Configuration:
    try:
        return entities(read(text))
    except Refused as refused:
        raise Rejected(
            Problem("FG628", f"Kong would refuse '{'.'.join(map(str, each.where))}': {each.message}", Place("kong.yml"))
            for each in refused.complaints
        ) from refused
    except Unreadable as unreadable:
        raise Rejected([Problem("FG628", str(unreadable), Place("kong.yml"))]) from unreadable


def _hosts(configuration: Configuration, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = {
        (host, names.get(route.service.name or "", route.service.name or ""))
        for route in configuration.routes
        if route.service
        for host in route.hosts
    }
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def _importable(known: str) -> str:
    """Return PYTHONPATH with the folder that this package is in, whence it may have been started without it."""
    return os.pathsep.join(filter(None, (str(Path(fountaingen.__file__).parents[1]), known)))
