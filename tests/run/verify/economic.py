"""Counts, pages and approvals of what the default behaviours keep; the language of filters is nobody's here."""

from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from app import models, schemas
from app.context import Context
from app.runtime.errors import BadRequest, NotFound
from app.runtime.values import JsonValue
from app.runtime.views import view

_Shown = TypeVar("_Shown", bound=BaseModel)


def _shown(type_: type[_Shown], row: models.Base) -> _Shown:
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return type_(**{name: value for name, value in values.items() if value is not None})


def _refuse(*texts: str | None) -> None:
    if any(texts):
        raise BadRequest("neither filters nor orders are understood")


async def _number(ctx: Context, model: type[models.Base]) -> int:
    return await ctx.read(lambda session: session.scalar(select(func.count()).select_from(model)) or 0)


async def _page(
    ctx: Context, model: type[models.Base], type_: type[_Shown], page_size: int, skip_pages: int
) -> list[_Shown]:
    rows = select(model).order_by(*inspect(model).primary_key).limit(page_size).offset(page_size * skip_pages)
    return await ctx.read(lambda session: [_shown(type_, row) for row in session.scalars(rows)])


async def get_number_of_employee_groups(ctx: Context, filter: str | None) -> int:
    """Count the groups."""
    _refuse(filter)
    return await _number(ctx, models.EmployeeGroup)


async def get_page_of_employee_groups(
    ctx: Context, filter: str | None, sort: str | None, page_size: int, skip_pages: int
) -> list[schemas.EmployeeGroup]:
    """Page through the groups."""
    _refuse(filter, sort)
    return await _page(ctx, models.EmployeeGroup, schemas.EmployeeGroup, page_size, skip_pages)


async def get_number_of_mileage_entries(ctx: Context, filter: str | None) -> int:
    """Count the entries."""
    _refuse(filter)
    return await _number(ctx, models.Mileage)


async def get_page_of_mileage_entries(
    ctx: Context, filter: str | None, sort: str | None, page_size: int, skip_pages: int
) -> list[schemas.Mileage]:
    """Page through the entries."""
    _refuse(filter, sort)
    return await _page(ctx, models.Mileage, schemas.Mileage, page_size, skip_pages)


async def approve_mileage_entries(ctx: Context, body: JsonValue) -> None:
    """Approve all of the entries or none."""
    if body is None:
        raise BadRequest("there is nothing to approve")
    numbers = set(view(schemas.MileageNumbersCollection, body).numbers)

    def approve(session: Session) -> None:
        entries = models.Mileage.number.in_(numbers)
        if session.scalar(select(func.count()).select_from(models.Mileage).where(entries)) != len(numbers):
            raise NotFound("some of the entries do not exist")
        session.execute(update(models.Mileage).where(entries).values(is_approved=True))

    await ctx.write(approve)
