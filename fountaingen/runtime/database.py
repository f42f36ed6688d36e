"""The database of a service: chosen by URL, opened when it is first needed, asked for units of work."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, MetaData, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from .call import Unit
from .storage.backend import Backend
from .storage.options import Options
from .storage.pool import PoolState
from .storage.sqlite import open_sqlite

P = ParamSpec("P")
T = TypeVar("T")

_PLAIN = Options()


class DatabaseError(Exception):
    """The database that DATABASE_URL names cannot be used."""


class Database:
    """Units of work on one database."""

    def __init__(self, metadata: MetaData, url: str, options: Options = _PLAIN) -> None:
        self._metadata = metadata
        self._url = _parse(url)
        self._options = options
        self._backend: Backend | None = None

    @staticmethod
    def from_environment(metadata: MetaData, *, default: str) -> "Database":
        """Return the database that DATABASE_URL names, else ``default``; nothing is opened yet.

        Raises DatabaseError where there is no backend for the URL or a setting of its pool makes no sense.
        """
        try:
            options = Options.from_environment()
        except ValueError as error:
            raise DatabaseError(str(error)) from None
        return Database(metadata, os.environ.get("DATABASE_URL", "").strip() or default, options)

    def open(self) -> Backend:
        """Open the database and create the tables that are missing; a server is asked for when it is needed."""
        if self._backend is None:
            opener = _BACKENDS[self._url.get_backend_name()].opener
            self._backend = opener(self._url, self._metadata, self._options)
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


def _open_postgresql(url: URL, metadata: MetaData, options: Options) -> Backend:
    try:
        from .storage.postgresql.backend import open_postgresql
    except ImportError as error:
        raise DatabaseError(f"DATABASE_URL: PostgreSQL needs the packages asyncpg and greenlet ({error})") from None
    return open_postgresql(url, metadata, options)


@dataclass(frozen=True)
class _Known:
    """A kind of database: the drivers that its URLs may name, and what opens it."""

    drivers: frozenset[str]
    opener: Callable[[URL, MetaData, Options], Backend]


# A new database is a new row, by its SQLAlchemy backend name.
_BACKENDS = {
    "postgresql": _Known(frozenset({"asyncpg", "psycopg", "psycopg2"}), _open_postgresql),
    "sqlite": _Known(frozenset({"pysqlite"}), open_sqlite),
}
_ALIASES = {"postgres": "postgresql"}


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("DATABASE_URL is no database URL; write sqlite:///data/service.db") from None
    backend, _, driver = parsed.drivername.partition("+")
    backend = _ALIASES.get(backend, backend)
    known = _BACKENDS.get(backend)
    if known is None or (driver and driver not in known.drivers):
        names = ", ".join(f"{name}://…" for name in sorted(_BACKENDS))
        raise DatabaseError(f"DATABASE_URL: {parsed.drivername} is not supported; this service knows {names}")
    return parsed.set(drivername=backend)
