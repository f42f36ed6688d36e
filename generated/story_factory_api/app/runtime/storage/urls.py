"""URLs of databases."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

# Which driver a URL names decides nothing: a kind of database has the one that serves it best.
_DRIVERS = {POSTGRESQL: frozenset({"", "asyncpg", "psycopg", "psycopg2"}), SQLITE: frozenset({"", "pysqlite"})}
_ALIASES = {"postgres": POSTGRESQL}


class DatabaseError(Exception):
    """The database that DATABASE_URL names cannot be used."""


def parsed(url: str, variable: str = "DATABASE_URL") -> URL:
    """Return ``url`` with the kind of its database, and no driver; raises DatabaseError where it cannot be used."""
    try:
        found = make_url(url)
    except ArgumentError:
        raise DatabaseError(f"{variable} is no database URL; write sqlite:///data/service.db") from None
    name, _, driver = found.drivername.partition("+")
    backend = _ALIASES.get(name, name)
    if driver not in _DRIVERS.get(backend, ()):
        known = ", ".join(f"{each}://…" for each in sorted(_DRIVERS))
        raise DatabaseError(f"{variable}: {found.drivername} is not supported; this service knows {known}")
    return found.set(drivername=backend)
