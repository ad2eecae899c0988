"""Migrations: `varsling migrate`, and every start outside production."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from varsling.database.engine import LOCK_WAIT_SECONDS, connect_for_writing, refuse_too_old

if TYPE_CHECKING:
    from alembic.config import Config

# The key of the advisory lock: "varsling" in ASCII. No other code in the database may use it.
_ADVISORY_LOCK = int.from_bytes(b"varsling", "big", signed=True)
_PACKAGED = Path(__file__).parent / "migrations"
_CHECKOUT = Path(__file__).parents[3] / "migrations"
# Alembic's own table, read without Alembic: each process asks for its schema, and hardly one migrates.
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def upgrade(engine: sa.Engine) -> None:
    """Run the missing migrations in one transaction. A second process waits, then finds nothing to do.

    Raises DatabaseTooOld; alembic.util.CommandError for a database that a newer varsling has migrated.
    """
    from alembic import command  # noqa: PLC0415  (heavy: only who migrates loads it)

    refuse_too_old(engine)
    if at_head(engine):
        return
    config = configuration()
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextlib.contextmanager
def migrating(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a connection that excludes other migrations, and commit at the end."""
    with connect_for_writing(engine) as connection:
        if connection.dialect.name == "sqlite":
            _without_foreign_keys(connection)
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("the migration left rows with broken references, and was rolled back")
        else:
            _lock(connection)
            yield connection
        connection.commit()


def at_head(engine: sa.Engine) -> bool:
    """Tell whether the database has exactly this version's schema."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return False
        return set(connection.scalars(sa.select(_VERSION.c.version_num))) == {_newest()}


@functools.cache
def _newest() -> str:
    """Give the number of the last migration, by its file's name: `0001` of `0001_first.py`."""
    return max(path.stem.partition("_")[0] for path in (_folder() / "versions").glob("[0-9]*_*.py"))


def _folder() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def configuration() -> "Config":
    """Make Alembic's configuration, with the migrations of the installed package or of the checkout."""
    from alembic.config import Config  # noqa: PLC0415  (heavy: only who migrates loads it)

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _without_foreign_keys(connection: sa.Connection) -> None:
    """Switch foreign keys off: SQLite alters a table by rebuilding it, and dropping it would delete the rows that refer
    to it.

    The pragma does nothing inside a transaction, so it runs before. The connection never returns to the pool.
    """
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF").close()
    connection.detach()


def _lock(connection: sa.Connection) -> None:
    """Wait as long as necessary for another process's migrations, but only the usual time for a table in use."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")
