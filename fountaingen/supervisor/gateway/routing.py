"""Which way a request goes: its route, the plugins on it, and the service at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fountaingen.kong.configuration import Consumer
from fountaingen.supervisor.gateway.exchange import Received
from fountaingen.supervisor.gateway.plugins.base import Plugin
from fountaingen.supervisor.gateway.upstream import Backend

Chooser = Callable[[Consumer | None], Plugin | None]
"""Says which plugin of one name stands at a route, which may depend on who calls."""


@dataclass(frozen=True)
class Passage:
    """A route as one request takes it: what is asked for of the service, and by which plugins first."""

    service: str
    backend: Backend
    path: str
    host: str
    scheme: str
    chain: tuple[Chooser, ...]


class Routing(Protocol):
    """Knows every route."""

    def find(self, received: Received) -> Passage | None:
        """Return the way of a request, None where no route matches."""
