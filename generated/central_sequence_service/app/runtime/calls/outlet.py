"""How requests leave that the service makes by itself: where to, how long, how much comes back."""

import asyncio
import os
import ssl
from collections.abc import Mapping

import httpx

from ..contract import Operation
from ..observability.traces import Leg, current
from ..settings import seconds
from .addresses import Destination, Guard, Resolve, by_system
from .calls import PeerUnavailable, tried
from .reading import PLAIN, Unreadable, whole

_TIMEOUT = 5.0
_CONNECT = 2.0
_MOST_BYTES = 1024 * 1024


class Outlet:
    """The way out of a service. ``transport`` and ``resolve`` replace the network and the DNS in tests."""

    transport: httpx.AsyncBaseTransport | None = None
    pause = 0.1

    def __init__(self, guard: Guard, timeout: float = _TIMEOUT) -> None:
        self.guard = guard
        self._timeout = timeout
        self.resolve: Resolve = by_system
        self._tls: ssl.SSLContext | None = None

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Outlet":
        """Read CALLBACK_TIMEOUT (seconds that a call may take, its tries together) and what Guard reads.

        Raises ValueError naming the variable and the values it takes.
        """
        return Outlet(Guard.from_environment(environment), seconds(environment, "CALLBACK_TIMEOUT", _TIMEOUT))

    async def destination(self, url: str) -> Destination:
        """Return where a caller's URL leads; raises CallbackRefused, or OSError where nobody knows its host."""
        return await self.guard.destination(url, self.resolve)

    async def exchange(
        self, operation: Operation, to: Destination, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Response:
        """Send a request and return the whole answer; redirects are not followed.

        Raises PeerUnavailable where there is none in time, or a larger one than 1 MiB.
        """
        # No connection is kept: one that was made for a name must not serve another name at the same address.
        async with httpx.AsyncClient(
            transport=self.transport,
            verify=self._verify(to),
            timeout=httpx.Timeout(self._timeout, connect=_CONNECT),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        ) as client:
            sent = {"Host": to.url.netloc.decode("ascii"), **PLAIN, **headers}
            request = client.build_request(operation.method, to.pinned, headers=sent, content=content)
            # The second is for the transport of tests, which answers as the contract of the call says.
            request.extensions |= {"sni_hostname": to.url.raw_host.decode("ascii"), "call": operation.id}

            async def answer() -> httpx.Response:
                return await whole(await client.send(request, stream=True), _MOST_BYTES)

            async def send() -> httpx.Response:
                return await current.traces.sent(Leg(operation.hook, operation.path, trusted=False), request, answer)

            try:
                async with asyncio.timeout(self._timeout):
                    return await tried(operation.method, send, self.pause)
            except (httpx.HTTPError, TimeoutError, Unreadable) as error:
                raise PeerUnavailable(operation.hook) from error

    def _verify(self, to: Destination) -> ssl.SSLContext | bool:
        if to.url.scheme != "https":
            # Nothing is verified where nothing is encrypted, and a context takes longer to make than a call.
            return False
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return self._tls
