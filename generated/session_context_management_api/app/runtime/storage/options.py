"""What the environment decides about a database."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..settings import count, interval, seconds, switch


@dataclass(frozen=True)
class Options:
    """``pool_size`` connections at most; ``pool_timeout`` seconds until whoever waits for the database is told 503.

    ``create_tables`` says whether tables that are missing are made when the database is opened, for which ``opening``
    seconds may be waited. At most ``max_waiting_writes`` units of work of a process wait to be written. A unit of work
    may take ``longest`` seconds, 0 for as long as it does.
    """

    create_tables: bool = True
    pool_size: int = 10
    pool_timeout: float = 5.0
    max_waiting_writes: int = 2000
    opening: float = 5.0
    longest: float = 30.0

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Options":
        """Read CREATE_TABLES, DATABASE_POOL_SIZE, DATABASE_POOL_TIMEOUT, MAX_WAITING_WRITES and REQUEST_TIMEOUT.

        Raises ValueError naming the variable and the values it takes.
        """
        return Options(
            create_tables=switch(environment, "CREATE_TABLES", Options.create_tables),
            # One connection is the writer's, and nobody can read without another.
            pool_size=count(environment, "DATABASE_POOL_SIZE", Options.pool_size, least=2),
            pool_timeout=seconds(environment, "DATABASE_POOL_TIMEOUT", Options.pool_timeout),
            max_waiting_writes=count(environment, "MAX_WAITING_WRITES", Options.max_waiting_writes),
            longest=interval(environment, "REQUEST_TIMEOUT", Options.longest),
        )
