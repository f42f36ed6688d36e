"""How much a process takes on, and how long it waits: what the environment decides."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..settings import count, interval, size


@dataclass(frozen=True)
class Limits:
    """The bounds of one process; sizes in bytes, times in seconds, 0 for a time that never ends.

    ``requests`` are those under way at once, ``connections`` those open at once. ``head`` is the most that a request
    line and headers may hold, ``url`` the most of its target, ``headers`` how many there may be. ``buffered`` is what
    all bodies together may hold that are being read into memory, ``unsent`` what all answers together may that callers
    have not taken yet.

    ``queue`` is how long a request may wait for its turn, ``request`` how long an operation may take once it has what
    was sent to it; ``heading`` how long a connection
    may take to send the head of a request, ``body`` how long its body may be waited for, and ``sending`` how long a
    caller may take nothing of its answer. ``rate`` is how many bytes a second buy another second for a body.
    """

    requests: int = 1000
    connections: int = 4096
    head: int = 32 * 1024
    url: int = 8 * 1024
    headers: int = 100
    buffered: int = 256 * 1024 * 1024
    unsent: int = 256 * 1024 * 1024
    queue: float = 3.0
    request: float = 30.0
    heading: float = 10.0
    body: float = 30.0
    sending: float = 30.0
    rate: int = 1024

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Limits":
        """Read MAX_CONCURRENT_REQUESTS, MAX_CONNECTIONS, MAX_HEADER_BYTES, MAX_URL_BYTES, MAX_HEADERS, and the like.

        Raises ValueError naming the variable and the values it takes.
        """
        return Limits(
            requests=count(environment, "MAX_CONCURRENT_REQUESTS", Limits.requests),
            connections=count(environment, "MAX_CONNECTIONS", Limits.connections),
            head=count(environment, "MAX_HEADER_BYTES", Limits.head),
            url=count(environment, "MAX_URL_BYTES", Limits.url),
            headers=count(environment, "MAX_HEADERS", Limits.headers),
            buffered=size(environment, "MAX_BUFFERED_BYTES", Limits.buffered),
            unsent=size(environment, "MAX_UNSENT_BYTES", Limits.unsent),
            queue=interval(environment, "QUEUE_TIMEOUT", Limits.queue),
            request=interval(environment, "REQUEST_TIMEOUT", Limits.request),
            heading=interval(environment, "HEADER_TIMEOUT", Limits.heading),
            body=interval(environment, "BODY_TIMEOUT", Limits.body),
            sending=interval(environment, "SEND_TIMEOUT", Limits.sending),
            rate=count(environment, "MIN_BODY_RATE", Limits.rate),
        )

    @property
    def tick(self) -> float:
        """How often it is looked who is late: often enough for the shortest time there is."""
        shortest = min((each for each in (self.request, self.heading, self.body, self.sending) if each), default=8.0)
        return min(max(shortest / 8, 0.01), 1.0)
