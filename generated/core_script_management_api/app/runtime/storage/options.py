"""What the environment decides about a database."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..settings import seconds, switch


@dataclass(frozen=True)
class Options:
    """``pool_size`` connections at most, ``pool_timeout`` seconds until whoever waits for one is told 503.

    ``create_tables`` says whether tables that are missing are made when the database is opened.
    """

    create_tables: bool = True
    pool_size: int = 10
    pool_timeout: float = 5.0

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Options":
        """Read CREATE_TABLES, DATABASE_POOL_SIZE and DATABASE_POOL_TIMEOUT.

        Raises ValueError naming the variable and the values it takes.
        """
        return Options(
            create_tables=switch(environment, "CREATE_TABLES", Options.create_tables),
            pool_size=_count(environment, "DATABASE_POOL_SIZE", Options.pool_size),
            pool_timeout=seconds(environment, "DATABASE_POOL_TIMEOUT", Options.pool_timeout),
        )


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    # One connection is the writer's, and nobody can read without another.
    if not (text.isascii() and text.isdigit()) or int(text) < 2:
        raise ValueError(f"{name} must be a number of connections, 2 or more, not {text!r}")
    return int(text)
