"""What a write-ahead log on a full disk can give back, without taking the room that somebody made meanwhile."""

import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection as Driver


def make_room(driver: Driver) -> None:
    """Move what the write-ahead log holds to where it belongs and empty it, where the disk has room for all of that.

    A checkpoint that stops halfway has made the database's file longer and the log no shorter: it would leave less
    room than there was (sqlite.org/wal.html).
    """
    with suppress(sqlite3.Error, OSError):
        file = Path(next(path for _, name, path in driver.execute("PRAGMA database_list") if name == "main"))
        if _growth(driver, file) <= shutil.disk_usage(file).free:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _growth(driver: Driver, file: Path) -> int:
    """Return by how many bytes ``file`` must grow to hold every page that is committed."""
    [(pages,)] = driver.execute("PRAGMA page_count").fetchall()
    [(size,)] = driver.execute("PRAGMA page_size").fetchall()
    return max(0, int(pages) * int(size) - file.stat().st_size)
