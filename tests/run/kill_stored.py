"""What the databases of the two services hold, read from beside them, and whether they are whole."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

import psycopg
from kill_books import Stored
from sqlalchemy import make_url

_ENTRIES = "SELECT entry_id, token, amount, note FROM entries"
_NUMBERS = "SELECT element_type, element_id, sequence_number FROM sequences"
_VERSIONS = """SELECT element_type, element_id, version_number, new_version_data
FROM sequence_versions JOIN sequences ON sequences.id = sequence_id"""


class _Rows(Protocol):
    def __call__(self, query: str, /) -> list[Any]: ...


def stored(ledger: str, sequence: str) -> Stored:
    """Return what the databases of the URLs ``ledger`` and ``sequence`` hold."""
    entries = entries_of(ledger).entries
    with _reading(sequence) as rows:
        numbers = {(row[0], row[1]): row[2] for row in rows(_NUMBERS)}
        versions = {((row[0], row[1]), row[2]): _text(row[3]) for row in rows(_VERSIONS)}
    return Stored(entries, numbers, versions)


def entries_of(ledger: str) -> Stored:
    """Return what the database of the ledger alone holds."""
    with _reading(ledger) as rows:
        return Stored({row[0]: (row[1], int(row[2]), row[3]) for row in rows(_ENTRIES)})


def damage(url: str) -> list[str]:
    """Return what SQLite finds wrong with the file; a server looks after its own."""
    if not url.startswith("sqlite"):
        return []
    with _reading(url) as rows:
        broken = [row[0] for row in rows("PRAGMA integrity_check") if row[0] != "ok"]
        return broken + [f"a row of {row[0]} refers to nothing" for row in rows("PRAGMA foreign_key_check")]


@contextmanager
def _reading(url: str) -> Iterator[_Rows]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "", timeout=30)) as file:
            yield lambda query: file.execute(query).fetchall()
    else:
        with psycopg.connect(url) as server:
            yield lambda query: server.execute(query.encode()).fetchall()


def _text(data: Any) -> str:
    value = json.loads(data) if isinstance(data, str | bytes) else data
    return str(value["text"])
