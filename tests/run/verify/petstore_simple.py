"""A shop without pets: all that its contract declares is what is wrong with a request."""

from app.context import Context
from app.runtime.errors import BadRequest


async def get_pet_id(ctx: Context, id: int) -> None:
    """There is none."""
    raise BadRequest(f"there is no pet {id}")


async def put_pet_id(ctx: Context, id: int) -> None:
    """There is none."""
    raise BadRequest(f"there is no pet {id}")
