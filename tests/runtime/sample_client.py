"""A client of an application in this process."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class Client:
    """Calls an application in process, on one event loop for all of a test; its lifespan has run."""

    def __init__(self, app: Any) -> None:
        self.runner = asyncio.Runner()
        self._lifespan = app.router.lifespan_context(app)
        self.runner.run(self._lifespan.__aenter__())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://service")

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""
        return self.runner.run(self.client.request(method, path, **options))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something else on the same loop."""
        return self.runner.run(coroutine)

    def close(self) -> None:
        """End the lifespan."""
        self.runner.run(self.client.aclose())
        self.runner.run(self._lifespan.__aexit__(None, None, None))
        self.runner.close()
