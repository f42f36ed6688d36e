"""What people write."""

from typing import Any

from sqlalchemy import select

from app import models, schemas
from app.context import Context, CreateScriptContext
from app.runtime.call import Answer, Reply
from app.runtime.errors import Conflict
from app.runtime.security import Credentials, Identity

FAILURE: list[Any] = []


async def create_script(ctx: CreateScriptContext, body: schemas.ScriptRequest) -> schemas.Script | Reply:
    """A script carries a number from the central sequence; two of one title are one too many."""
    taken = await ctx.read(
        lambda session: session.scalars(
            select(models.Script.script_id).where(models.Script.title == body.title)
        ).first()
    )
    if taken is not None and body.title == "unique":
        raise Conflict("the title is taken")
    script_id = await ctx.new_id(models.Script)
    request = schemas.SequenceRequest(elementType="script", elementId=script_id)
    number = (await ctx.clients.central_sequence_service.generate_sequence_number(request)).sequence_number
    return await ctx.with_columns(script_id=script_id, sequence_number=number).default(body)


async def get_failure(ctx: Context) -> Answer:
    """Answer or raise what a test put there."""
    ctx.log.info("about to fail")
    value = FAILURE[-1] if FAILURE else None
    if isinstance(value, BaseException):
        raise value
    return value


async def get_report(ctx: Context) -> Answer:
    """Tell who calls."""
    identity = ctx.identity
    return {"subject": identity.subject, "scopes": sorted(identity.scopes)} if identity else {}


async def authenticate(credentials: Credentials) -> Identity | None:
    """Know one token and one login."""
    if credentials.type == "bearer":
        scopes = {"reader": ["read"], "writer": ["write"]}.get(credentials.token)
        return None if scopes is None else Identity(credentials.token, frozenset(scopes))
    known = credentials.username == "ada" and credentials.password == "love:lace"
    return Identity("ada", frozenset({"all"})) if known else None
