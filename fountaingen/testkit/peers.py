"""The services that this one uses, replaced: each operation answers the example of its own contract."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx


class FakePeers:
    """Answers for every peer, from ``tests/peers.json``; ``stop`` makes all of them unreachable."""

    def __init__(self, file: Path) -> None:
        self._answers: Mapping[str, list[Mapping[str, Any]]] = json.loads(file.read_bytes())
        self._running = True

    def stop(self) -> None:
        """Let every call fail as if nothing listened."""
        self._running = False

    def start(self) -> None:
        """Let every call be answered again."""
        self._running = True

    def transport(self, name: str) -> httpx.MockTransport:
        """Return what stands in for the network between the service and the peer ``name``."""
        answers = [(_pattern(each["path"]), each) for each in self._answers[name]]

        def answer(request: httpx.Request) -> httpx.Response:
            if not self._running:
                raise httpx.ConnectError("the peer is stopped", request=request)
            for pattern, known in answers:
                if known["method"] == request.method and pattern.fullmatch(request.url.path):
                    return _response(known)
            return httpx.Response(404)

        return httpx.MockTransport(answer)


def _pattern(path: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, literals)))


def _response(known: Mapping[str, Any]) -> httpx.Response:
    if "body" not in known:
        return httpx.Response(known["status"])
    return httpx.Response(known["status"], json=known["body"])
