"""The database of a service: chosen by URL, opened when it is first needed, asked for units of work."""

import os
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, MetaData, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from .call import Unit
from .storage.backend import Backend
from .storage.pool import PoolState
from .storage.sqlite import open_sqlite

P = ParamSpec("P")
T = TypeVar("T")

# A new database is a new row: its SQLAlchemy backend name, and what opens it.
_BACKENDS: dict[str, Callable[[URL, MetaData], Backend]] = {"sqlite": open_sqlite}


class DatabaseError(Exception):
    """The database that DATABASE_URL names cannot be used."""


class Database:
    """Units of work on one database."""

    def __init__(self, metadata: MetaData, url: str) -> None:
        self._metadata = metadata
        self._url = _parse(url)
        self._backend: Backend | None = None

    @staticmethod
    def from_environment(metadata: MetaData, *, default: str) -> "Database":
        """Return the database that DATABASE_URL names, else ``default``; nothing is opened yet.

        Raises DatabaseError where there is no backend for the URL.
        """
        return Database(metadata, os.environ.get("DATABASE_URL", "").strip() or default)

    def open(self) -> Backend:
        """Open the database and create the tables that are missing."""
        if self._backend is None:
            self._backend = _BACKENDS[self._url.get_backend_name()](self._url, self._metadata)
        return self._backend

    async def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.close()

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            await self.read(_ping)
        except Exception:
            return False
        return True

    def pool(self) -> PoolState | None:
        """Tell how busy the database is, None while it is closed."""
        return None if self._backend is None else self._backend.pool()

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(unit, …)`` on one snapshot; it sees every write acknowledged before."""
        return await (self._backend or self.open()).read(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(unit, …)`` as one transaction and return its result once that is durable."""
        return await (self._backend or self.open()).write(work, *args, **kwargs)

    async def new_id(self, model: type[Any]) -> Any:
        """Take an id for a row of ``model`` that no other row will get."""
        return await self.write(self.open().new_id, model)


def in_session(unit: Unit, work: Callable[[Session], T]) -> T:
    """Run ``work`` in a Session inside the unit of work; its commits are the unit's savepoints."""
    with Session(unit.connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        result = work(session)
        session.commit()
        return result


def _ping(unit: Unit) -> None:
    unit.connection.execute(text("SELECT 1"))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("DATABASE_URL is no database URL; write sqlite:///data/service.db") from None
    if parsed.get_backend_name() not in _BACKENDS or parsed.get_driver_name() not in ("pysqlite",):
        known = ", ".join(f"{name}:///…" for name in sorted(_BACKENDS))
        raise DatabaseError(f"DATABASE_URL: {parsed.drivername} is not supported; this service knows {known}")
    return parsed
