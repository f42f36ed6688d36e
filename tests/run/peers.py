"""Stand-ins for the services that others call: they answer as a test says and remember what they were asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request that a stand-in got; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Says:
    """What to answer: a status and a JSON value, or bytes that are none. ``meanwhile`` runs before the answer."""

    status: int
    body: Any
    meanwhile: Callable[[], object] | None = None


@dataclass
class StandIns:
    """All peers at one address. ``answers`` maps (method, path without query) to what is said; all else is a 500."""

    url: str = ""
    answers: dict[tuple[str, str], Says] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def say(self, answers: Mapping[tuple[str, str], Says]) -> None:
        """Answer so from now on, and forget what was asked."""
        self.answers = dict(answers)
        self.asked.clear()


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    """Serve stand-ins on a free port."""
    peers = StandIns()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(peers))
    peers.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield peers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def slowly(seconds: float) -> Callable[[], None]:
    """Return what keeps a caller waiting."""
    return lambda: time.sleep(seconds)


def _handler(peers: StandIns) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = self.path.partition("?")[0]
            headers = {name.lower(): value for name, value in self.headers.items()}
            peers.asked.append(Asked(self.command, self.path, headers, json.loads(content) if content else None))
            says = peers.answers.get((self.command, path), Says(500, {"message": "Nothing to say."}))
            if says.meanwhile is not None:
                says.meanwhile()
            written = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
            # A caller may have given up waiting.
            with suppress(ConnectionError):
                self.send_response(says.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

    return Handler
