"""The way to the server: connections, and the tables that have to be there before the first of them is used."""

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError

from ..faults import unavailable
from ..options import Options
from .address import Address
from .connections import Connector, Held, run
from .driver import FAILURES
from .tables import Missing, prepare

logger = logging.getLogger(__name__)

# Whoever administers the server may have given this up for others: a COMMIT is to be kept when it returns.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_REASONS: tuple[type[Exception], ...] = (*FAILURES, DBAPIError, Missing)


@dataclass(frozen=True)
class Purpose:
    """What connections are for: the tables that have to be there, and how many of everything there may be."""

    metadata: MetaData
    options: Options


class Door:
    """Gives connections to a database whose tables are there; says in the log when it cannot, and when it can again."""

    def __init__(self, address: Address, purpose: Purpose) -> None:
        self._connector = Connector(address)
        self._purpose = purpose
        self._prepared = False
        self._shut = False
        self._preparing = asyncio.Lock()

    async def connect(self) -> Held:
        """Return a new connection; raises ServiceUnavailable."""
        try:
            held = await self._connector.connect()
            try:
                await held.driver.execute(_DURABLE)
                await self._prepare(held)
            except BaseException:
                held.discard()
                raise
        except _REASONS as error:
            # A server says a lot while it starts or stops: once is enough.
            if not self._shut:
                logger.error("the database cannot be used: %s", _reason(error))
            self._shut = True
            raise unavailable() from error
        if self._shut:
            logger.info("the database can be used again")
        self._shut = False
        return held

    async def _prepare(self, held: Held) -> None:
        if self._prepared:
            return
        async with self._preparing:
            if not self._prepared:
                await run(prepare, held.unit, self._purpose.metadata, create=self._purpose.options.create_tables)
                self._prepared = True


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(cause).__name__}: {cause}"
