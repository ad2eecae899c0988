"""Statements for many rows: inserting rows, and finding them by their keys."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from varsling.database.types import Instant

_POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own lacks types
_SQLITE: sa.Dialect = sqlite.dialect()  # type: ignore[no-untyped-call]  # likewise


Rows = tuple[sa.Table, Sequence[Mapping[str, Any]]]
"""Rows of one table, all with the same columns."""


def insert_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, keep_existing: bool = False
) -> None:
    """Insert rows that all have the same columns. With `keep_existing`, existing rows stay as they are.

    The caller sorts the rows by unique key.
    """
    _insert(connection, [(table, rows)], " ON CONFLICT DO NOTHING" if keep_existing else "")


def insert_tables(connection: sa.Connection, tables: Sequence[Rows]) -> None:
    """Insert rows of several tables, in this order.

    On PostgreSQL it is one statement for any number of rows, each table's a parameter in JSON: the same few statements,
    prepared once, for every size of batch, and no parameter for each value.
    """
    _insert(connection, tables, "")


def _insert(connection: sa.Connection, tables: Sequence[Rows], ending: str) -> None:
    filled = [(table, rows) for table, rows in tables if rows]
    shapes = tuple((table, tuple(rows[0])) for table, rows in filled)
    if connection.dialect.name == "postgresql":
        if filled:
            parameters = tuple(_as_json(table, rows) for table, rows in filled)
            connection.exec_driver_sql(_of_json(shapes, ending), parameters)
        return
    for (table, columns), (_, rows) in zip(shapes, filled, strict=True):
        converters = _for_sqlite(table, columns)
        values = [tuple([convert(row[name]) for name, convert in converters]) for row in rows]
        connection.exec_driver_sql(_one_row(table, columns, ending), values)


@cache
def _of_json(shapes: tuple[tuple[sa.Table, tuple[str, ...]], ...], ending: str) -> str:
    statements = []
    for table, columns in shapes:
        names = ", ".join(f'"{name}"' for name in columns)
        typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect=_POSTGRESQL)}' for name in columns)
        statements.append(
            f"INSERT INTO {table.name} ({names}) SELECT * FROM json_to_recordset(%s) AS sent ({typed}){ending}"  # noqa: S608  (names of our own)
        )
    *first, last = statements
    return f"WITH {', '.join(f'i{place} AS ({one})' for place, one in enumerate(first))} {last}" if first else last


def _as_json(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as `json_to_recordset` reads them: bytes in hex, instants with their zone."""
    converters = _for_json(table, tuple(rows[0]))
    if converters:
        rows = [{**row, **{name: convert(row[name]) for name, convert in converters}} for row in rows]
    return orjson.dumps(rows).decode()


@cache
def _for_json(table: sa.Table, columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for name in columns:
        if isinstance(table.c[name].type, sa.LargeBinary):
            found.append((name, _hex))
        elif isinstance(table.c[name].type, Instant):
            found.append((name, _zoned))
    return found


def _hex(value: bytes | None) -> str | None:
    return None if value is None else f"\\x{value.hex()}"


def _zoned(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise ValueError("an instant needs its time zone")
    return value


@cache
def _one_row(table: sa.Table, columns: tuple[str, ...], ending: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks}){ending}"  # noqa: S608  (names of our own)


@cache
def _for_sqlite(table: sa.Table, columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _sqlite_of(table.c[name].type)) for name in columns]


def _sqlite_of(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """Give what makes the driver's value of a column's: SQLAlchemy's own converter, where a type has one."""
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE) or _same


def _same(value: Any) -> Any:
    return value


def is_one_of(
    connection: sa.Connection, columns: Sequence[sa.ColumnElement[Any]], keys: Collection[tuple[Any, ...]]
) -> sa.ColumnElement[bool]:
    """Select the rows whose columns together are one of the keys. On PostgreSQL it is one statement for any number of
    keys."""
    ordered = sorted(keys)
    if not ordered:
        return sa.false()
    if connection.dialect.name != "postgresql":
        if len(columns) == 1:
            return columns[0].in_([key[0] for key in ordered])
        return sa.tuple_(*columns).in_(ordered)
    arrays = [
        sa.func.unnest(sa.cast([key[place] for key in ordered], postgresql.ARRAY(column.type)))
        for place, column in enumerate(columns)
    ]
    return sa.tuple_(*columns).in_(sa.select(*arrays))
