"""DATABASE_URL as the driver takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL

_CONNECT = 5.0
# What libpq knows (postgresql.org/docs/current/libpq-connect.html) and the driver would send to the server.
_LIBPQ_ONLY = frozenset(
    {
        "channel_binding",
        "client_encoding",
        "fallback_application_name",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "load_balance_hosts",
        "prepared_statement_cache_size",
        "require_auth",
        "sslcompression",
        "sslsni",
        "tcp_user_timeout",
    }
)
# A writer that stands still holds up all others: the server ends its transaction. The driver gives up a little later
# than the server would, for a server that says nothing any more.
_SERVER = {
    "application_name": "fountaingen",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
    "lock_timeout": "10s",
    "statement_timeout": "30s",
}
_COMMAND = 35.0


@dataclass(frozen=True)
class Address:
    """Where the server is, and what is asked of a connection; times in seconds."""

    dsn: str = field(repr=False)
    timeout: float
    settings: Mapping[str, str]

    @staticmethod
    def of(url: URL) -> "Address":
        """Return what ``url`` says; it may be written for libpq, for psycopg or for asyncpg.

        Raises ValueError where ``connect_timeout`` is no number.
        """
        query = {name: value for name, value in url.query.items() if name not in _LIBPQ_ONLY}
        if "ssl" in query:
            query.setdefault("sslmode", query["ssl"])
            del query["ssl"]
        asked = query.pop("connect_timeout", str(_CONNECT))
        known = {name: value for name, value in _SERVER.items() if name not in query}
        dsn = url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
        return Address(dsn, float(str(asked)) or _CONNECT, known)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``asyncpg.connect``."""
        return {
            "dsn": self.dsn,
            "timeout": self.timeout,
            "command_timeout": _COMMAND,
            "server_settings": dict(self.settings),
        }
