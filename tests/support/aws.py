"""A server that answers as AWS does."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of a server on a port of its own, which knows nothing yet; skips where there is none to start."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        # All servers of a process share what they know.
        httpx.post(f"{url}/moto-api/reset", trust_env=False).raise_for_status()
        yield url
    finally:
        running.stop()
