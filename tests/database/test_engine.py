"""Opening the databases; stored values mean the same in both."""

import logging
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from varsling.database.clock import Clock, ShiftedClock, refuse_shift_in_production, shift
from varsling.database.engine import connect_for_writing, create_engine, reading
from varsling.database.types import INSTANT_LENGTH, Id, Instant

tables = sa.MetaData()
moments = sa.Table(
    "test_moments",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("day", sa.Date),
)
secrets = sa.Table(
    "test_secrets",
    tables,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, sa.CheckConstraint("number > 0"), nullable=False),
    sa.Column("owner", Id),
)

_FIRST, _LAST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001  (hypothesis wants naive bounds)
instants = st.datetimes(min_value=_FIRST, max_value=_LAST, timezones=st.timezones())
CANARY = "Ola Kanarifugl"


@pytest.fixture
def stored(engine: sa.Engine) -> sa.Engine:
    with connect_for_writing(engine) as connection:
        tables.create_all(connection)
        connection.commit()
    return engine


def pragma(connection: sa.Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def show(connection: sa.Connection, name: str) -> object:
    return connection.exec_driver_sql(f"SHOW {name}").scalar_one()


def test_sqlite_is_opened_durable_and_strict(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            assert [pragma(connection, name) for name in names] == ["wal", 2, 1, 30_000]
    engine.dispose()


def test_sqlite_makes_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "var" / "deep" / "varsling.db"
    engine = create_engine(f"sqlite:///{file}")
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.literal(1))) == 1
    engine.dispose()
    assert file.exists()


def test_postgresql_is_opened_with_limits(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        found = {
            name: show(connection, name)
            for name in (
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "transaction_isolation",
                "timezone",
                "application_name",
            )
        }
    engine.dispose()
    assert found == {
        "lock_timeout": "3s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "transaction_isolation": "read committed",
        "timezone": "UTC",
        "application_name": "varsling",
    }


def test_options_in_the_address_win(postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url).update_query_dict({"options": "-c lock_timeout=7s"})
    engine = create_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert (show(connection, "lock_timeout"), show(connection, "timezone")) == ("7s", "UTC")
    engine.dispose()


def test_postgresql_prepares_what_is_asked_often(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        for number in range(5):
            connection.execute(sa.text("SELECT CAST(:number AS integer) + 41"), {"number": number})
        prepared = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
    engine.dispose()
    assert any("+ 41" in statement for statement in prepared)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/varsling"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///<file> or postgresql://"):
        create_engine(address)


def test_a_reader_that_finds_no_connection_is_told_early(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, pool_timeout=0.01)
    with reading(engine), pytest.raises(sa.exc.TimeoutError), reading(engine):
        pass
    engine.dispose()


def test_what_a_reader_writes_is_not_kept(stored: sa.Engine) -> None:
    insert = secrets.insert().values(name="a", number=1)
    if stored.dialect.name == "postgresql":
        with pytest.raises(sa.exc.InternalError), reading(stored) as connection:
            connection.execute(insert)
    else:
        with reading(stored) as connection:
            connection.execute(insert)
    with reading(stored) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(secrets)) == 0


def test_a_connection_that_read_can_write_again(engine: sa.Engine) -> None:
    single = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    with reading(single) as connection:
        connection.execute(sa.select(sa.literal(1)))
    with connect_for_writing(single) as connection:
        tables.create_all(connection)
        connection.commit()
        assert connection.scalar(sa.select(sa.func.count()).select_from(secrets)) == 0
    single.dispose()


def test_a_write_transaction_on_sqlite_has_the_lock_from_its_first_statement(sqlite_url: str) -> None:
    engine, impatient = create_engine(sqlite_url), create_engine(sqlite_url)
    with connect_for_writing(engine) as writer:
        writer.execute(sa.select(sa.literal(1)))
        with reading(impatient) as reader:
            assert reader.scalar(sa.select(sa.literal(1))) == 1
        with impatient.connect() as waiting:
            waiting.exec_driver_sql("PRAGMA busy_timeout = 0")
        with pytest.raises(sa.exc.OperationalError, match="locked"), connect_for_writing(impatient) as other:
            other.execute(sa.select(sa.literal(1)))
    engine.dispose()
    impatient.dispose()


@pytest.mark.parametrize(
    "row",
    [
        {"name": CANARY, "number": 2},
        {"name": CANARY, "number": -1},
        {"name": CANARY, "number": None},
        {"name": CANARY * 3, "number": 1},
    ],
    ids=["taken", "check", "null", "too-long"],
)
def test_no_error_quotes_a_row(stored: sa.Engine, row: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with connect_for_writing(stored) as connection:
        connection.execute(secrets.insert().values(name=CANARY, number=1))
        connection.commit()
        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.execute(secrets.insert().values(row))
            # SQLite has no lengths, so it takes the row.
            connection.execute(secrets.insert().values(row | {"number": None}))
    told = [str(caught.value), repr(caught.value), str(caught.value.orig), repr(caught.value.orig), caplog.text]
    assert not [text for text in told if CANARY in text or "-1" in text]
    assert "test_secrets" in told[0] or "22001" in told[0]


@given(instant=instants)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_instants_come_back_equal_and_in_utc(stored: sa.Engine, instant: datetime) -> None:
    with connect_for_writing(stored) as connection:
        connection.execute(moments.insert().values(id=1, at=instant, day=instant.date()))
        found = connection.execute(sa.select(moments.c.at, moments.c.day)).one()
    assert found.at == instant.astimezone(UTC)
    assert found.at.tzinfo is UTC
    assert found.day == instant.date()


@given(several=st.lists(instants, min_size=2, max_size=20, unique_by=lambda instant: instant.astimezone(UTC)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_instants_sort_and_compare_as_time_does(stored: sa.Engine, several: list[datetime]) -> None:
    in_order = sorted(instant.astimezone(UTC) for instant in several)
    middle = in_order[len(in_order) // 2]
    with connect_for_writing(stored) as connection:
        connection.execute(moments.insert(), [{"id": number, "at": at} for number, at in enumerate(several)])
        found = connection.scalars(sa.select(moments.c.at).order_by(moments.c.at)).all()
        before = connection.scalars(sa.select(moments.c.at).where(moments.c.at < middle)).all()
    assert found == in_order
    assert set(before) == set(in_order[: len(in_order) // 2])


def test_an_instant_without_a_zone_is_refused(stored: sa.Engine) -> None:
    with connect_for_writing(stored) as connection, pytest.raises(sa.exc.StatementError, match="time zone"):
        connection.execute(moments.insert().values(id=1, at=datetime(2026, 1, 2)))  # noqa: DTZ001  (what is refused)


def test_sqlite_keeps_instants_as_text_of_one_width(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    oslo_summer = timezone(timedelta(hours=2))
    with connect_for_writing(engine) as connection:
        tables.create_all(connection)
        connection.execute(moments.insert().values(id=1, at=datetime(2026, 7, 1, 1, 30, tzinfo=oslo_summer)))
        text = connection.exec_driver_sql("SELECT at FROM test_moments").scalar_one()
    engine.dispose()
    assert text == "2026-06-30T23:30:00.000000Z"
    assert len(text) == INSTANT_LENGTH


def test_the_clock_tells_the_time(engine: sa.Engine) -> None:
    before = datetime.now(UTC)
    with reading(engine) as connection:
        now = Clock().now(connection)
    after = datetime.now(UTC)
    assert now.tzinfo is UTC
    assert before - timedelta(milliseconds=1) <= now <= after


def test_the_clock_goes_on_inside_a_transaction(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with reading(engine) as connection:
        assert Clock().now(connection) < Clock().now(connection)
    engine.dispose()


@pytest.mark.parametrize("by", [timedelta(days=14, milliseconds=250), timedelta(days=-400), timedelta(days=365 * 20)])
def test_a_shifted_clock_is_shifted_for_everyone(engine: sa.Engine, by: timedelta) -> None:
    with connect_for_writing(engine) as connection:
        shift(connection, by / 2)
        shift(connection, by / 2)
        connection.commit()
    before = datetime.now(UTC)
    with reading(engine) as connection:
        now = Clock().now(connection)
    assert before + by - timedelta(milliseconds=2) <= now <= datetime.now(UTC) + by + timedelta(milliseconds=2)


def test_production_refuses_a_shifted_clock(engine: sa.Engine) -> None:
    with connect_for_writing(engine) as connection:
        refuse_shift_in_production(connection, production=True)
        shift(connection, timedelta(days=1))
        with pytest.raises(ShiftedClock):
            refuse_shift_in_production(connection, production=True)
        refuse_shift_in_production(connection, production=False)
        shift(connection, timedelta(days=-1))
        refuse_shift_in_production(connection, production=True)
        assert connection.scalar(sa.text("SELECT seconds FROM clock_shift")) == 0


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_new_database_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        engine = create_engine(f"sqlite:///{tmp_path}/new/varsling.db")
        with connect_for_writing(engine) as connection:
            tables.create_all(connection)
            connection.commit()
            modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("varsling.db", "varsling.db-wal", "varsling.db-shm"), 0o600)
