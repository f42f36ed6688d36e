"""What each hook looks like."""

from typing import Protocol

from app import schemas
from app.context import Context, CreateScriptContext
from app.runtime.call import Answer, Reply


class CreateScript(Protocol):
    """The hook of createScript."""

    async def __call__(self, ctx: CreateScriptContext, body: schemas.ScriptRequest) -> schemas.Script | Reply: ...


class GetFailure(Protocol):
    """The hook of getFailure."""

    async def __call__(self, ctx: Context) -> Answer: ...


class GetReport(Protocol):
    """The hook of getReport."""

    async def __call__(self, ctx: Context) -> Answer: ...
