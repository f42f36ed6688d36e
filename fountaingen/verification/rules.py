"""Whether a request that was refused keeps the contract, as the service itself reads it: then a hook refused it."""

import asyncio
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import httpx

_REACHED = 299


@dataclass
class Rules:
    """The generated service in ``directory`` with nothing behind its contract: every endpoint says it was reached."""

    directory: Path

    def refuse(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether it takes more than the contract to refuse a request: its endpoint would have been called."""
        return asyncio.run(self._status(method, url, headers, body)) == _REACHED

    async def _status(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
        transport = httpx.ASGITransport(self._service)
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.request(method, url, headers=dict(headers), content=body)).status_code

    @cached_property
    def _service(self) -> Any:
        sys.path.insert(0, str(self.directory))
        whole = importlib.import_module("app.contract").CONTRACT
        # Who calls is no question any more: the request was let in.
        contract = replace(
            whole, operations={name: replace(each, security=()) for name, each in whole.operations.items()}
        )
        runtime = {
            name: importlib.import_module(f"app.runtime.{name}") for name in ("application", "errors", "routing")
        }
        router = runtime["routing"].OperationRouter(contract)

        async def reached(_call: object, *_arguments: object) -> NoReturn:
            raise runtime["errors"].ApiError("reached", status=_REACHED)

        for name, each in contract.operations.items():
            router.add_api_route(each.path, reached, methods=[each.method], operation_id=name)
        # Its database is opened by a start, which there is none of.
        return runtime["application"].Service(contract, router, importlib.import_module("app.database").database)
