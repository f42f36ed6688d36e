"""What a unit of work may not do: end the transaction, or the savepoint, that it shares with others."""

import sqlite3
from sqlite3 import Connection as Driver

# What the driver has compiled before nobody is asked about again: these must not be the words that others would use.
BEGIN = "BEGIN  IMMEDIATE"
COMMIT = "COMMIT  TRANSACTION"
ROLLBACK = "ROLLBACK  TRANSACTION"
MARK = "SAVEPOINT  unit"
KEEP = "RELEASE  unit"
UNDO = "ROLLBACK  TO unit"


class Guard:
    """While ``up``, SQLite refuses whoever begins, commits or rolls back on ``driver``; ``refused`` tells that it has.

    It asks when a statement is compiled, so that nothing is paid when one runs again (sqlite.org/c3ref/set_authorizer).
    """

    __slots__ = ("refused", "up")

    def __init__(self, driver: Driver) -> None:
        self.up = False
        self.refused = False
        driver.set_authorizer(self._permitted)

    def _permitted(
        self, action: int, _what: str | None, name: str | None, _database: str | None, _trigger: str | None
    ) -> int:
        ends = action == sqlite3.SQLITE_TRANSACTION or (action == sqlite3.SQLITE_SAVEPOINT and name == "unit")
        if not (ends and self.up):
            return sqlite3.SQLITE_OK
        self.refused = True
        return sqlite3.SQLITE_DENY
