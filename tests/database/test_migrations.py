"""The migrations make the schema that the code declares, on both databases, exactly once."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from varsling.database.engine import create_engine
from varsling.database.migrate import at_head, configuration, migrating, upgrade
from varsling.database.schema import metadata

pytestmark = pytest.mark.slow

# A process that migrates at a line of input and reports when it is done.
MIGRATE = """
import sys
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(create_engine(sys.argv[1]))
print("done", flush=True)
"""


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database without any schema."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/empty.db"
    engine = create_engine(database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.commit()
    engine.dispose()
    return database_url


def tables_of(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_an_empty_database_gets_every_table(empty_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine = create_engine(empty_url)
    assert not at_head(engine)
    upgrade(engine)
    assert at_head(engine)
    assert tables_of(engine) == set(metadata.tables)
    upgrade(engine)
    assert at_head(engine)
    engine.dispose()
    assert capsys.readouterr() == ("", "")


def test_the_migrations_and_the_declared_tables_agree(engine: sa.Engine) -> None:
    told = io.StringIO()
    config = configuration()
    config.stdout = told
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.check(config)
    assert "No new upgrade operations detected" in told.getvalue()


def test_what_the_migrations_lack_is_found(engine: sa.Engine) -> None:
    table = sa.Table("test_forgotten", metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        with migrating(engine) as connection, pytest.raises(Exception, match="test_forgotten"):
            config = configuration()
            config.attributes["connection"] = connection
            command.check(config)
    finally:
        metadata.remove(table)


def test_the_way_back_leaves_nothing_and_the_way_up_works_again(engine: sa.Engine) -> None:
    with migrating(engine) as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables_of(engine) == set()
    upgrade(engine)
    assert tables_of(engine) == set(metadata.tables)


def test_a_migration_waits_for_a_table_in_use_no_longer_than_others_do(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.connect() as user, migrating(engine) as connection:
        limits = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("lock_timeout", "statement_timeout")
        ]
        assert limits == ["3s", "0"]
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        user.exec_driver_sql("SELECT count(*) FROM notices")
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"), connection.begin_nested():
            connection.exec_driver_sql("ALTER TABLE notices ADD COLUMN test_late INTEGER")
    engine.dispose()


def test_processes_that_migrate_together_do_it_once(empty_url: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60) for process in started]
    assert told == [("done\n", "")] * 3
    engine = create_engine(empty_url)
    assert at_head(engine)
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with pytest.raises(RuntimeError, match="half-way"), migrating(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE test_half (id INTEGER)")
        raise RuntimeError("half-way")
    assert tables_of(engine) == set()
    engine.dispose()


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with migrating(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE test_whole (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE test_part (id INTEGER PRIMARY KEY, whole INTEGER REFERENCES test_whole ON DELETE CASCADE)"
        )
        connection.exec_driver_sql("INSERT INTO test_whole VALUES (1)")
        connection.exec_driver_sql("INSERT INTO test_part VALUES (1, 1)")
    with migrating(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE test_new (id INTEGER PRIMARY KEY, more TEXT)")
        connection.exec_driver_sql("INSERT INTO test_new (id) SELECT id FROM test_whole")
        connection.exec_driver_sql("DROP TABLE test_whole")
        connection.exec_driver_sql("ALTER TABLE test_new RENAME TO test_whole")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT whole FROM test_part").scalars().all() == [1]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    engine.dispose()


def test_a_migration_that_orphans_rows_is_undone(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with pytest.raises(RuntimeError, match="broken references"), migrating(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE test_whole (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE test_part (whole INTEGER REFERENCES test_whole)")
        connection.exec_driver_sql("INSERT INTO test_part VALUES (1)")
    assert not {"test_whole", "test_part"} & tables_of(engine)
    engine.dispose()
