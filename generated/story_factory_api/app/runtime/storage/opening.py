"""How a SQLite file is opened: its folder made, WAL switched on, the tables that are missing created."""

import os
import sqlite3
import time
from pathlib import Path
from sqlite3 import Connection as Driver

from sqlalchemy import URL, Connection, MetaData, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from .faults import DAMAGED, name_of, unavailable
from .urls import DatabaseError

_ATTEMPTS = 50


def connect(url: URL, patience: float) -> tuple[Connection, Driver]:
    """Return a connection that waits ``patience`` seconds for other processes."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        # What a failing statement says is logged by people who write hooks, and its values are their callers'.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": patience},
    )
    connection = engine.connect()
    # SQLAlchemy sees one transaction that never ends, so that a Session's commit releases a savepoint and no more;
    # where it really begins and ends is decided on the driver's connection.
    connection.begin()
    driver = driver_of(connection)
    driver.execute("PRAGMA foreign_keys=ON")
    return connection, driver


def disconnect(connection: Connection) -> None:
    """Close a connection and let go of its engine."""
    connection.close()
    connection.engine.dispose()


def driver_of(connection: Connection) -> Driver:
    """Return the driver's connection below ``connection``."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, Driver):
        raise TypeError("the connection is not one of sqlite3")
    return driver


def make_durable(driver: Driver, patience: float) -> None:
    """Have every COMMIT reach the disk before it returns, through a write-ahead log (sqlite.org/wal.html)."""
    for attempt in range(_ATTEMPTS):
        try:
            driver.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # Another process is switching; SQLite does not wait for that by itself.
            if attempt == _ATTEMPTS - 1 or not name_of(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise
            time.sleep(patience / _ATTEMPTS)
        else:
            break
    driver.execute("PRAGMA synchronous=FULL")
    # macOS: a plain fsync leaves data in the drive's cache. Nothing elsewhere.
    driver.execute("PRAGMA fullfsync=ON")


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it, so that they outlast a power cut."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        if os.name == "posix":
            above = os.open(each.parent, os.O_RDONLY)
            try:
                os.fsync(above)
            finally:
                os.close(above)


def create(connection: Connection, driver: Driver, metadata: MetaData) -> None:
    """Make the tables that are missing, all or none."""
    driver.execute("BEGIN IMMEDIATE")
    try:
        metadata.create_all(connection)
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


def refusal(error: Exception) -> Exception:
    """Return what to raise of an error of opening: DatabaseError where it is in vain to try again.

    It is ServiceUnavailable where that may pass: a full disk, another process, a volume that is not there yet.
    """
    name = name_of(error)
    if name.startswith(DAMAGED):
        return DatabaseError("DATABASE_URL: the file is damaged, or no database of SQLite; put a good one in its place")
    if isinstance(error, OSError | sqlite3.Error | DBAPIError) and name != "SQLITE_ERROR":
        return unavailable()
    return error
