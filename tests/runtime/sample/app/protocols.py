"""What each hook looks like."""

from typing import Any, Protocol

from app import schemas
from app.context import Context, CreateScriptContext
from app.runtime.call import Reply


class CreateScript(Protocol):
    """The hook of createScript."""

    async def __call__(self, ctx: CreateScriptContext, body: schemas.ScriptRequest) -> schemas.Script | Reply: ...


class GetFailure(Protocol):
    """The hook of getFailure."""

    async def __call__(self, ctx: Context) -> Any: ...


class GetReport(Protocol):
    """The hook of getReport."""

    async def __call__(self, ctx: Context) -> Any: ...
