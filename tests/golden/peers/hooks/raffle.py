"""A ticket carries a number that the counter draws."""

from app import schemas
from app.clients.counter import schemas as counter
from app.context import BuyTicketContext


async def buy_ticket(ctx: BuyTicketContext, body: schemas.TicketRequest) -> schemas.Ticket:
    """Draw the number first, so that nothing is stored while the counter is away."""
    drawn = await ctx.clients.counter.draw_number(counter.Draw(kind="ticket"))
    return await ctx.with_columns(number=drawn.number).default(body)
