# Copied by fountaingen from hooks/orders.py. Do not edit: edit that file.
"""What an order costs, and who may place one."""

from sqlalchemy.orm import Session

from app import models, schemas
from app.context import CreateOrderContext, ShipOrderContext
from app.hooks.orders.prices import total_of
from app.runtime.errors import NotFound
from app.runtime.security import Credentials, Identity


async def authenticate(credentials: Credentials) -> Identity | None:
    """Know everyone by the token they show."""
    return Identity(credentials.token) if credentials.token else None


async def create_order(ctx: CreateOrderContext, body: schemas.OrderRequest) -> schemas.Order:
    """An order is priced when it is placed."""
    amount = body.amount or 1
    return await ctx.with_columns(amount=amount, total=total_of(body.article, amount), state="placed").default(body)


async def ship_order(ctx: ShipOrderContext, order_id: int, body: schemas.Shipping | None) -> schemas.Order:
    """An order that is shipped stays as it is but for its state."""

    def ship(session: Session) -> schemas.Order:
        order = session.get(models.Order, order_id)
        if order is None:
            raise NotFound(f"order {order_id} does not exist")
        order.state = "express" if body is not None and body.express else "shipped"
        return schemas.Order(
            order_id=order.order_id,
            article=order.article,
            amount=order.amount,
            total=order.total or 0,
            state=order.state,
        )

    return await ctx.write(ship)
