"""The contract's operations as FastAPI routes: visible as APIRoutes, answered by compiled handlers."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from .contract import Contract, Operation
from .serving.handler import Endpoint


class OperationRoute(APIRoute):
    """One operation; FastAPI sees its path, methods and endpoint, but never interprets the endpoint's signature."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # FastAPI would make dependencies of the signature, and a regular expression of a path that may hold anything.
        super().__init__("/", _unread, **options)
        self.path = self.path_format = path
        self.endpoint = endpoint
        self.name = endpoint.__name__
        self.description = (endpoint.__doc__ or "").strip()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match nothing: the service's dispatcher has found every operation before Starlette looks for routes."""
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Never reached, as nothing matches."""
        raise RuntimeError(f"{self.path} is answered by the dispatcher of a Service")


class OperationRouter(APIRouter):
    """The routes of a contract; each must name an operation of it."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(route_class=OperationRoute)
        self.contract = contract

    @classmethod
    def joined(cls, contract: Contract, *routers: "OperationRouter") -> "OperationRouter":
        """Return one router with the routes of all ``routers``, in order."""
        router = cls(contract)
        for each in routers:
            router.routes.extend(each.routes)
        return router

    def operations(self) -> list[tuple[Operation, Endpoint]]:
        """Return every operation with its endpoint; raises ValueError where the two do not cover each other."""
        found: dict[str, tuple[Operation, Endpoint]] = {}
        for route in self.routes:
            if isinstance(route, OperationRoute):
                operation = self.contract.operations.get(route.operation_id or "")
                if operation is None or route.path != operation.path or route.methods != {operation.method}:
                    raise ValueError(f"{route.path} is no route of the operation {route.operation_id!r}")
                found[operation.id] = (operation, route.endpoint)
        if missing := self.contract.operations.keys() - found.keys():
            raise ValueError(f"there is no endpoint for {', '.join(sorted(missing))}")
        return list(found.values())


async def _unread() -> None:
    """Stand in for an endpoint whose signature is not FastAPI's to read."""
