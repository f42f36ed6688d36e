"""Faults of the database, as errors that a caller may read: no SQL, no table names, no paths."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from .errors import ApiError, BadRequest, Conflict, InsufficientStorage, ServiceUnavailable


class ForeignKeyViolation(BadRequest):
    """A row refers to one that does not exist, or is still referred to."""


def translated(error: BaseException) -> BaseException:
    """Return the ApiError that tells a caller of ``error``, or ``error`` itself where it is not the caller's to know."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if not isinstance(cause, sqlite3.Error):
        return error
    return _of_sqlite(getattr(cause, "sqlite_errorname", "") or "") or error


def _of_sqlite(name: str) -> ApiError | None:
    match name:
        case "SQLITE_CONSTRAINT_UNIQUE" | "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_ROWID":
            return Conflict("a row with these values exists already")
        case "SQLITE_CONSTRAINT_FOREIGNKEY" | "SQLITE_CONSTRAINT_TRIGGER":
            return ForeignKeyViolation("a value refers to something that does not exist")
        case "SQLITE_CONSTRAINT_NOTNULL":
            return BadRequest("a value that must be stored is missing")
        case "SQLITE_CONSTRAINT_CHECK":
            return BadRequest("a value cannot be stored")
        case "SQLITE_TOOBIG":
            return BadRequest("a value is too large to be stored")
        case "SQLITE_FULL":
            return InsufficientStorage("there is no room to store this")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return ServiceUnavailable("the database is not available", headers={"Retry-After": "1"})
    return None
