"""Tables: created where they are missing, by one process at a time, with counters that no key gets ahead of."""

from collections.abc import Iterable

from sqlalchemy import Connection, MetaData, Table, inspect

from ...call import Unit
from .driver import DIALECT
from .lock import LOCK

_LONGEST = DIALECT.max_identifier_length
_PREPARER = DIALECT.identifier_preparer

# As AUTOINCREMENT on SQLite: a key that was there once is not given again, whoever chose it.
_FUNCTION = """
CREATE OR REPLACE FUNCTION count_on_from_given_key() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM setval(TG_ARGV[0]::regclass, (to_jsonb(NEW) ->> TG_ARGV[1])::bigint);
    RETURN NULL;
END
$body$
"""


class Missing(Exception):
    """A table is not there, and is not to be created here, or the database cannot keep every text or name."""


def prepare(unit: Unit, metadata: MetaData, *, create: bool) -> None:
    """Create the tables that are missing; raises Missing where there are some and ``create`` says no."""
    connection = unit.connection
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise Missing(f"the database is encoded in {encoding}; make one with ENCODING 'UTF8'")
    if long := sorted(name for name in _names(metadata) if len(name.encode()) > _LONGEST):
        raise Missing(f"PostgreSQL would cut names short: {', '.join(long)}; name them with x-fountaingen extensions")
    if not (missing := _missing(connection, metadata)):
        return
    if not create:
        names = ", ".join(sorted(table.name for table in missing))
        raise Missing(f"tables are missing: {names}; run python -m app.database create")
    connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
    try:
        connection.exec_driver_sql(LOCK)
        # Another process may have made them while this one waited.
        _create(connection, metadata, _missing(connection, metadata))
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def _names(metadata: MetaData) -> set[str]:
    return {each.name for table in metadata.sorted_tables for each in (table, *table.columns)}


def _missing(connection: Connection, metadata: MetaData) -> list[Table]:
    there = set(inspect(connection).get_table_names())
    return [table for table in metadata.sorted_tables if table.name not in there]


def _create(connection: Connection, metadata: MetaData, tables: Iterable[Table]) -> None:
    wanted = list(tables)
    metadata.create_all(connection, wanted)
    keys = [(table, key) for table in wanted if (key := table.autoincrement_column) is not None]
    if keys:
        connection.exec_driver_sql(_FUNCTION)
    for table, key in keys:
        name, column = _PREPARER.format_table(table), _PREPARER.quote(key.name)
        sequence = connection.exec_driver_sql(
            f"SELECT pg_get_serial_sequence({_text(name)}, {_text(key.name)})"
        ).scalar_one()
        connection.exec_driver_sql(
            f"CREATE TRIGGER count_on AFTER INSERT ON {name} FOR EACH ROW"
            f" WHEN (NEW.{column} > coalesce(pg_sequence_last_value({_text(sequence)}::regclass), 0))"
            f" EXECUTE FUNCTION count_on_from_given_key({_text(sequence)}, {_text(key.name)})"
        )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
