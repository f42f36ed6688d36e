"""The service: a FastAPI application whose contract is dispatched before Starlette looks for routes."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pydantic_core
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .bodies.incoming import Budget
from .bodies.upload_handler import handler_of
from .contract import Contract, Operation
from .database import Database
from .errors import ApiError
from .observability.traffic import Traffic
from .observability.watch import Watch
from .peers import PeerClients
from .responses.compose import Incident
from .responses.failures import UndeclaredErrors
from .routing import OperationRouter
from .security import Authenticate, Security
from .serving import logs, requests
from .serving.adoption import adopt
from .serving.clock import Clock
from .serving.dispatch import Table
from .serving.front import Front
from .serving.handler import Handler, Means
from .serving.limits import Limits
from .serving.pages import pages
from .serving.running import Running
from .serving.watched import LoggedFront, WatchedFront
from .settings import Settings


class Service(FastAPI):
    """A contract, served: its operations, the pages beside them, a database and the clients of peers."""

    def __init__(
        self,
        contract: Contract,
        router: OperationRouter,
        database: Database,
        *,
        authenticate: Authenticate | None = None,
        clients: PeerClients | None = None,
    ) -> None:
        settings = Settings.from_environment()
        logs.configure(contract.title, settings.log_level, tracebacks=settings.log_tracebacks)
        security = Security.of(contract, authenticate)
        undeclared = UndeclaredErrors(contract)
        limits = Limits.from_environment()
        clock = Clock(limits.tick)
        running = Running(limits, clock)
        means = Means(contract, database, settings, security.guards, undeclared, Budget(limits.buffered), running)
        handlers = ((operation, handler_of(operation, endpoint, means)) for operation, endpoint in router.operations())
        table = _table(handlers, contract.base_paths)
        watch = Watch(contract, database, settings)
        shown = pages(contract, database, metrics=watch.page, docs=settings.docs, openapi=settings.openapi)
        super().__init__(
            title=contract.title,
            version=contract.version,
            openapi_url=None,
            redirect_slashes=False,
            routes=router.routes,
            lifespan=_lifespan(database, clients, security, watch, clock),
            exception_handlers={HTTPException: partial(_http_error, undeclared)},
            # Spans, metrics and error records for whoever sets a provider up: off unless asked for.
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        )
        self.contract = contract
        self.database = database
        self._front = _front(settings, watch.traffic, table=table, pages=shown, undeclared=undeclared, running=running)
        self.clock = clock
        self._adopt = partial(adopt, limits=limits, clock=clock, undeclared=undeclared)
        quiet = [path for path in shown if table.find({"path": path}, "GET") is None]
        self._watched = partial(watch.around, quiet=quiet)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the dispatcher around FastAPI's own stack, and middleware that was added around the dispatcher."""
        added, self.user_middleware = self.user_middleware, []
        app: ASGIApp = self._front(super().build_middleware_stack())
        self.user_middleware = added
        for middleware, arguments, keywords in reversed(added):
            app = middleware(app, *arguments, **keywords)
        return self._watched(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; FastAPI sees only what is not HTTP."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                self._adopt(receive)
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the contract as it is written."""
        document: dict[str, Any] = pydantic_core.from_json(self.contract.json)
        return document


def _table(handlers: Iterable[tuple[Operation, Handler]], bases: Sequence[str]) -> Table[Handler]:
    """Return where every operation is found; HEAD is answered as GET is where the contract does not declare it."""
    listed = [(operation.method, operation.path, handler) for operation, handler in handlers]
    return Table(
        [*listed, *(("HEAD", path, handler) for method, path, handler in listed if method == "GET")],
        bases,
    )


def _front(settings: Settings, traffic: Traffic, **parts: Any) -> Callable[[ASGIApp], ASGIApp]:
    """Return what makes the dispatcher: the class that does what the settings ask for, and nothing more."""
    if settings.access_log:
        return partial(LoggedFront, traffic=traffic, **parts)
    if settings.metrics:
        return partial(WatchedFront, traffic=traffic, **parts)
    return partial(Front, **parts)


def _lifespan(
    database: Database, clients: PeerClients | None, security: Security, watch: Watch, clock: Clock
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watch.open()
        database.start()
        security.open()
        clock.start()
        try:
            yield
        finally:
            clock.stop()
            await security.aclose()
            if clients is not None:
                await clients.aclose()
            await database.close()
            await watch.aclose()

    return lifespan


async def _http_error(undeclared: UndeclaredErrors, request: Request, error: Exception) -> Response:
    """Answer what Starlette raises for routes that are none of the contract."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    incident = Incident.of(ApiError(status=status), status, requests.request_id.get(), request.url.path)
    outcome = undeclared.outcome(incident)
    return Response(outcome.body, status, headers={name.decode(): value.decode() for name, value in outcome.headers})
