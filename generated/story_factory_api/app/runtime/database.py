"""The database of a service: chosen by URL, opened when it is first needed, asked for units of work."""

import os
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import URL, MetaData, text
from sqlalchemy.orm import Session

from .call import Unit
from .storage.backend import Backend
from .storage.options import Options
from .storage.pool import PoolState
from .storage.sqlite import open_sqlite
from .storage.urls import POSTGRESQL, SQLITE, DatabaseError, parsed

__all__ = ["Database", "DatabaseError", "in_session"]

P = ParamSpec("P")
T = TypeVar("T")

Observe: TypeAlias = Callable[[Backend, str], Backend]
"""What is put around a database that was opened; the text is SQLAlchemy's name of it."""

_PLAIN = Options()


class Database:
    """Units of work on one database."""

    def __init__(self, metadata: MetaData, url: str, options: Options = _PLAIN) -> None:
        self.metadata = metadata
        self.url = parsed(url)
        self._options = options
        self._backend: Backend | None = None
        self._observe: Observe | None = None

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
            opener = _BACKENDS[self.url.get_backend_name()]
            backend = opener(self.url, self.metadata, self._options)
            self._backend = backend if self._observe is None else self._observe(backend, self.url.get_backend_name())
        return self._backend

    def observe(self, observe: Observe | None) -> None:
        """Have what is opened from now on do its work through ``observe``."""
        self._observe = observe

    async def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.close()

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            await self.check()
        except Exception:
            return False
        return True

    async def check(self) -> None:
        """Raise ServiceUnavailable, or what the database raises, where it does not answer."""
        await self.read(_ping)

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


# A new database is a new row.
_BACKENDS: dict[str, Callable[[URL, MetaData, Options], Backend]] = {
    POSTGRESQL: _open_postgresql,
    SQLITE: open_sqlite,
}
