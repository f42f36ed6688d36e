"""The driver, asyncpg: it comes without types, so what is used of it is said here."""

from collections.abc import AsyncIterable, Sequence
from importlib import import_module
from typing import Any, Protocol

from sqlalchemy import URL, Dialect

asyncpg: Any = import_module("asyncpg")

DIALECT: Dialect = URL.create("postgresql+asyncpg").get_dialect()()

FAILURES: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What asking the driver for anything can raise."""


class Driver(Protocol):
    """A connection of the driver."""

    async def execute(self, query: str) -> str:
        """Run statements without arguments and return what the server says of the last: its command tag."""
        ...

    async def fetch(self, query: str, *arguments: Any) -> Sequence[Any]:
        """Run a statement and return its records."""
        ...

    def cursor(self, query: str, *arguments: Any, prefetch: int) -> AsyncIterable[Any]:
        """Run a statement and return its records, fetched so many at once, inside a transaction."""
        ...

    def is_closed(self) -> bool:
        """Whether either side hung up."""
        ...

    def terminate(self) -> None:
        """Hang up without a word."""
        ...

    async def close(self, *, timeout: float) -> None:
        """Hang up as the server expects it; ``timeout`` is in seconds."""
        ...
