"""What a hook is given: the default behaviour, units of work, ids, who calls, and a logger."""

import logging
from collections.abc import Callable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy.orm import Session

from .call import Call, Unit
from .database import in_session
from .errors import NotImplementedByHook
from .resource import Stored
from .security import Identity
from .values import JsonObject

P = ParamSpec("P")
T = TypeVar("T")

_NONE: Mapping[str, Any] = MappingProxyType({})
_logger = logging.getLogger("app.hooks")


class HookContext:
    """One call of a hook."""

    def __init__(self, call: Call, columns: Mapping[str, Any] = _NONE) -> None:
        self.call = call
        self._columns = columns

    @property
    def request_id(self) -> str:
        """The request's id, as in the logs and in X-Request-Id."""
        return self.call.request_id

    @property
    def identity(self) -> Identity | None:
        """Who calls, None where the contract lets anybody in."""
        return self.call.identity

    @property
    def log(self) -> logging.Logger:
        """A logger; its lines carry the request's id and the operation."""
        return _logger

    @property
    def media_type(self) -> str:
        """The declared type that the caller likes best of those a success can have, empty where there is no body."""
        return self.call.media_type

    async def default(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the default behaviour; raises NotImplementedByHook, as there is none for this operation."""
        operation = self.call.operation
        raise NotImplementedByHook(
            operation.id, hook=f"async def {operation.hook}(ctx, …)", reason="there is no default behaviour"
        )

    def with_columns(self, **columns: Any) -> Self:
        """Return a context whose default behaviour writes ``columns`` (attributes of the model) into its rows."""
        other = copy(self)
        other._columns = {**self._columns, **columns}
        return other

    async def read(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn(session)`` on one snapshot."""
        return await self.call.database.read(in_session, fn)

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn(session)`` as one transaction, durable once this returns; raising rolls it back."""
        return await self.call.database.write(in_session, fn)

    async def new_id(self, model: type[Any]) -> Any:
        """Take an id for a row of ``model`` before there is one; no other row will get it."""
        return await self.call.database.new_id(model)

    async def run_read(self, fn: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a default behaviour that reads; the hook's answer is what gets judged."""
        return await self.call.database.read(fn, *args, **kwargs)

    async def run_write(self, fn: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a default behaviour that writes, with the columns of this context."""
        result = await self.call.database.write(self._with_columns(fn), *args, **kwargs)
        self.call.locate(result)
        return result

    async def run_put(
        self, fn: Callable[Concatenate[Unit, P], Stored], /, *args: P.args, **kwargs: P.kwargs
    ) -> JsonObject:
        """Run a default behaviour that creates or replaces; the answer gets the status of what it did."""
        stored = await self.run_write(fn, *args, **kwargs)
        self.call.created = stored.created
        return stored.row

    def _with_columns(self, fn: Callable[Concatenate[Unit, P], T]) -> Callable[Concatenate[Unit, P], T]:
        if not self._columns:
            return fn
        columns = self._columns

        def work(unit: Unit, /, *args: P.args, **kwargs: P.kwargs) -> T:
            return fn(Unit(unit.connection, columns), *args, **kwargs)

        return work
