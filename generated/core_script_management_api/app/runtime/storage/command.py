"""What ``python -m app.database`` does: make the tables, or move the rows of another database here."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from ..database import Database
from ..errors import ApiError
from .copying import Holding, copy
from .engines import engine_of
from .options import Options
from .sides import NotCopied
from .urls import SQLITE, DatabaseError, parsed

_USAGE = """usage: python -m app.database create
       python -m app.database copy SOURCE_URL

create  make the tables that are missing in the database that DATABASE_URL names
copy    copy every row of the database SOURCE_URL to it in one transaction, count them and compare them"""


def main(database: Database, arguments: Sequence[str] | None = None) -> int:
    """Do what ``arguments``, by default the command line's, say; return the exit code: 1 for failed, 2 for misused."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        match list(given):
            case ["create"]:
                asyncio.run(_create(database))
                print("the tables are there")
            case ["copy", source]:
                _tell(_copied(source, database))
            case ["-h" | "--help"]:
                print(_USAGE)
            case _:
                print(_USAGE, file=sys.stderr)
                return 2
    except (ApiError, DatabaseError, NotCopied, SQLAlchemyError, OSError, ValueError) as error:
        # What SQLAlchemy says goes on with the statement, its values and a link.
        print(f"error: {str(error).partition(chr(10))[0] or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


async def _create(database: Database) -> None:
    made = Database(database.metadata, database.url.render_as_string(hide_password=False), Options())
    try:
        await made.check()
    finally:
        await made.close()


def _copied(source: str, target: Database) -> list[Holding]:
    origin = parsed(source, "SOURCE_URL")
    begin = engine_of(origin)
    asyncio.run(_create(target))
    work = partial(copy, begin, engine_of(target.url), target.metadata)
    if origin.get_backend_name() == target.url.get_backend_name() == SQLITE:
        return work()
    from .postgresql.connections import run

    return asyncio.run(run(work))


def _tell(tables: Sequence[Holding]) -> None:
    for table in tables:
        print(f"{table.name}: {table.rows} rows, digest {table.digest[:16]}")
    print(f"{sum(table.rows for table in tables)} rows; both databases hold the same")
