"""Statements for many rows: inserting rows, and finding them by their keys."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from varsling.database.types import Instant

_POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own lacks types
_SQLITE: sa.Dialect = sqlite.dialect()


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
        statements.append(f"INSERT INTO {table.name} ({names}) SELECT * FROM {_sent(table, columns)}{ending}")  # noqa: S608  (names of our own)
    *first, last = statements
    return f"WITH {', '.join(f'i{place} AS ({one})' for place, one in enumerate(first))} {last}" if first else last


def _sent(table: sa.Table, columns: tuple[str, ...]) -> str:
    """Give the rows of a parameter as a table named `sent`."""
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect=_POSTGRESQL)}' for name in columns)
    return f"json_to_recordset(%s) AS sent ({typed})"


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
    return f"INSERT INTO {table.name} ({names}) VALUES {_marks(columns)}{ending}"  # noqa: S608  (names of our own)


@cache
def _for_sqlite(table: sa.Table, columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _sqlite_of(table.c[name].type)) for name in columns]


def _sqlite_of(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """Give what makes the driver's value of a column's: SQLAlchemy's own converter, where a type has one."""
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE) or _same


def _same(value: Any) -> Any:
    return value


class Asked(NamedTuple):
    """Whether a table has a row whose columns together are one of the keys, and that fits `where`, a condition in SQL
    without values."""

    table: sa.Table
    columns: tuple[str, ...]
    keys: Collection[tuple[Any, ...]]
    where: str = "true"


def any_stored(connection: sa.Connection, asked: Sequence[Asked]) -> list[bool]:
    """Answer several such questions in one statement. Each key is looked up by index, however large the table."""
    if connection.dialect.name == "postgresql":
        keys = [[dict(zip(one.columns, key, strict=True)) for key in sorted(one.keys)] for one in asked]
        parameters = tuple(_as_json(one.table, rows) if rows else "[]" for one, rows in zip(asked, keys, strict=True))
        text = _questions(tuple((one.table, one.columns, one.where) for one in asked))
        return list(connection.exec_driver_sql(text, parameters).one())
    values = [value for one in asked for key in one.keys for value in key]
    return list(map(bool, connection.exec_driver_sql(_sqlite_questions(asked), tuple(values)).one()))


@cache
def _questions(asked: tuple[tuple[sa.Table, tuple[str, ...], str], ...]) -> str:
    questions = []
    for table, columns, where in asked:
        same = " AND ".join(f"{table.name}.{name} = sent.{name}" for name in columns)
        found = f"SELECT 1 FROM {table.name} WHERE {same} AND {where} LIMIT 1"  # noqa: S608  (names of our own)
        questions.append(f"EXISTS (SELECT 1 FROM {_sent(table, columns)}, LATERAL ({found}) AS found)")  # noqa: S608  (likewise)
    return f"SELECT {', '.join(questions)}"


def _sqlite_questions(asked: Sequence[Asked]) -> str:
    questions = []
    for one in asked:
        if not one.keys:
            questions.append("false")
            continue
        name, columns, keys = one.table.name, ", ".join(one.columns), ", ".join([_marks(one.columns)] * len(one.keys))
        same = " AND ".join(f"{name}.{column} = sent.{column}" for column in one.columns)
        # A cross join goes by its keys. For `(a, b) IN (…)` SQLite reads the whole of a partial index.
        found = f"WITH sent ({columns}) AS (VALUES {keys}) SELECT 1 FROM sent CROSS JOIN {name}"  # noqa: S608  (names of our own)
        questions.append(f"EXISTS ({found} WHERE {same} AND {one.where})")
    return f"SELECT {', '.join(questions)}"


def _marks(columns: tuple[str, ...]) -> str:
    return f"({', '.join('?' for _ in columns)})"


def is_one_of(
    connection: sa.Connection,
    columns: Sequence[sa.Column[Any]],
    keys: Collection[tuple[Any, ...]],
    where: str = "true",
) -> sa.ColumnElement[bool]:
    """Select the rows whose columns together are one of the keys, and that fit `where`, a condition in SQL without
    values. It is one statement for any number of keys; each is looked up by index. Several columns are texts, of a
    table with an `id`."""
    ordered = sorted(keys)
    if not ordered:
        return sa.false()
    if connection.dialect.name == "postgresql":
        arrays = [
            sa.func.unnest(sa.cast([key[place] for key in ordered], postgresql.ARRAY(column.type)))
            for place, column in enumerate(columns)
        ]
        return sa.and_(sa.tuple_(*columns).in_(sa.select(*arrays)), sa.text(where))
    if len(columns) == 1:
        return sa.and_(columns[0].in_([key[0] for key in ordered]), sa.text(where))
    # A cross join goes by its keys. For `(a, b) IN (…)`, and for more than two with "or", SQLite reads the whole of a
    # partial index.
    table = columns[0].table.description
    same = " AND ".join(
        f"{table}.{column.name} = json_extract(sent.value, '$[{place}]')" for place, column in enumerate(columns)
    )
    found = f"SELECT {table}.id FROM json_each(:sent) AS sent CROSS JOIN {table} WHERE {same} AND {where}"  # noqa: S608  (names of our own)
    return sa.and_(sa.text(f"{table}.id IN ({found})").bindparams(sent=orjson.dumps(ordered).decode()))
