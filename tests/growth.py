"""Makes a database large: copies what a scenario has stored, many times, within the database."""

from typing import Final

import sqlalchemy as sa

from varsling.database.engine import connect_for_writing
from varsling.database.schema import metadata
from varsling.database.types import Instant

# Rows that an installation has few of, whatever it has sent.
_FEW: Final = frozenset(
    {"landlords", "grants", "integrations", "stream_heads", "workers", "clock_shift", "key_checks"}
    | {"register_renewals", "paused_channels"}
)
# Bound to their rows: nobody could read a copy. Those without are rows after erasure.
_ENCRYPTED: Final = frozenset({"content", "protection", "code", "pdf", "body"})
_NAMES: Final = frozenset({"reference", "lease_reference"})
# Ids begin with their time: those of the copies come before those of all that is stored.
_FIRST: Final = 0x0100_0000_0000


def grow(engine: sa.Engine, times: int) -> None:
    """Copy every notice, with all that belongs to it, so many times. The copies are as old as their number in minutes.

    The copies have no content, as after erasure, and a stream's hashes do not chain.
    """
    with connect_for_writing(engine) as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for table in metadata.sorted_tables:
            if table.name in _FEW:
                continue
            copied = [column for column in table.c if column.computed is None]
            columns = ", ".join(f'"{column.name}"' for column in copied)
            values = ", ".join(_copied(column, sqlite=sqlite) for column in copied)
            copies = f"SELECT {values} FROM {table.name} AS t CROSS JOIN numbers"  # noqa: S608  (names of our own)
            insert = f"WITH RECURSIVE {_numbers(times)} {copies}"
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) {insert}")
        connection.exec_driver_sql(f"UPDATE stream_heads SET position = position * ({times} + 1)")  # noqa: S608  (likewise)
        connection.commit()
    if not sqlite:  # as the server does by itself; an installation's SQLite has no statistics
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _numbers(times: int) -> str:
    return f"numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {times})"  # noqa: S608  (likewise)


def _copied(column: sa.Column[object], *, sqlite: bool) -> str:
    """Give the value of a copy's column, of `t` and the copy's number `n`."""
    name = f't."{column.name}"'
    if isinstance(column.type, sa.Uuid):
        first, rest = f"lpad(to_hex({_FIRST} + n), 12, '0')", f"substr(replace({name}::text, '-', ''), 13)"
        value = f"printf('%012x', {_FIRST} + n) || substr({name}, 13)" if sqlite else f"({first} || {rest})::uuid"
    elif column.name.endswith("_index"):
        value = f"CAST(hex({name}) || n AS BLOB)" if sqlite else f"decode(md5(encode({name}, 'hex') || n), 'hex')"
    elif column.name in _NAMES:
        value = f"{name} || '-' || n"
    elif column.name == "position":
        value = f"{name} + n * (SELECT h.position FROM stream_heads AS h WHERE h.organisation = t.organisation)"  # noqa: S608  (likewise)
    elif column.name in _ENCRYPTED and column.table.name != "stream_events":
        value = "NULL"
    elif isinstance(column.type, Instant) and column.table.name != "stream_events":
        before = f"strftime('%Y-%m-%dT%H:%M:%f000Z', {name}, '-' || n || ' minutes')"
        value = before if sqlite else f"{name} - n * interval '1 minute'"
    else:
        value = name
    return value
