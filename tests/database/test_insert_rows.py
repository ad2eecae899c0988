"""One statement inserts rows of every type on either database, and they read back unchanged."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from varsling.database.bulk import Asked, any_stored, insert_rows
from varsling.database.changes import Transaction
from varsling.database.engine import connect_for_writing
from varsling.database.types import Id, Instant

tables = sa.MetaData()
things = sa.Table(
    "test_things",
    tables,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("number", sa.Integer),
    sa.Column("flag", sa.Boolean),
    sa.Column("at", Instant),
    sa.Column("on", sa.Date),
    sa.Column("blob", sa.LargeBinary),
)

others = sa.Table("test_others", tables, sa.Column("number", sa.Integer))


def row(**members: object) -> dict[str, object]:
    empty = {"id": uuid.uuid4(), "name": None, "number": None, "flag": None, "at": None, "on": None, "blob": None}
    return empty | members


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with connect_for_writing(engine) as connection:
        tables.create_all(connection)
        yield connection


def test_rows_come_back_as_they_went_in(connection: sa.Connection) -> None:
    rows = [
        row(),
        row(name='a "quoted", {braced}\\ one', number=-3, flag=False, blob=b"\x00\xff{},\\"),
        row(at=datetime(2026, 11, 23, 9, 12, 33, 120001, tzinfo=UTC), on=date(2026, 11, 23)),
    ]
    insert_rows(connection, things, rows)
    found = {one.id: dict(one._mapping) for one in connection.execute(sa.select(things))}
    assert found == {one["id"]: one for one in rows}


def test_all_null_columns_and_no_rows_are_no_hindrance(connection: sa.Connection) -> None:
    insert_rows(connection, things, [])
    insert_rows(connection, things, [row(), row()])
    assert connection.scalar(sa.select(sa.func.count()).select_from(things)) == 2


def test_what_is_there_stays_when_asked(connection: sa.Connection) -> None:
    first = row(name="first")
    insert_rows(connection, things, [first])
    insert_rows(connection, things, [first | {"name": "second"}, row(name="other")], keep_existing=True)
    assert set(connection.scalars(sa.select(things.c.name))) == {"first", "other"}


def test_several_questions_are_answered_at_once(connection: sa.Connection) -> None:
    insert_rows(connection, things, [row(name="one", number=1, blob=b"\x00"), row(name="two", number=2, flag=True)])
    asked = [
        Asked(things, ("name",), {("one",), ("three",)}),
        Asked(things, ("name", "number"), {("one", 2), ("two", 1)}),
        Asked(things, ("blob",), {(b"\x00",)}),
        Asked(things, ("number",), {(2,)}, "flag"),
        Asked(things, ("number",), {(1,)}, "flag"),
        Asked(things, ("name",), ()),
    ]
    assert any_stored(connection, asked) == [True, False, True, True, False, False]


def test_rows_of_several_tables_go_in_together_or_not_at_all(connection: sa.Connection) -> None:
    transaction = Transaction(connection, datetime.now(UTC))
    with transaction.inserting_together():
        transaction.insert(things, [row(name="one")])
        transaction.insert(others, [{"number": 7}])
        transaction.insert(others, [])
    assert connection.scalar(sa.select(others.c.number)) == 7
    with pytest.raises(ZeroDivisionError), transaction.inserting_together():
        transaction.insert(things, [row(name="two")])
        raise ZeroDivisionError
    assert connection.scalars(sa.select(things.c.name)).all() == ["one"]
