"""What the environment decides about a database."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..settings import seconds, switch


@dataclass(frozen=True)
class Options:
    """``pool_size`` connections at most; ``pool_timeout`` seconds until whoever waits for the database is told 503.

    ``create_tables`` says whether tables that are missing are made when the database is opened, for which ``opening``
    seconds may be waited. At most ``max_waiting_writes`` units of work of a process wait to be written.
    """

    create_tables: bool = True
    pool_size: int = 10
    pool_timeout: float = 5.0
    max_waiting_writes: int = 2000
    opening: float = 5.0

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Options":
        """Read CREATE_TABLES, DATABASE_POOL_SIZE, DATABASE_POOL_TIMEOUT and MAX_WAITING_WRITES.

        Raises ValueError naming the variable and the values it takes.
        """
        return Options(
            create_tables=switch(environment, "CREATE_TABLES", Options.create_tables),
            # One connection is the writer's, and nobody can read without another.
            pool_size=_count(environment, "DATABASE_POOL_SIZE", Options.pool_size, "connections", least=2),
            pool_timeout=seconds(environment, "DATABASE_POOL_TIMEOUT", Options.pool_timeout),
            max_waiting_writes=_count(environment, "MAX_WAITING_WRITES", Options.max_waiting_writes, "writes", least=1),
        )


def _count(environment: Mapping[str, str], name: str, default: int, what: str, *, least: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
        raise ValueError(f"{name} must be a number of {what}, {least} or more, not {text!r}")
    return int(text)
