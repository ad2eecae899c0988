"""Engines: how each database is opened and read.

Isolation, time-outs and locks:

- PostgreSQL is READ COMMITTED: each statement sees everything committed before it, so a decision is a statement after
  the one that took its lock. SQLite's writing transactions begin with BEGIN IMMEDIATE and run alone.
- Locks are taken in one order: landlords' rows by key, grants, deliveries, and last the heads of streams by name, just
  before the commit (`landlords.locking`, `command_base`, `feed.store`). Workers take deliveries with SKIP LOCKED in a
  transaction of its own.
- A landlord's row, which its changes need first, is never waited for: the writer stores others' changes meanwhile, and
  gives up after five seconds. Any other lock is held for a moment: a wait lasts LOCK_WAIT_SECONDS at most. On SQLite,
  where the whole file is one lock, it lasts 30 seconds.
- A statement has 30 seconds, an idle transaction 60, a new connection 3.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from varsling.database.failures import sqlstate_of

# The oldest tested versions. PostgreSQL 14 is the oldest that still got fixes in 2026; SQLite 3.35 is the first with
# RETURNING.
OLDEST = {"postgresql": (14,), "sqlite": (3, 35)}
_NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}

LOCK_WAIT_SECONDS = 3
SQLITE_LOCK_WAIT_SECONDS = 30

_POSTGRESQL_OPTIONS = {
    "lock_timeout": f"{LOCK_WAIT_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
_CONNECT_SECONDS = 3
_RESTED_SECONDS = 0.1
_OWNER_ALONE = 0o600
_SQLITE_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON")
# Integrity and data errors: their texts and details quote the row.
_QUOTING_CLASSES = ("22", "23")


def create_engine(database_url: str, *, pool_size: int = 5, pool_timeout: float = 3) -> sa.Engine:
    """Make an engine for `sqlite:///…` (a file; its folder is made if missing) or `postgresql://…`.

    `pool_timeout` is in seconds. A reader without a connection after that gets sqlalchemy.exc.TimeoutError, so that an
    overloaded process answers early. Give the writer an engine of its own, or readers can starve it.

    Raises ValueError for any other kind of database.
    """
    url = sa.make_url(database_url)
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return _sqlite(url, pool_size, pool_timeout)
        case "postgresql":
            return _postgresql(url, pool_size, pool_timeout)
        case _:
            raise ValueError("the database must be sqlite:///<file> or postgresql://<host>/<name>")


class DatabaseTooOld(Exception):
    """The server is older than OLDEST. The message tells the required version."""


def refuse_too_old(engine: sa.Engine) -> None:
    """Raise DatabaseTooOld if varsling cannot use the database's version. Call it at every start."""
    with engine.connect() as connection:
        found = connection.dialect.server_version_info or ()
    name = engine.dialect.name
    if found[: len(OLDEST[name])] < OLDEST[name]:
        told, least = (".".join(str(part) for part in version) for version in (found[:2], OLDEST[name]))
        raise DatabaseTooOld(f"{_NAMES[name]} {told} is too old: varsling needs {least} or newer.")


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that reads and is always rolled back. On PostgreSQL the server refuses a write in it."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(postgresql_readonly=True)
        yield connection


@contextlib.contextmanager
def reading_once(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a connection for statements that read, each for itself. On PostgreSQL they have no transaction around them,
    which would cost more than most such statements."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


def connect_for_writing(engine: sa.Engine) -> sa.Connection:
    """Open a connection for writing transactions: for the writer and the migrations alone, which commit them.

    On SQLite each begins with BEGIN IMMEDIATE. A read transaction that turns into a writing one would fail at once,
    without a lock wait, if another process wrote meanwhile.
    """
    return engine.connect().execution_options(varsling_writes=True)


def _postgresql(url: sa.URL, pool_size: int, pool_timeout: float) -> sa.Engine:
    options = " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_OPTIONS.items())
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        connect_args={
            "application_name": "varsling",
            "connect_timeout": _CONNECT_SECONDS,
            "prepare_threshold": 2,  # few statements, each run all day: prepare them early
            "options": f"{options} {url.query.get('options', '')}".strip(),
        },
    )
    sa.event.listen(engine, "handle_error", _without_rows)
    sa.event.listen(engine, "checkin", _note_use)
    sa.event.listen(engine, "checkout", _check_rested)
    return engine


def _note_use(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _check_rested(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
    """Check a connection that has rested: a database that went away and came back works at once. One that was used a
    moment ago is not asked each time, which would cost a third of a short call."""
    if time.monotonic() - record.info.get("used_at", time.monotonic()) < _RESTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.Error as error:  # the pool drops it, and opens another
        raise sa.exc.DisconnectionError from error


def _without_rows(context: sa.engine.ExceptionContext) -> None:
    """Keep only what names no value: PostgreSQL quotes keys and rows in its errors, past hide_parameters."""
    error: Any = context.original_exception
    sqlstate = sqlstate_of(error)
    if sqlstate is None or not sqlstate.startswith(_QUOTING_CLASSES):
        return
    names = (error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
    text = " ".join(name for name in (sqlstate, *names) if name)
    error.args = (text,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (text,)


def _sqlite(url: sa.URL, pool_size: int, pool_timeout: float) -> sa.Engine:
    file = Path(str(url.database))
    _make_private(file)
    engine = sa.create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        creator=partial(_connect_sqlite, file),
    )
    sa.event.listen(engine, "connect", _open_sqlite)
    sa.event.listen(engine, "connect", lambda _, record: record.info.update(inode=_inode(file)))
    sa.event.listen(engine, "begin", partial(_begin_sqlite, file, _inode(file)))
    sa.event.listen(engine, "checkin", _end_sqlite)
    return engine


def _make_private(file: Path) -> None:
    """Make a missing file for its owner alone: SQLite would follow the umask. Its journals follow the file."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ALONE)
        os.fchmod(descriptor, _OWNER_ALONE)
        os.close(descriptor)


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes late (not before SELECT or DDL): switch it off, since `_begin_sqlite` sends one.
    connection.isolation_level = None
    _use_wal(connection)
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _end_sqlite(connection: sqlite3.Connection | None, _record: object) -> None:
    """End the transaction after a failed COMMIT: SQLite leaves it open, while SQLAlchemy takes it for ended."""
    if connection is not None and connection.in_transaction:
        connection.rollback()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL, and wait for other processes: SQLite does not wait in this one step."""
    give_up_at = time.monotonic() + SQLITE_LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return


def _connect_sqlite(file: Path) -> sqlite3.Connection:
    """Open the file, and make none in its place should it go: what was accepted would be lost from sight."""
    address = f"file:{quote(str(file))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=SQLITE_LOCK_WAIT_SECONDS, check_same_thread=False)


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _begin_sqlite(file: Path, inode: int | None, connection: sa.Connection) -> None:
    # Removed, or another put in its place, perhaps of other keys: until a new start nothing is written.
    if not connection.info.get("inode") == _inode(file) == inode:
        connection.invalidate()
        gone = sqlite3.OperationalError("the database's file is gone")
        raise sa.exc.OperationalError("BEGIN", None, gone, connection_invalidated=True)
    writes = connection.get_execution_options().get("varsling_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
