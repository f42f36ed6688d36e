"""The service: a FastAPI application whose contract is dispatched before Starlette looks for routes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pydantic_core
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from . import logs, requests
from .compose import Incident
from .contract import Contract
from .database import Database
from .dispatch import Table
from .errors import ApiError
from .failures import plain
from .front import Front
from .handler import Handler, Means
from .pages import pages
from .peers import PeerClients
from .routing import OperationRouter
from .security import Authenticate, guards
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
        logs.configure(contract.title, settings.log_level)
        means = Means(contract, database, settings, guards(contract, settings.api_keys, authenticate))
        table = Table(
            (operation.method, operation.path, Handler(operation, endpoint, means))
            for operation, endpoint in router.operations()
        )
        shown = pages(contract, database, settings.docs)
        super().__init__(
            title=contract.title,
            version=contract.version,
            openapi_url=None,
            redirect_slashes=False,
            routes=router.routes,
            lifespan=_lifespan(database, clients),
            # Middleware that is added later goes around this one.
            middleware=[Middleware(Front, table, shown, settings.access_log)],
            exception_handlers={HTTPException: _http_error},
            # Spans, metrics and error records for whoever sets a provider up: off unless asked for.
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        )
        self.contract = contract
        self.database = database

    def openapi(self) -> dict[str, Any]:
        """Return the contract as it is written."""
        document: dict[str, Any] = pydantic_core.from_json(self.contract.json)
        return document


def _lifespan(
    database: Database, clients: PeerClients | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        database.open()
        try:
            yield
        finally:
            if clients is not None:
                await clients.aclose()
            await database.close()

    return lifespan


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what Starlette raises for routes that are none of the contract as problem+json."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    incident = Incident.of(ApiError(status=status), status, requests.request_id.get(), request.url.path)
    outcome = plain(incident)
    return Response(outcome.body, status, headers={name.decode(): value.decode() for name, value in outcome.headers})
