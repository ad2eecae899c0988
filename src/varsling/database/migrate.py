"""Bringing a database to the newest schema: `varsling migrate`, and every start outside production."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from varsling.database.engine import LOCK_WAIT_SECONDS, connect_for_writing, refuse_too_old

# Any number will do, as long as nothing else in the database takes the same advisory lock: "varsling" in ASCII.
_ADVISORY_LOCK = int.from_bytes(b"varsling", "big", signed=True)
_PACKAGED = Path(__file__).parent / "migrations"
_CHECKOUT = Path(__file__).parents[3] / "migrations"


def upgrade(engine: sa.Engine) -> None:
    """Run the migrations that are missing, all in one transaction; a second process waits, then finds nothing to do.

    Raises DatabaseTooOld, and alembic.util.CommandError for a database that a newer varsling has migrated.
    """
    refuse_too_old(engine)
    config = configuration()
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextlib.contextmanager
def migrating(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that alone migrates, committed at the end."""
    with connect_for_writing(engine) as connection:
        if connection.dialect.name == "sqlite":
            _without_foreign_keys(connection)
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration left rows that refer to nothing: nothing of it was kept")
        else:
            _lock(connection)
            yield connection
        connection.commit()


def at_head(engine: sa.Engine) -> bool:
    """Whether the database has exactly the schema of this version of varsling."""
    heads = ScriptDirectory.from_config(configuration()).get_heads()
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def configuration() -> Config:
    """Alembic's configuration: the migrations of the installed package, in a checkout those at its top."""
    config = Config()
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _without_foreign_keys(connection: sa.Connection) -> None:
    """Rebuilding a table, SQLite's way of altering one, drops it: with foreign keys on, rows that refer to it go too.

    The pragma does nothing inside a transaction, so it comes before; the connection never returns to the pool.
    """
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF").close()
    connection.detach()


def _lock(connection: sa.Connection) -> None:
    """Wait for another process's migrations as long as they take; for a table in use only the usual time."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")
