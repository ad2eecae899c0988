"""Statements for many rows: inserting rows, and finding them by their keys."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own lacks types


def insert_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, keep_existing: bool = False
) -> None:
    """Insert rows that all have the same columns. With `keep_existing`, existing rows stay as they are.

    On PostgreSQL it is one statement for any number of rows, each column an array: the same few statements, prepared
    once, for every size of batch. The caller sorts the rows by unique key.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if connection.dialect.name != "postgresql":
        connection.execute(_one_row(table, columns, keep_existing), rows)
        return
    arrays = {name: [row[name] for row in rows] for name in columns}
    connection.execute(_arrays(table, columns, keep_existing), arrays)


@cache
def _one_row(table: sa.Table, columns: tuple[str, ...], keep_existing: bool) -> sa.TextClause:
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    ending = " ON CONFLICT DO NOTHING" if keep_existing else ""
    text = sa.text(f"INSERT INTO {table.name} ({names}) VALUES ({values}){ending}")  # noqa: S608  (names of our own)
    return text.bindparams(*(sa.bindparam(name, type_=table.c[name].type) for name in columns))


@cache
def _arrays(table: sa.Table, columns: tuple[str, ...], keep_existing: bool) -> sa.TextClause:
    names = ", ".join(f'"{name}"' for name in columns)
    casts = [table.c[name].type.compile(dialect=_POSTGRESQL) for name in columns]
    values = ", ".join(f"CAST(:{name} AS {cast}[])" for name, cast in zip(columns, casts, strict=True))
    ending = " ON CONFLICT DO NOTHING" if keep_existing else ""
    return sa.text(f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({values}){ending}")  # noqa: S608  (names of our own)


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
