# Copied by fountaingen from hooks/session_context_management_api.py. Do not edit: edit that file.
"""Sessions carry numbers from the central sequence."""

from app import models, schemas
from app.clients.central_sequence_service import schemas as sequence
from app.context import CreateSessionContext


async def create_session(ctx: CreateSessionContext, body: schemas.SessionRequest) -> schemas.SessionResponse:
    """A session is stored with its number, which orders sessions and is never shown; without one nothing is stored."""
    session_id = await ctx.new_id(models.Session)
    element = sequence.SequenceRequest(element_type="session", element_id=session_id)
    number = (await ctx.clients.central_sequence_service.generate_sequence_number(element)).sequence_number
    return await ctx.with_columns(session_id=session_id, sequence_number=number).default(body)
