# Copied by fountaingen from hooks/central_sequence_service.py. Do not edit: edit that file.
"""Numbers, renumberings and versions of story elements. Each type of element has a counter of its own."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import models, schemas
from app.context import CreateVersionContext, GenerateSequenceNumberContext, ReorderElementsContext
from app.runtime.errors import BadRequest, NotFound


async def generate_sequence_number(
    ctx: GenerateSequenceNumberContext, body: schemas.SequenceRequest
) -> schemas.SequenceResponse:
    """An element gets the next number of its type once; who asks again gets the same number."""

    def number(session: Session) -> int:
        return _numbered(session, body.element_type, body.element_id).sequence_number

    return schemas.SequenceResponse(sequence_number=await ctx.write(number))


async def reorder_elements(ctx: ReorderElementsContext, body: schemas.ReorderRequest) -> schemas.SuccessResponse:
    """All elements get their new numbers or none does; each must have been numbered before."""
    numbers = {each.element_id: each.new_sequence for each in body.elements}
    if len(numbers) < len(body.elements) or len(set(numbers.values())) < len(body.elements):
        raise BadRequest("an element or a number appears twice")

    def renumber(session: Session) -> None:
        row = models.SequenceElement
        known = select(row).where(row.element_type == body.element_type, row.element_id.in_(numbers))
        elements = {element.element_id: element for element in session.scalars(known)}
        if unknown := sorted(numbers.keys() - elements.keys()):
            raise NotFound(f"{body.element_type} {unknown[0]} has no number yet")
        for element_id, element in elements.items():
            element.sequence_number = numbers[element_id]

    await ctx.write(renumber)
    updated = [schemas.ElementOrder(element_id=key, new_sequence=number) for key, number in numbers.items()]
    return schemas.SuccessResponse(message="Every element has its new number.", updated_elements=updated)


async def create_version(ctx: CreateVersionContext, body: schemas.VersionRequest) -> schemas.VersionResponse:
    """A numbered element is its own version 1, later ones are kept beside it; the element's number never changes."""

    def store(session: Session) -> int:
        element = _numbered(session, body.element_type, body.element_id)
        row = models.ElementVersion
        latest = session.scalar(select(func.max(row.version_number)).where(row.sequence_id == element.id)) or 1
        version = row(
            sequence_id=element.id,
            version_number=latest + 1,
            new_version_data=body.new_version_data,
            created_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        session.add(version)
        return version.version_number

    return schemas.VersionResponse(version_number=await ctx.write(store))


def _numbered(session: Session, element_type: str, element_id: int) -> models.SequenceElement:
    """Return the row of an element, made with the next number of its type where there is none yet."""
    row = models.SequenceElement
    element = session.scalar(select(row).where(row.element_type == element_type, row.element_id == element_id))
    if element is None:
        highest = session.scalar(select(func.max(row.sequence_number)).where(row.element_type == element_type)) or 0
        element = row(element_type=element_type, element_id=element_id, sequence_number=highest + 1)
        session.add(element)
        session.flush()
    return element
