# Copied by fountaingen from hooks/core_script_management_api.py. Do not edit: edit that file.
"""Scripts and their sections carry numbers from the central sequence."""

from collections.abc import Collection
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import models, schemas
from app.clients.central_sequence_service import schemas as sequence
from app.context import AddSectionHeadingContext, Context, CreateScriptContext, ReorderSectionHeadingsContext
from app.runtime.errors import BadRequest, NotFound


async def create_script(ctx: CreateScriptContext, body: schemas.ScriptRequest) -> schemas.ScriptResponse:
    """A script is stored with its number; where the sequence gives none, nothing is stored."""
    script_id = await ctx.new_id(models.Script)
    number = await _number(ctx, "script", script_id)
    return await ctx.with_columns(script_id=script_id, sequence_number=number).default(body)


async def add_section_heading(
    ctx: AddSectionHeadingContext, script_id: int, body: schemas.SectionHeadingRequest
) -> schemas.SectionHeadingResponse:
    """A section is numbered like a script. No number is asked for where there is no script."""

    def require_script(session: Session) -> None:
        if session.get(models.Script, script_id) is None:
            raise NotFound(f"script {script_id} does not exist")

    await ctx.read(require_script)
    heading_id = await ctx.new_id(models.SectionHeading)
    number = await _number(ctx, "section", heading_id)
    return await ctx.with_columns(heading_id=heading_id, sequence_number=number).default(script_id, body)


async def reorder_section_headings(
    ctx: ReorderSectionHeadingsContext, script_id: int, body: schemas.ReorderRequest
) -> schemas.SuccessResponse:
    """All headings get their new numbers, there and here, or none does; each must belong to the script."""
    numbers = {each.heading_id: each.new_sequence for each in body.elements}
    if len(numbers) < len(body.elements) or len(set(numbers.values())) < len(body.elements):
        raise BadRequest("a heading or a number appears twice")

    def check(session: Session) -> None:
        _headings(session, script_id, numbers)

    def renumber(session: Session) -> None:
        for heading in _headings(session, script_id, numbers):
            heading.sequence_number = numbers[heading.heading_id]

    await ctx.read(check)
    order = [sequence.ElementOrder(element_id=key, new_sequence=number) for key, number in numbers.items()]
    await ctx.clients.central_sequence_service.reorder_elements(
        sequence.ReorderRequest(element_type="section", elements=order)
    )
    # Were this write to fail, the sequence would be ahead of us until the caller repeats the request, which does no
    # harm: it sets the same numbers there again, and now here too.
    await ctx.write(renumber)
    updated = [schemas.HeadingOrder(heading_id=key, new_sequence=number) for key, number in numbers.items()]
    return schemas.SuccessResponse(message="Every heading has its new number.", updated_elements=updated)


async def _number(ctx: Context, element_type: Literal["script", "section"], element_id: int) -> int:
    element = sequence.SequenceRequest(element_type=element_type, element_id=element_id)
    return (await ctx.clients.central_sequence_service.generate_sequence_number(element)).sequence_number


def _headings(session: Session, script_id: int, heading_ids: Collection[int]) -> list[models.SectionHeading]:
    """Return the headings, all of which must belong to the script; raises NotFound."""
    row = models.SectionHeading
    headings = list(session.scalars(select(row).where(row.script_id == script_id, row.heading_id.in_(heading_ids))))
    if missing := sorted(set(heading_ids) - {heading.heading_id for heading in headings}):
        raise NotFound(f"script {script_id} has no section heading {missing[0]}")
    return headings
