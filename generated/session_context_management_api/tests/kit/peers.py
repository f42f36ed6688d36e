"""The services that this one uses, replaced: each operation answers the example of its own contract."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

import httpx

_PATIENCE = 0.05


class Peer(Protocol):
    """What the tests change of a peer: the network that leads to it, and how long it is waited for."""

    transport: httpx.AsyncBaseTransport | None
    timeout: float


class FakePeers:
    """Answers for every peer, from ``tests/peers.json``; ``stop`` makes all of them unreachable."""

    def __init__(self, answers: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({})) -> None:
        self._answers = answers
        self._timeouts: list[tuple[Peer, float]] = []
        self._running = True

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the answers of each peer."""
        return cls(json.loads(file.read_bytes()))

    def stop(self) -> None:
        """Let every call fail as if nothing listened."""
        self._running = False
        for peer, _ in self._timeouts:
            # Nobody will answer: the pauses between the tries are not worth waiting for.
            peer.timeout = _PATIENCE

    def start(self) -> None:
        """Let every call be answered."""
        self._running = True
        for peer, timeout in self._timeouts:
            peer.timeout = timeout

    def replace(self, name: str, peer: Peer) -> None:
        """Stand in for the network between the service and the peer ``name``."""
        self._timeouts.append((peer, peer.timeout))
        answers = [(_pattern(each["path"]), each) for each in self._answers[name]]

        def answer(request: httpx.Request) -> httpx.Response:
            if not self._running:
                raise httpx.ConnectError("the peer is stopped", request=request)
            for pattern, known in answers:
                if known["method"] == request.method and pattern.fullmatch(request.url.path):
                    return _response(known)
            return httpx.Response(404)

        peer.transport = httpx.MockTransport(answer)


def _pattern(path: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, literals)))


def _response(known: Mapping[str, Any]) -> httpx.Response:
    if "body" not in known:
        return httpx.Response(known["status"])
    return httpx.Response(known["status"], json=known["body"])
