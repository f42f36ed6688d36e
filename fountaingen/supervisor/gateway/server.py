"""The gateway as a server: listens, serves until it is told to stop."""

import asyncio
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping

import uvicorn

from fountaingen.kong.loader import entities, read
from fountaingen.supervisor.gateway.application import LARGEST_HEAD, Gateway
from fountaingen.supervisor.gateway.compiled import Compiled
from fountaingen.supervisor.gateway.proxying import Forwarder, Message, Receive, Send
from fountaingen.supervisor.gateway.upstream import Address, Balancer, Pool

Application = Callable[[Message, Receive, Send], Awaitable[None]]


def loaded(text: str) -> Compiled:
    """Return the configuration in ``text`` ready to serve, by the clock of this machine.

    Raises:
        Unreadable: it is none.
        Refused: Kong would not load it.
    """
    return Compiled(entities(read(text)), time.time)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said, or asyncio leaves TCP_NODELAY off, and every answer waits for an acknowledgement that is delayed.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(2048)
    except OSError:
        made.close()
        raise
    return made


def run(compiled: Compiled, resolved: Mapping[str, Address], listener: socket.socket) -> None:
    """Serve on ``listener`` until SIGINT or SIGTERM; ``resolved`` says where targets are, by host or ``host:port``."""
    pool = Pool()
    server = uvicorn.Server(_settings(_heard(Gateway(compiled, Forwarder(pool, Balancer(resolved))))))
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, pool, listener))


async def _serve(server: uvicorn.Server, pool: Pool, listener: socket.socket) -> None:
    async with pool:
        await server.serve([listener])


def _heard(gateway: Gateway) -> Application:
    """Return the gateway with its own faults told: the server in front says little, for clients' faults are many."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await gateway(scope, receive, send)
        except Exception:
            traceback.print_exc()
            raise

    return application


def _settings(app: Application) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # The stricter parser of the two: what it takes for a request cannot be taken for two behind it.
        http="h11",
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        # Longer than clients keep idle connections, which would else be closed under a request.
        timeout_keep_alive=65,
        timeout_graceful_shutdown=5,
    )
