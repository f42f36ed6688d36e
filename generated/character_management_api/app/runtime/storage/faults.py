"""Faults of the database, as errors that a caller may read: no SQL, no table names, no paths."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from ..errors import ApiError, BadRequest, Conflict, InsufficientStorage, ServiceUnavailable


class Unshowable(ApiError):
    """A row would be stored that answers which have to show it cannot: a member is missing that they promise."""

    def __init__(self, label: str, name: str) -> None:
        reason = f"a {label} without {name} could be stored, but not shown again: a hook has to give it"
        super().__init__(f"not implemented: {reason}", status=501, code="not_implemented")


class ForeignKeyViolation(BadRequest):
    """A row refers to one that does not exist, or is still referred to."""


def translated(error: BaseException) -> BaseException:
    """Return the ApiError that tells a caller of ``error``, ``error`` itself where it is not the caller's to know."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        return _told(getattr(cause, "sqlite_errorname", "") or "") or error
    state = getattr(cause, "sqlstate", None)
    return (isinstance(state, str) and _told(state)) or error


def _told(name: str) -> ApiError | None:
    for prefix, kind, message in _TELLING:
        if name.startswith(prefix):
            return kind(message)
    if name.startswith(_UNAVAILABLE):
        return ServiceUnavailable("the database is not available", headers={"Retry-After": "1"})
    return None


# By the names of SQLite's results, and by SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html).
_TELLING: tuple[tuple[str, type[ApiError], str], ...] = (
    ("SQLITE_CONSTRAINT_UNIQUE", Conflict, "a row with these values exists already"),
    ("SQLITE_CONSTRAINT_PRIMARYKEY", Conflict, "a row with these values exists already"),
    ("SQLITE_CONSTRAINT_ROWID", Conflict, "a row with these values exists already"),
    ("SQLITE_CONSTRAINT_FOREIGNKEY", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("SQLITE_CONSTRAINT_TRIGGER", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("SQLITE_CONSTRAINT_NOTNULL", BadRequest, "a value that must be stored is missing"),
    ("SQLITE_CONSTRAINT_CHECK", BadRequest, "a value cannot be stored"),
    ("SQLITE_TOOBIG", BadRequest, "a value is too large to be stored"),
    ("SQLITE_FULL", InsufficientStorage, "there is no room to store this"),
    ("23505", Conflict, "a row with these values exists already"),
    ("23503", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("23001", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("23502", BadRequest, "a value that must be stored is missing"),
    ("23514", BadRequest, "a value cannot be stored"),
    ("22003", BadRequest, "a value is too large to be stored"),
    ("54", BadRequest, "a value is too large to be stored"),
    ("2200H", InsufficientStorage, "there is no room to store this"),
    ("53100", InsufficientStorage, "there is no room to store this"),
)
_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
# No connection, no resources, a timeout, a server that stops, a lock that was not got, a standby, a lost race.
_UNAVAILABLE = (*_SQLITE, "08", "53", "57", "55P03", "25006", "25P03", "40001", "40P01")
