"""Faults of the database and of its disk, as errors that a caller may read: no SQL, no table names, no paths."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from ..errors import ApiError, BadRequest, Conflict, InsufficientStorage, ServiceUnavailable


class Unshowable(ApiError):
    """A row would be stored that answers which have to show it cannot: a member is missing that they promise."""

    def __init__(self, label: str, name: str) -> None:
        reason = f"a {label} without {name} could be stored, but not shown again: a hook has to give it"
        super().__init__(f"not implemented: {reason}", status=501, code="not_implemented")


class TooSlow(ApiError):
    """504: what was asked of the database took longer than a request may."""

    status = 504


class ForeignKeyViolation(BadRequest):
    """A row refers to one that does not exist, or is still referred to."""


def translated(error: BaseException) -> BaseException:
    """Return the ApiError that tells a caller of ``error``, ``error`` itself where it is not the caller's to know."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return _told(name_of(cause)) or error
    if isinstance(cause, OSError):
        return no_room(cause) or error
    state = getattr(cause, "sqlstate", None)
    return (isinstance(state, str) and _told(state)) or error


def of_group(error: BaseException, size: int) -> BaseException:
    """Return what one of ``size`` whose common transaction was not committed is told; each needs one of its own.

    What is wrong with the unit of work of another is nobody else's to know.
    """
    told = translated(error)
    if size == 1 and not isinstance(error, sqlite3.Error):
        return told
    if isinstance(told, InsufficientStorage):
        return InsufficientStorage(told.message)
    if size == 1 and isinstance(told, ApiError):
        return told
    return unavailable()


def origin(error: BaseException) -> BaseException:
    """Return the fault of SQLite that ``error`` began with, ``error`` itself where it began with none.

    Where a disk fails, a statement's fault is followed by those of cleaning up after it: what was to be undone is gone.
    """
    found, at = error, error
    for _ in range(_LONGEST_CHAIN):
        if isinstance(_cause(at), sqlite3.Error) and name_of(at) != "SQLITE_ERROR":
            found = at
        following = at.__cause__ or at.__context__
        if following is None:
            break
        at = following
    return found


def name_of(error: BaseException) -> str:
    """Return what SQLite calls ``error``, such as SQLITE_IOERR_WRITE; else the name of its class."""
    cause = _cause(error)
    return getattr(cause, "sqlite_errorname", None) or type(cause).__name__


def unavailable() -> ServiceUnavailable:
    """Return what a caller is told of a database that cannot be used for now."""
    return ServiceUnavailable("the database is not available", headers={"Retry-After": "1"})


def no_room(error: OSError) -> InsufficientStorage | None:
    """Return what a caller is told of a disk, a quota or a file that is full, None where ``error`` is another."""
    return InsufficientStorage(_FULL) if error.errno in _OF_ROOM else None


def _cause(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _told(name: str) -> ApiError | None:
    for prefix, kind, message in _TELLING:
        if name.startswith(prefix):
            return kind(message)
    return unavailable() if name.startswith(_UNAVAILABLE) else None


_LONGEST_CHAIN = 20
_FULL = "there is no room to store this"
_TOO_SLOW = "the database took too long"
ENDED = "SQLITE_INTERRUPT"
"""What SQLite calls a statement that was ended before it was done."""
_OF_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
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
    ("SQLITE_FULL", InsufficientStorage, _FULL),
    (ENDED, TooSlow, _TOO_SLOW),
    ("23505", Conflict, "a row with these values exists already"),
    ("23503", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("23001", ForeignKeyViolation, "a value refers to something that does not exist"),
    ("23502", BadRequest, "a value that must be stored is missing"),
    ("23514", BadRequest, "a value cannot be stored"),
    ("22003", BadRequest, "a value is too large to be stored"),
    ("57014", TooSlow, _TOO_SLOW),
    ("54", BadRequest, "a value is too large to be stored"),
    ("2200H", InsufficientStorage, _FULL),
    ("53100", InsufficientStorage, _FULL),
)
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
    "SQLITE_READONLY",
    *DAMAGED,
)
# No connection, no resources, a timeout, a server that stops, a lock that was not got, a standby, a lost race.
_UNAVAILABLE = (*_SQLITE, "08", "53", "57", "55P03", "25006", "25P03", "40001", "40P01")
