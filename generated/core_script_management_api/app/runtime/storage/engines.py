"""Engines for what is no unit of work: every statement commits by itself, unless BEGIN was said."""

from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from .urls import SQLITE, DatabaseError


def engine_of(url: URL) -> Engine:
    """Return an engine on the database of ``url``; one on a server waits for it in a greenlet.

    Raises DatabaseError where ``url`` names a file that is not there: SQLite would make it.
    """
    if url.get_backend_name() != SQLITE:
        from .postgresql.address import Address
        from .postgresql.connections import engine_on

        return engine_on(Address.of(url))
    if not url.database or not Path(url.database).is_file():
        raise DatabaseError(f"there is no database in the file {url.database or ':memory:'}")
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
