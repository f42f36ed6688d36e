"""The database of a service: chosen by URL, opened when it is first needed, asked for units of work."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import URL, MetaData

from .call import Unit
from .errors import ServiceUnavailable
from .storage.backend import Backend
from .storage.faults import name_of, unavailable
from .storage.options import Options
from .storage.pool import PoolState
from .storage.sessions import in_session
from .storage.sqlite import open_sqlite
from .storage.urls import POSTGRESQL, SQLITE, DatabaseError, parsed

logger = logging.getLogger(__name__)

__all__ = ["Database", "DatabaseError", "in_session"]

P = ParamSpec("P")
T = TypeVar("T")

Observe: TypeAlias = Callable[[Backend, str], Backend]
"""What is put around a database that was opened; the text is SQLAlchemy's name of it."""

_PLAIN = Options()
# Seconds: how often it is tried again to open a database that cannot be, and how long a request may wait for that.
_PAUSE = 1.0
_PATIENCE = 0.2


class Database:
    """Units of work on one database."""

    def __init__(self, metadata: MetaData, url: str, options: Options = _PLAIN) -> None:
        self.metadata = metadata
        self.url = parsed(url)
        self._options = options
        self._backend: Backend | None = None
        self._observe: Observe | None = None
        self._shut = False
        self._try_again = 0.0

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

    def start(self) -> None:
        """Open the database; one that cannot be used for now is tried again when it is needed.

        Raises DatabaseError where it never can.
        """
        try:
            self.open()
        except ServiceUnavailable:
            # It is in the log, /ready tells of it, and so does the answer of whatever needs the database.
            return
        except DatabaseError as error:
            logger.critical("the service cannot start: %s", error)
            raise

    def open(self) -> Backend:
        """Open the database and create the tables that are missing; a server is asked for when it is needed.

        Raises ServiceUnavailable where it cannot be used for now, DatabaseError where it never can.
        """
        if self._backend is None:
            backend = self._opened()
            self._backend = backend if self._observe is None else self._observe(backend, self.url.get_backend_name())
        return self._backend

    def _opened(self) -> Backend:
        options = self._options
        if self._shut:
            if time.monotonic() < self._try_again:
                raise unavailable()
            options = replace(options, opening=_PATIENCE)
        try:
            backend = _BACKENDS[self.url.get_backend_name()](self.url, self.metadata, options)
        except ServiceUnavailable as error:
            if not self._shut:
                logger.error(
                    "the database cannot be used, and is tried again when it is needed: %s",
                    name_of(error.__cause__ or error),
                )
            self._shut = True
            self._try_again = time.monotonic() + _PAUSE
            raise
        if self._shut:
            logger.info("the database can be used again")
        self._shut = False
        return backend

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
        await (self._backend or self.open()).check()

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
